import type { ClusterBus } from '../cluster/cluster-bus.js'
import { isServerId } from '../cluster/server-id.js'
import type { LocalMember } from './presence-members.js'
import type { PresencePublisher } from './presence-publisher.js'
import type { PresencePlace } from './published-topic.js'

/** What a roster needs of its hub. */
export interface ServerRosterParts {
  readonly bus: ClusterBus
  /** Absent if the broker has no store for presence. */
  readonly publisher: () => Pick<PresencePublisher, 'changed' | 'list'> | undefined
  readonly failed: (error: unknown) => void
}

/** The servers of a hub. They are members of one place in the store for presence, each for as long as its lease lives. */
export class ServerRoster {
  readonly #parts: ServerRosterParts
  #isListed = false
  #isClosed = false

  constructor(parts: ServerRosterParts) {
    this.#parts = parts
  }

  /** This server, if it is to be listed. */
  get members(): LocalMember[] {
    return this.#isListed ? [this.#self] : []
  }

  /** Lists this server, unless it has left. */
  enter(): void {
    if (!this.#isClosed) this.#list(true)
  }

  /** Removes this server from the list for good. */
  leave(): void {
    this.#isClosed = true
    if (this.#isListed) this.#list(false)
  }

  /** The ids of the other servers that live; `undefined` if the broker has no presence or the store fails. Never rejects. */
  async others(): Promise<ReadonlySet<string> | undefined> {
    const { bus, failed } = this.#parts
    const publisher = this.#parts.publisher()
    if (!publisher || bus.alone) return publisher && new Set()
    const servers = new Set<string>()
    try {
      for await (const page of publisher.list(this.#place.topic)) {
        for (const { user } of page.others) if (isServerId(user) && user !== bus.server) servers.add(user)
      }
      return servers
    } catch (error) {
      failed(error)
      return undefined
    }
  }

  #list(here: boolean): void {
    if (this.#parts.bus.alone) return
    this.#isListed = here
    this.#parts.publisher()?.changed(this.#place, here ? { is: this.#self, here } : { was: this.#self, here })
  }

  get #place(): PresencePlace {
    return { topic: this.#parts.bus.topic('server', ''), scope: 'server', name: '', notify: undefined }
  }

  get #self(): LocalMember {
    const { server } = this.#parts.bus
    return { user: server, connection: server, openedAt: 0 }
  }
}

import type { BrokerPresence, PresenceEvent, PresenceMember } from '../cluster/broker.js'
import type { ClusterBus } from '../cluster/cluster-bus.js'
import { isServerId } from '../cluster/server-id.js'
import type { Member } from '../rooms/member.js'
import type { RoomConfigs } from '../rooms/room-config.js'
import { encodeHubEvent, type PresenceNews } from '../protocol/index.js'
import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import type { Presence } from './presence.js'
import { groupByUser, type People, presenceOf } from './group-by-user.js'
import { PresencePublisher } from './presence-publisher.js'
import type { PresencePlace } from './published-topic.js'

/** What presence is derived from. */
export interface PresenceTrackerParts<Connection extends Member> {
  readonly bus: ClusterBus
  readonly registry: ConnectionRegistry<Connection>
  readonly configs: RoomConfigs
  readonly presence: BrokerPresence | undefined
  readonly host: {
    /** Delivers a text to the members of a room that are here. */
    tell(room: string, text: string): void
    failed(error: unknown): void
  }
}

/** The presence of users in rooms and in the hub. Connections without a user are not listed. */
export class PresenceTracker<Connection extends Member> {
  readonly #parts: PresenceTrackerParts<Connection>
  readonly #publisher: PresencePublisher | undefined
  /** Whether this server is to be among the servers of the hub. */
  #isListed = false
  #isClosed = false

  constructor(parts: PresenceTrackerParts<Connection>) {
    const { presence } = parts
    this.#parts = parts
    this.#publisher =
      presence &&
      new PresencePublisher({
        presence,
        members: (place) => this.#membersOf(place),
        heard: ({ scope, name }) => parts.bus.subscription(scope, name),
        occupied: ({ scope, name }) =>
          scope === 'server' ? this.#isListed : !hasNone(parts.registry.list(scope, name)),
        tell: ({ name }, news) => this.#tell(name, news),
        failed: (error) => parts.host.failed(error),
      })
  }

  /** A connection has come: to the hub, or to a room. It is listed there already. */
  entered(connection: Connection, room?: string): void {
    this.#changed(connection, room, true)
  }

  /** A connection has left a room or has closed. */
  left(connection: Connection, room?: string): void {
    this.#changed(connection, room, false)
  }

  /** The number of the last `hub:presence` that members of a room here were sent. */
  seqOf(room: string): number {
    return this.#publisher?.seqOf(this.#parts.bus.topic('room', room)) ?? 0
  }

  /** The last connection has left a room. */
  emptied(room: string): void {
    this.#publisher?.emptied(this.#parts.bus.topic('room', room))
  }

  /** The users in a room, or one user, on all servers; on this server alone if the store fails. Never rejects. */
  async list(scope: 'room' | 'user', name: string): Promise<Presence[]> {
    return (await this.#read(scope, name)) ?? (await this.#listed(scope, name))
  }

  /** The users of a room have changed on any server. */
  changed(room: string, event: PresenceEvent): void {
    this.#publisher?.event(this.#parts.bus.topic('room', room), event)
  }

  /** The link to the other servers is restored. */
  restored(): void {
    this.#publisher?.restored()
  }

  /** Enters this server among the servers of the hub, for as long as its lease lives. */
  enterServer(): void {
    if (!this.#isClosed) this.#listServer(true)
  }

  /** The ids of the other servers that live; `undefined` if the broker or the store does not tell. Never rejects. */
  async otherServers(): Promise<ReadonlySet<string> | undefined> {
    const { bus } = this.#parts
    if (!this.#publisher || bus.alone) return this.#publisher && new Set()
    const servers = new Set<string>()
    try {
      for await (const page of this.#publisher.list(this.#roster.topic)) {
        for (const { user } of page) if (isServerId(user) && user !== bus.server) servers.add(user)
      }
      return servers
    } catch (error) {
      this.#parts.host.failed(error)
      return undefined
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#isListed) this.#listServer(false)
    await this.#publisher?.close()
  }

  #listServer(here: boolean): void {
    const { bus } = this.#parts
    if (bus.alone) return
    this.#isListed = here
    this.#publisher?.changed(this.#roster, { member: { user: bus.server, connection: bus.server }, here })
  }

  get #roster(): PresencePlace {
    return { topic: this.#parts.bus.topic('server', ''), scope: 'server', name: '', tell: false }
  }

  #membersOf({ scope, name }: PresencePlace): PresenceMember[] {
    const { bus, registry } = this.#parts
    if (scope !== 'server') return membersOf(registry.list(scope, name))
    return this.#isListed ? [{ user: bus.server, connection: bus.server }] : []
  }

  #tell(room: string, news: PresenceNews): void {
    if (!this.#parts.configs.of(room).presence) return
    this.#parts.host.tell(room, encodeHubEvent('hub:presence', { room, ...news }))
  }

  /** The list that the members of a room on this server have. */
  async #read(scope: 'room' | 'user', name: string): Promise<Presence[] | undefined> {
    if (scope === 'room') return this.#publisher?.read(this.#parts.bus.topic(scope, name))
    return undefined
  }

  async #listed(scope: 'room' | 'user', name: string): Promise<Presence[]> {
    const { bus, registry } = this.#parts
    await this.#publisher?.flush()
    const here = groupByUser(membersOf(registry.list(scope, name)))
    const elsewhere = bus.alone ? [] : await this.#others(bus.topic(scope, name), here)
    return [...presenceOf(here), ...elsewhere]
  }

  /** Adds the connections on other servers to the users who are here. @returns the other users */
  async #others(topic: string, here: People): Promise<Presence[]> {
    const elsewhere: Presence[] = []
    try {
      for await (const page of this.#publisher?.list(topic) ?? []) {
        const people = groupByUser(page)
        for (const [user, connections] of people) {
          const known = here.get(user)
          if (known && people.delete(user)) for (const connection of connections) known.add(connection)
        }
        elsewhere.push(...presenceOf(people))
      }
    } catch (error) {
      this.#parts.host.failed(error)
    }
    return elsewhere
  }

  #changed(connection: Connection, room: string | undefined, here: boolean): void {
    if (!this.#publisher) return
    const { bus } = this.#parts
    const tell = room !== undefined && this.#parts.configs.of(room).presence
    // A single process knows its users without a store and needs the store only for the news to members.
    if (!tell && (bus.alone || connection.user === undefined)) return
    const [scope, name] = room === undefined ? (['user', `${connection.user}`] as const) : (['room', room] as const)
    const place: PresencePlace = { topic: bus.topic(scope, name), scope, name, tell }
    this.#publisher.changed(place, { member: memberOf(connection), here })
  }
}

interface IdentifiedConnection {
  readonly user: string | undefined
  readonly id: string
}

function membersOf(connections: Iterable<IdentifiedConnection>): PresenceMember[] {
  return [...connections].flatMap((connection) => memberOf(connection) ?? [])
}

function memberOf({ user, id }: IdentifiedConnection): PresenceMember | undefined {
  return user === undefined ? undefined : { user, connection: id }
}

function hasNone(all: Iterable<unknown>): boolean {
  for (const _ of all) return false
  return true
}

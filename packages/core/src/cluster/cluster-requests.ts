import { randomUUID } from 'node:crypto'
import type { Address } from '../rooms/address.js'
import { PendingRequests } from '../util/pending-requests.js'
import type { ClusterBus } from './cluster-bus.js'
import type { ClusterReply, ClusterRequest } from './cluster-message.js'

/** What came back from the other servers. */
export interface ClusterReplies {
  readonly payloads: readonly unknown[]
  /** Whether every server that was asked has answered, as far as that is known. */
  readonly complete: boolean
}

/** What has come back so far. */
interface Collected {
  readonly payloads: unknown[]
  /** Servers that were reached; `undefined` while that is not known. */
  reached: number | undefined
  came: number
  /** Whether the request did not reach every server. */
  failed: boolean
}

/** Requests of this server to the others. */
export class ClusterRequests {
  readonly #bus: ClusterBus
  readonly #pending = new PendingRequests<ClusterReplies>()
  readonly #collected = new Map<string, Collected>()

  constructor(bus: ClusterBus) {
    this.#bus = bus
  }

  /** Asks every server on an address, and waits for all answers or for the timeout. Never rejects. @param timeout ms */
  ask(address: Address, request: ClusterRequest['request'], timeout: number): Promise<ClusterReplies> {
    if (this.#bus.alone) return Promise.resolve({ payloads: [], complete: true })
    const id = randomUUID()
    const collected: Collected = { payloads: [], reached: undefined, came: 0, failed: false }
    this.#collected.set(id, collected)
    void this.#send(id, address, request)
    const { payloads } = collected
    return this.#pending.wait(id, timeout, () => {
      this.#collected.delete(id)
      return { payloads, complete: false }
    })
  }

  /** Takes an answer. */
  settle({ id, payload }: ClusterReply): void {
    const collected = this.#collected.get(id)
    if (!collected) return
    collected.came += 1
    if (payload !== undefined) collected.payloads.push(payload)
    this.#check(id, collected)
  }

  async #send(id: string, address: Address, request: ClusterRequest['request']): Promise<void> {
    const { server } = this.#bus
    await this.#bus.listen('server', server)
    const question = { id, server, ...(request && { request }) }
    const { reached, failed } = await this.#bus.tell({ address, id, question })
    const collected = this.#collected.get(id)
    if (!collected) return
    collected.reached = reached
    collected.failed = failed
    this.#check(id, collected)
  }

  #check(id: string, { reached, came, failed, payloads }: Collected): void {
    if (reached === undefined || came < reached) return
    this.#collected.delete(id)
    this.#pending.resolve(id, { payloads, complete: !failed })
  }
}

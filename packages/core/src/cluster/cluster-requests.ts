import { randomUUID } from 'node:crypto'
import type { Address } from '../rooms/address.js'
import { after } from '../util/timers.js'
import type { ClusterBus } from './cluster-bus.js'
import type { ClusterReply, ClusterRequest } from './cluster-message.js'

/** What came back from the other servers. */
export interface ClusterReplies {
  readonly payloads: readonly unknown[]
  /** Whether everybody who was asked has answered, as far as that is known. */
  readonly complete: boolean
}

interface Pending {
  readonly payloads: unknown[]
  /** Answers that are still to come; `undefined` while nobody knows. */
  missing: number | undefined
  came: number
  /** Whether the question did not reach everybody. */
  failed: boolean
  check(): void
}

/** Questions of this server to the others. */
export class ClusterRequests {
  readonly #bus: ClusterBus
  readonly #pending = new Map<string, Pending>()

  constructor(bus: ClusterBus) {
    this.#bus = bus
  }

  /** Asks every server on an address, and waits for all answers or for the timeout. Never rejects. @param timeout ms */
  ask(address: Address, request: ClusterRequest['request'], timeout: number): Promise<ClusterReplies> {
    if (this.#bus.alone) return Promise.resolve({ payloads: [], complete: true })
    const id = randomUUID()
    const answers = this.#open(id, timeout)
    void this.#send(id, address, request)
    return answers
  }

  /** Takes an answer. */
  settle({ id, payload }: ClusterReply): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    pending.came += 1
    if (payload !== undefined) pending.payloads.push(payload)
    pending.check()
  }

  async #send(id: string, address: Address, request: ClusterRequest['request']): Promise<void> {
    const { server } = this.#bus
    await this.#bus.listen('server', server)
    const question = { id, server, ...(request && { request }) }
    const { reached, failed } = await this.#bus.tell({ address, id, question })
    const pending = this.#pending.get(id)
    if (!pending) return
    pending.missing = reached
    pending.failed = failed
    pending.check()
  }

  #open(id: string, timeout: number): Promise<ClusterReplies> {
    return new Promise((resolve) => {
      const end = (complete: boolean): void => {
        deadline.cancel()
        this.#pending.delete(id)
        resolve({ payloads: pending.payloads, complete })
      }
      const deadline = after(timeout, () => end(false))
      const pending: Pending = {
        payloads: [],
        missing: undefined,
        came: 0,
        failed: false,
        check: () => {
          if (pending.missing !== undefined && pending.came >= pending.missing) end(!pending.failed)
        },
      }
      this.#pending.set(id, pending)
    })
  }
}

import { performance } from 'node:perf_hooks'
import type { HubError } from '../errors.js'
import { PendingRequests } from '../util/pending-requests.js'

/** Pings of one connection that the app has sent. Each carries a number, which its pong repeats. */
export class PingRequests {
  readonly #pending = new PendingRequests<void>()
  #count = 0

  /** Pings without a pong. */
  get size(): number {
    return this.#pending.size
  }

  /** Sends a ping. @returns the milliseconds until its pong */
  async send(ping: (data: Buffer) => void): Promise<number> {
    const id = `p${++this.#count}`
    const sentAt = performance.now()
    const pong = this.#pending.wait(id, Infinity, () => {})
    ping(Buffer.from(id))
    await pong
    return performance.now() - sentAt
  }

  /** Takes a pong. @returns whether it answers one of these pings */
  settle(data: Buffer): boolean {
    return this.#pending.resolve(data.toString('latin1'))
  }

  /** Rejects every ping: no pong will arrive any more. */
  rejectAll(error: HubError): void {
    this.#pending.rejectAll(error)
  }
}

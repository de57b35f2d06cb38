import { performance } from 'node:perf_hooks'
import type { HubError } from '../errors.js'

interface Sent {
  readonly at: number
  readonly resolve: (ms: number) => void
  readonly reject: (error: Error) => void
}

/** Pings of one connection that the app itself sent. Each carries a number of its own, so pongs are told apart. */
export class PingRequests {
  readonly #sent = new Map<string, Sent>()
  #count = 0

  /** Pings without a pong yet. */
  get size(): number {
    return this.#sent.size
  }

  /** Sends a ping. @returns the milliseconds until its pong */
  send(ping: (data: Buffer) => void): Promise<number> {
    const id = `p${++this.#count}`
    return new Promise((resolve, reject) => {
      this.#sent.set(id, { at: performance.now(), resolve, reject })
      ping(Buffer.from(id))
    })
  }

  /** Takes a pong. @returns whether anybody waits for it */
  settle(data: Buffer): boolean {
    const id = data.toString('latin1')
    const sent = this.#sent.get(id)
    this.#sent.delete(id)
    sent?.resolve(performance.now() - sent.at)
    return sent !== undefined
  }

  /** No pong will come any more. */
  fail(error: HubError): void {
    for (const { reject } of this.#sent.values()) reject(error)
    this.#sent.clear()
  }
}

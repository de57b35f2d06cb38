import type { Driver } from './driver.js'
import { ClientError } from './errors.js'
import { answered } from './machine/index.js'
import type { Message } from './machine/state.js'

type Handler = (payload: unknown) => unknown

/** Answers each request of the server once. */
export class Asks {
  readonly #driver: Driver
  readonly #fail: (error: unknown) => void
  readonly #handlers = new Map<string, Handler>()

  constructor(driver: Driver, fail: (error: unknown) => void) {
    this.#driver = driver
    this.#fail = fail
  }

  /** @throws ClientError `handled` if the type has a handler */
  handle(type: string, handler: Handler): () => void {
    if (this.#handlers.has(type)) throw new ClientError('handled')
    this.#handlers.set(type, handler)
    return () => void this.#handlers.delete(type)
  }

  async answer(socket: number, { type, payload, id }: Message): Promise<void> {
    let text: string
    try {
      const handler = this.#handlers.get(type)
      if (!handler) throw new ClientError('unknown_type')
      text = JSON.stringify({ type: 'reply', payload: await handler(payload), id })
    } catch (error) {
      text = JSON.stringify({ type: 'error', payload: this.#payloadOf(error), id })
    }
    this.#driver.run((turn) => answered(turn, socket, text))
  }

  /** The error for the server. It has no details if the app failed with another error than a `ClientError`. */
  #payloadOf(error: unknown): { readonly code: string; readonly message: string } {
    if (error instanceof ClientError) return { code: error.code, message: error.message }
    this.#fail(error)
    return { code: 'internal', message: 'internal' }
  }
}

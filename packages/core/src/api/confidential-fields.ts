import type { Identity } from '../admission/identity.js'

/**
 * What a connection knows and must not tell by accident. Neither value is a property of the object itself, so that a copy
 * such as `{ ...connection }` does not carry it.
 */
export abstract class Confidential<Data> {
  #session: string | undefined
  #data: Data

  constructor({ session, data }: Identity<Data>) {
    this.#session = session
    this.#data = data as Data
  }

  /** Takes what the app says now. */
  protected replace({ session, data }: Identity<Data>): void {
    this.#session = session
    this.#data = data as Data
  }

  /** The session that `describe` returned; `undefined` if it returned none. */
  get session(): string | undefined {
    return this.#session
  }

  /** The data that `describe` returned. Handlers may replace it; a repeated handshake replaces it too. */
  get data(): Data {
    return this.#data
  }

  /** Replaces the data of the connection. */
  set data(data: Data) {
    this.#data = data
  }
}

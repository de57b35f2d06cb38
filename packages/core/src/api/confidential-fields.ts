import type { Identity } from '../admission/identity.js'

/**
 * The session and the data of a connection. Neither is a property of the object itself, so that a copy such as
 * `{ ...connection }`, or a log of it, does not contain them.
 */
export abstract class Confidential<Data> {
  #session: string | undefined
  #data: Data

  constructor({ session, data }: Identity<Data>) {
    this.#session = session
    this.#data = data as Data
  }

  /** Replaces both with the values of a repeated handshake. */
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

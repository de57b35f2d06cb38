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

  /** The login that it belongs to. */
  get session(): string | undefined {
    return this.#session
  }

  /** What the app's `describe` returned as data. */
  get data(): Data {
    return this.#data
  }

  set data(data: Data) {
    this.#data = data
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { MessageRate } from '../connection/message-rate.js'

/** Who is charged for what a handler sends. */
interface Sender {
  readonly core: { readonly receiver: { reached(recipients: number): void } }
}

/** Knows, in a handler and in everything that it awaits, whose message is handled. */
export class SenderContext<Connection extends Sender> {
  readonly #storage = new AsyncLocalStorage<Connection>()

  /** `undefined` if nobody is charged: following asynchronous work costs something in every promise. */
  static of<Connection extends Sender>(rate: MessageRate | undefined): SenderContext<Connection> | undefined {
    return rate?.cost?.perRecipient ? new SenderContext() : undefined
  }

  run<T>(connection: Connection, handler: () => T): T {
    return this.#storage.run(connection, handler)
  }

  /** Something goes to so many connections. */
  sends(recipients: number): void {
    this.#storage.getStore()?.core.receiver.reached(recipients)
  }
}

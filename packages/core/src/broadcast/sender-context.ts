import { AsyncLocalStorage } from 'node:async_hooks'
import type { MessageRate } from '../connection/message-rate.js'

/** A connection that is charged for what its handlers send. */
export interface SendingMember {
  readonly core: {
    /** Charges it for something that a handler of its messages has sent to this many connections. */
    chargeRecipients(recipients: number): void
  }
}

/** Tells which connection's message is being handled, in the handler and in all asynchronous work that it starts. */
export class SenderContext<Connection extends SendingMember> {
  readonly #storage = new AsyncLocalStorage<Connection>()

  /** `undefined` if recipients cost nothing, because tracking asynchronous work makes every promise more expensive. */
  static of<Connection extends SendingMember>(rate: MessageRate | undefined): SenderContext<Connection> | undefined {
    return rate?.cost?.perRecipient ? new SenderContext() : undefined
  }

  run<T>(connection: Connection, handler: () => T): T {
    return this.#storage.run(connection, handler)
  }

  /** Charges the connection whose handler sends something. */
  charge(recipients: () => number): void {
    this.#storage.getStore()?.core.chargeRecipients(recipients())
  }
}

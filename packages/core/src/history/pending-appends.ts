import type { Position } from '../cluster/broker-history.js'
import { HubError } from '../errors.js'
import { PendingRequests } from '../util/pending-requests.js'

/** Messages whose emitters wait until the store has kept them. */
export class PendingAppends {
  readonly #pending = new PendingRequests<Position>()

  /**
   * Waits for the answer of the store.
   * @throws HubError (as a rejection) `unavailable`: the message was certainly not kept; `unknown`: it may have been kept
   */
  wait(id: string): Promise<Position> {
    return this.#pending.wait(id, Infinity, () => {
      throw unknown(undefined)
    })
  }

  /** The store has kept a message. */
  kept(id: string, { offset, epoch, tag }: Position): void {
    this.#pending.resolve(id, { offset, epoch, tag })
  }

  /** The store has refused a message, or has not answered. */
  failed(id: string, cause: unknown): void {
    this.#pending.reject(id, isNotKept(cause) ? notKeptAtAll(cause) : unknown(cause))
  }
}

function isNotKept(error: unknown): boolean {
  return (error as { readonly kept?: unknown } | null | undefined)?.kept === false
}

function notKeptAtAll(cause: unknown): HubError {
  return new HubError('unavailable', 'The message was not kept and is not delivered.', { cause })
}

function unknown(cause: unknown): HubError {
  return new HubError('unknown', 'The store has not confirmed the message. It may have been kept.', { cause })
}

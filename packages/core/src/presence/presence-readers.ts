import type { LeasedMember } from '../cluster/broker-presence.js'
import { type Deferred, deferred } from '../util/deferred.js'

/** The answer to a reader: undefined if the store could not be listed. */
export type Reader = Deferred<readonly LeasedMember[] | undefined>

/** Members of one topic who asked who is there. Each gets a list that was asked for later. */
export class PresenceReaders {
  readonly #waiting = new Set<Reader>()
  readonly #served = new Set<Reader>()

  add(): Reader {
    const reader: Reader = deferred()
    this.#waiting.add(reader)
    return reader
  }

  /** A list is asked for: everybody who waits gets it. */
  listing(): void {
    for (const reader of this.#waiting) this.#served.add(reader)
    this.#waiting.clear()
  }

  /** The list has come. @returns whether anybody has waited for it */
  listed(members: readonly LeasedMember[]): boolean {
    const isRead = this.#served.size > 0
    for (const reader of this.#served) reader.resolve(members)
    this.#served.clear()
    return isRead
  }

  /** Gives up. @returns whether the reader had no answer yet */
  giveUp(reader: Reader): boolean {
    const isUnanswered = this.#waiting.delete(reader) || this.#served.delete(reader)
    reader.resolve(undefined)
    return isUnanswered
  }
}

import type { Presence } from './presence.js'
import type { LeasedMember } from '../cluster/broker-presence.js'
import { type Deferred, deferred } from '../util/deferred.js'
import { presenceOf } from './group-by-user.js'

/** The answer to a reader: undefined if the store could not be listed. */
export type Reader = Deferred<Presence[] | undefined>

/** The readers of one topic. Each gets a list that is requested after its call. */
export class PresenceReaders {
  readonly #waiting = new Set<Reader>()
  #served = new Set<Reader>()
  #users: Presence[] = []

  add(): Reader {
    const reader: Reader = deferred()
    this.#waiting.add(reader)
    return reader
  }

  /** A list is requested: all waiting readers get it. */
  listing(): void {
    for (const reader of this.#waiting) this.#served.add(reader)
    this.#waiting.clear()
    this.#users = []
  }

  /** A page of the list has come, with all members of its users. */
  paged(members: readonly LeasedMember[]): void {
    if (this.#served.size > 0) this.#users.push(...presenceOf(members))
  }

  /** The last page has come. @returns whether a reader waited for it */
  listed(): boolean {
    const [served, users] = [this.#served, this.#users]
    this.#served = new Set()
    this.#users = []
    for (const reader of served) reader.resolve([...users])
    return served.size > 0
  }

  /** Answers a reader with undefined, unless it has its answer already. */
  giveUp(reader: Reader): void {
    this.#waiting.delete(reader)
    this.#served.delete(reader)
    reader.resolve(undefined)
  }
}

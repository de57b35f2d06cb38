import type { LeasedMember } from '../cluster/broker-presence.js'
import { membersByUser, presenceOf } from './group-by-user.js'
import type { LivingPage } from './living-pages.js'
import type { Presence } from './presence.js'
import type { LocalMember } from './presence-members.js'

/** The users on this server, in the order in which they joined, and those on other servers. */
export class MergedPresence {
  readonly #here: Map<string, LeasedMember[]>
  readonly #elsewhere: Presence[] = []

  /** @param members of this server */
  constructor(members: Iterable<LocalMember>) {
    const leased = Array.from(members, ({ openedAt, ...member }) => ({ ...member, lease: '', since: openedAt }))
    this.#here = membersByUser(leased)
  }

  get users(): Presence[] {
    return [...presenceOf([...this.#here.values()].flat()), ...this.#elsewhere]
  }

  /** Adds a page with members on other servers. The ages of connections are compared on the clock of the store. */
  add({ own, others }: LivingPage): void {
    const since = new Map(own.map((member) => [member.connection, member.since]))
    for (const [user, members] of membersByUser(others)) {
      const here = this.#here.get(user)
      // A connection that the store does not have yet is the newest.
      const aged = here?.map((member) => ({ ...member, since: since.get(member.connection) ?? Infinity }))
      if (aged) this.#here.set(user, [...aged, ...members])
      else this.#elsewhere.push(...presenceOf(members))
    }
  }
}

import type { LeasedMember, PresenceHead, PresenceMember, PresencePage } from '../cluster/broker-presence.js'
import { membersByUser } from './group-by-user.js'
import { changedDigest, EMPTY_DIGEST } from './presence-digest.js'
import { presentUser, presentUserText } from './present-user.js'

/** The list of a topic's members, which arrives page by page. */
export interface PresenceListing {
  /** The lease of this server when the list was requested. */
  readonly lease: string
  /** The tag and the leases; undefined before the first page. */
  head: PresenceHead | undefined
  /** The text of each user that members get, by the name of the user. */
  readonly users: Map<string, string>
  /** Users whom the view did not know, or knew with another text, when their page arrived. */
  readonly fresh: string[]
  /** The users that only this server's lease has. */
  readonly ownUsers: Set<string>
  /** The members under this server's lease, by connection. */
  readonly own: Map<string, PresenceMember>
  ownDigest: string
  /** Members under the leases that are suspected to be dead. */
  readonly suspects: ReadonlyMap<string, PresenceMember[]>
}

/** A list before its first page. */
export function newListing(lease: string, suspects: Iterable<string>): PresenceListing {
  return {
    lease,
    head: undefined,
    users: new Map(),
    fresh: [],
    ownUsers: new Set(),
    own: new Map(),
    ownDigest: EMPTY_DIGEST,
    suspects: new Map([...suspects].map((suspect) => [suspect, []])),
  }
}

/** Takes one more page. @param known the users of the view */
export function addPage(listing: PresenceListing, page: PresencePage, known?: ReadonlyMap<string, string>): void {
  const { lease, users, fresh, suspects } = listing
  listing.head ??= { tag: page.tag, leases: page.leases }
  const ownMembers: LeasedMember[] = []
  for (const member of page.members) {
    if (member.lease === lease) ownMembers.push(member)
    suspects.get(member.lease)?.push(plainMember(member))
  }
  for (const [user, members] of membersByUser(page.members)) {
    const text = presentUserText(presentUser(user, members))
    users.set(user, text)
    if (known && known.get(user) !== text) fresh.push(user)
  }
  if (ownMembers.length > 0) addOwn(listing, ownMembers, page)
}

function addOwn(listing: PresenceListing, ownMembers: readonly LeasedMember[], page: PresencePage): void {
  const { lease, own, ownUsers } = listing
  listing.ownDigest = changedDigest(listing.ownDigest, ownMembers)
  for (const member of ownMembers) {
    own.set(member.connection, plainMember(member))
    ownUsers.add(member.user)
  }
  for (const member of page.members) if (member.lease !== lease) ownUsers.delete(member.user)
}

function plainMember({ user, connection, state }: LeasedMember): PresenceMember {
  return { user, connection, state }
}

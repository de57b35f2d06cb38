import type { LeasedMember, PresenceHead, PresenceMember, PresencePage } from '../cluster/broker-presence.js'
import { changedDigest, EMPTY_DIGEST } from './presence-digest.js'

/** A list of a topic that comes page by page. */
export interface PresenceListing {
  /** The lease of this server when it was asked for. */
  readonly lease: string
  /** The tag and the leases; undefined before the first page. */
  head: PresenceHead | undefined
  readonly users: Set<string>
  /** Users whom the view did not know when their page came. */
  readonly fresh: string[]
  /** The users that only this server's lease has. */
  readonly ownUsers: Set<string>
  /** The users under this server's lease, by connection. */
  readonly own: Map<string, string>
  ownDigest: string
  /** Members under the leases that are suspected to be dead. */
  readonly suspects: ReadonlyMap<string, PresenceMember[]>
}

/** A list of which nothing has come. */
export function newListing(lease: string, suspects: Iterable<string>): PresenceListing {
  return {
    lease,
    head: undefined,
    users: new Set(),
    fresh: [],
    ownUsers: new Set(),
    own: new Map(),
    ownDigest: EMPTY_DIGEST,
    suspects: new Map([...suspects].map((suspect) => [suspect, []])),
  }
}

/** Takes one more page. @param known the users of the view */
export function addPage(listing: PresenceListing, page: PresencePage, known?: ReadonlySet<string>): void {
  const { lease, users, fresh, suspects } = listing
  listing.head ??= { tag: page.tag, leases: page.leases }
  const ownMembers: LeasedMember[] = []
  for (const member of page.members) {
    users.add(member.user)
    if (known && !known.has(member.user)) fresh.push(member.user)
    if (member.lease === lease) ownMembers.push(member)
    suspects.get(member.lease)?.push({ user: member.user, connection: member.connection })
  }
  if (ownMembers.length > 0) addOwn(listing, ownMembers, page)
}

function addOwn(listing: PresenceListing, ownMembers: readonly LeasedMember[], page: PresencePage): void {
  const { lease, own, ownUsers } = listing
  listing.ownDigest = changedDigest(listing.ownDigest, ownMembers)
  for (const { connection, user } of ownMembers) {
    own.set(connection, user)
    ownUsers.add(user)
  }
  for (const member of page.members) if (member.lease !== lease) ownUsers.delete(member.user)
}

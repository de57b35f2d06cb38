import type { PresenceSync } from '../cluster/broker-presence.js'
import { changedDigest, digestOf, EMPTY_DIGEST } from './presence-digest.js'
import type { PresenceListing } from './presence-listing.js'
import { MAX_BATCH } from './presence-members.js'

/** Changes that remove all members of a dead lease. Each change builds on the one before it. */
export function leaseRemoval({ head, suspects }: PresenceListing, lease: string, notify: boolean): PresenceSync[] {
  const members = suspects.get(lease)
  // The lease was suspected after the list was requested: the list lacks its members.
  if (!members) return []
  const changes: PresenceSync[] = []
  let base = head?.leases.get(lease) ?? EMPTY_DIGEST
  let rest = digestOf(members)
  for (let at = 0; at === 0 || at < members.length; at += MAX_BATCH) {
    const remove = members.slice(at, at + MAX_BATCH)
    rest = at + MAX_BATCH < members.length ? changedDigest(rest, [], remove) : EMPTY_DIGEST
    changes.push({ lease, base, digest: rest, add: [], remove, notify })
    base = rest
  }
  return changes
}

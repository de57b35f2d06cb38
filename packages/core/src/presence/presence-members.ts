import type { PresenceMember, PresenceSync } from '../cluster/broker-presence.js'
import { changedDigest, EMPTY_DIGEST } from './presence-digest.js'
import type { PresenceListing } from './presence-listing.js'

/** Members in one change, and characters of their names. */
export const MAX_BATCH = 1000
const MAX_BATCH_LENGTH = 262_144

/** The store's state of this server's members on one topic, and the changes since. It does not hold the members. */
export interface MembersState {
  /** The digest that the store has of this server's lease. Undefined if it is not known: the topic has to be listed. */
  stored: string | undefined
  /** The digest of the members in the store; it differs from `stored` if another writer has changed them. */
  digest: string
  /** Whether changes are not tracked, because all members here are compared with the store before the next change. */
  whole: boolean
  /** Unsent changes by connection: whether the member is here. */
  pending: Map<string, PendingMember> | undefined
  /** The change on its way to the store. */
  sending: PresenceSync | undefined
}

/** A member with an unsent change. */
export interface PendingMember {
  readonly member: PresenceMember
  readonly here: boolean
}

/** The state of a topic of which the store has no member of this server. */
export function newMembers(): MembersState {
  return { stored: EMPTY_DIGEST, digest: EMPTY_DIGEST, whole: true, pending: undefined, sending: undefined }
}

/** A member came or left. A change that undoes one that is not sent removes both. */
export function memberChanged(state: MembersState, member: PresenceMember, here: boolean): void {
  if (state.whole) return
  const pending = (state.pending ??= new Map())
  const known = pending.get(member.connection)
  if (known && known.here !== here) pending.delete(member.connection)
  else pending.set(member.connection, { member, here })
}

/** The store's members of this server are not known any more: a change failed, or the store has another digest. */
export function forgetStored(state: MembersState): void {
  Object.assign(state, newMembers(), { stored: undefined })
}

/** Adds all members again under a new lease. */
export function renameLease(state: MembersState): void {
  Object.assign(state, newMembers())
}

/** The next change for the store, or undefined if there is none. It counts as sent. */
export function nextSync(
  state: MembersState,
  {
    lease,
    tell,
    members,
  }: { readonly lease: string; readonly tell: boolean; readonly members: () => Iterable<PresenceMember> },
): PresenceSync | undefined {
  if (state.sending || state.stored === undefined) return undefined
  if (state.whole) track(state, new Map([...members()].map((member) => [member.connection, { member, here: true }])))
  const { add, remove } = takeBatch(state)
  if (add.length + remove.length === 0 && state.stored === state.digest) return undefined
  state.digest = changedDigest(state.digest, add, remove)
  state.sending = { lease, base: state.stored, digest: state.digest, add, remove, tell }
  return state.sending
}

/** The store has answered a change, or has not (`failed`). */
export function syncSettled(state: MembersState, outcome: 'applied' | 'refused' | 'failed'): void {
  if (!state.sending) return
  if (outcome !== 'applied') return forgetStored(state)
  state.stored = state.sending.digest
  state.sending = undefined
}

/** Compares the store with the members here. No change may be pending. */
export function compareMembers(
  state: MembersState,
  { lease, head, own, ownDigest: digest }: PresenceListing,
  here: Iterable<PresenceMember>,
): void {
  const stored = head?.leases.get(lease) ?? EMPTY_DIGEST
  if (state.stored === stored && state.digest === digest) return
  Object.assign(state, { stored, digest })
  const pending = new Map<string, PendingMember>()
  for (const [connection, user] of own) pending.set(connection, { member: { user, connection }, here: false })
  for (const member of here) {
    if (pending.get(member.connection)?.member.user === member.user) pending.delete(member.connection)
    else pending.set(member.connection, { member, here: true })
  }
  track(state, pending)
}

function track(state: MembersState, pending: Map<string, PendingMember>): void {
  state.whole = false
  state.pending = pending.size > 0 ? pending : undefined
}

function takeBatch(state: MembersState): { readonly add: PresenceMember[]; readonly remove: PresenceMember[] } {
  const add: PresenceMember[] = []
  const remove: PresenceMember[] = []
  let length = 0
  for (const [connection, { member, here }] of state.pending ?? []) {
    if (add.length + remove.length >= MAX_BATCH || length >= MAX_BATCH_LENGTH) break
    if (here) add.push(member)
    else remove.push(member)
    length += member.user.length
    state.pending?.delete(connection)
  }
  if (state.pending?.size === 0) state.pending = undefined
  return { add, remove }
}

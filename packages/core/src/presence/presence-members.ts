import type { AddedMember, PresenceMember, PresenceSync } from '../cluster/broker-presence.js'
import { changedDigest, EMPTY_DIGEST } from './presence-digest.js'
import type { PresenceListing } from './presence-listing.js'

/** A connection of this server. */
export interface LocalMember extends PresenceMember {
  /** When it was opened, in milliseconds on the monotonic clock of this server. */
  readonly openedAt: number
}

/** A change of one connection: it came, left, or has another state. */
export interface MemberChange {
  readonly was?: PresenceMember | undefined
  readonly is?: LocalMember | undefined
}

/** The limits of one change: members, and characters of their names and states. */
export const MAX_BATCH = 1000
const MAX_BATCH_LENGTH = 262_144

/** The store's state of this server's members on one topic, and the changes since. It does not hold the members. */
export interface MembersState {
  /** The digest that the store has of this server's lease. Undefined if it is not known: the topic has to be listed. */
  stored: string | undefined
  /** The digest of the members in the store; it differs from `stored` if another writer has changed them. */
  digest: string
  /** Whether changes are not tracked, because the next change is derived from all members here. */
  whole: boolean
  /** Unsent changes by connection, relative to the members in the store. */
  pending: Map<string, MemberChange> | undefined
  /** The change on its way to the store. */
  sending: PresenceSync | undefined
}

/** The state of a topic for which the store has no members of this server. */
export function newMembers(): MembersState {
  return { stored: EMPTY_DIGEST, digest: EMPTY_DIGEST, whole: true, pending: undefined, sending: undefined }
}

/** A member came, left or has another state. A change that undoes an unsent one removes it. */
export function memberChanged(state: MembersState, { was, is }: MemberChange): void {
  const connection = is?.connection ?? was?.connection
  if (state.whole || connection === undefined) return
  const pending = (state.pending ??= new Map())
  const known = pending.get(connection)
  const stored = known ? known.was : was
  if (isSameMember(stored, is)) pending.delete(connection)
  else pending.set(connection, { was: stored, is })
}

/** This server no longer knows which of its members the store has: a change failed, or the store has another digest. */
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
    notify,
    now,
    members,
  }: {
    readonly lease: string
    readonly notify: boolean
    readonly now: number
    readonly members: () => Iterable<LocalMember>
  },
): PresenceSync | undefined {
  if (state.sending || state.stored === undefined) return undefined
  if (state.whole) track(state, new Map([...members()].map((is) => [is.connection, { is }])))
  const changes = takeBatch(state)
  if (changes.length === 0 && state.stored === state.digest) return undefined
  const before = changes.flatMap(({ was }) => was ?? [])
  const after = changes.flatMap(({ is }) => is ?? [])
  const remove = changes.flatMap(({ was, is }) => (was && was.user !== is?.user ? [was] : []))
  const add = after.map((member) => addedMember(member, now))
  state.digest = changedDigest(state.digest, after, before)
  state.sending = { lease, base: state.stored, digest: state.digest, add, remove, notify }
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
  here: Iterable<LocalMember>,
): void {
  const stored = head?.leases.get(lease) ?? EMPTY_DIGEST
  if (state.stored === stored && state.digest === digest) return
  Object.assign(state, { stored, digest })
  const pending = new Map<string, MemberChange>()
  for (const [connection, was] of own) pending.set(connection, { was })
  for (const is of here) {
    const was = pending.get(is.connection)?.was
    if (isSameMember(was, is)) pending.delete(is.connection)
    else pending.set(is.connection, { was, is })
  }
  track(state, pending)
}

function isSameMember(one: PresenceMember | undefined, other: PresenceMember | undefined): boolean {
  return one?.user === other?.user && one?.state === other?.state
}

function addedMember({ user, connection, state, openedAt }: LocalMember, now: number): AddedMember {
  return { user, connection, ...(state !== undefined && { state }), age: Math.max(0, now - openedAt) }
}

function track(state: MembersState, pending: Map<string, MemberChange>): void {
  state.whole = false
  state.pending = pending.size > 0 ? pending : undefined
}

function takeBatch(state: MembersState): MemberChange[] {
  const batch: MemberChange[] = []
  let length = 0
  for (const [connection, change] of state.pending ?? []) {
    if (batch.length >= MAX_BATCH || length >= MAX_BATCH_LENGTH) break
    batch.push(change)
    length += (change.is ?? change.was)?.user.length ?? 0
    length += change.is?.state?.length ?? 0
    state.pending?.delete(connection)
  }
  if (state.pending?.size === 0) state.pending = undefined
  return batch
}

import type {
  LeasedMember,
  PresenceEvent,
  PresenceHead,
  PresencePage,
  PresenceSync,
} from '../cluster/broker-presence.js'

/** A topic in the store. It exists as long as a lease has members on it. */
export interface StoredTopic {
  tag: string
  /** The digest of each lease with members here. */
  readonly leases: Map<string, string>
  /** The connections of each user, as `lease:connection`. */
  readonly users: Map<string, Set<string>>
}

/** Everything that a store of presence holds. */
export interface PresenceStore {
  /** When each lease runs out, on the clock of the store in milliseconds. */
  readonly leases: Map<string, number>
  readonly topics: Map<string, StoredTopic>
}

/** The clock of the store, and how long a lease lives; both in milliseconds. */
export interface LeaseClock {
  readonly now: number
  readonly lease: number
}

/** The outcome of a change. */
export interface SyncResult {
  readonly applied: boolean
  /** Set if the users of the topic have changed. */
  readonly event?: PresenceEvent
}

/** A store that holds nothing. */
export function emptyStore(): PresenceStore {
  return { leases: new Map(), topics: new Map() }
}

/** Makes a lease. */
export function openLease(store: PresenceStore, id: string, { now, lease }: LeaseClock): void {
  store.leases.set(id, now + lease)
}

/** Renews a lease that lives, and forgets those that have run out. @returns the leases that live */
export function renewLease(store: PresenceStore, id: string, { now, lease }: LeaseClock): string[] {
  for (const [one, expires] of store.leases) {
    if (expires <= now) store.leases.delete(one)
    // A lease that ends later than a full lease from now is wrong: the clock was set back, or the value is forged.
    else if (expires > now + lease) store.leases.set(one, now + lease)
  }
  if (store.leases.has(id)) store.leases.set(id, now + lease)
  return [...store.leases.keys()]
}

/** Ends a lease at once. */
export function releaseLease(store: PresenceStore, id: string): void {
  store.leases.delete(id)
}

/** The leases that live. */
export function livingLeases(store: PresenceStore, now: number): string[] {
  return [...store.leases].flatMap(([id, expires]) => (expires > now ? [id] : []))
}

/**
 * Changes the members of a lease on a topic.
 * @param tag a fresh one, for the topic if its users change
 */
export function syncTopic(store: PresenceStore, topic: string, { change, tag }: TaggedSync): SyncResult {
  const known = store.topics.get(topic)
  const { lease, base, digest } = change
  if ((known?.leases.get(lease) ?? '') !== base) return { applied: false }
  const stored: StoredTopic = known ?? { tag: '', leases: new Map(), users: new Map() }
  const before = usersOf(stored, change)
  applyMembers(stored, change)
  if (digest === '') stored.leases.delete(lease)
  else stored.leases.set(lease, digest)
  const joined = [...before].flatMap(([user, was]) => (!was && stored.users.has(user) ? [user] : []))
  const left = [...before].flatMap(([user, was]) => (was && !stored.users.has(user) ? [user] : []))
  const previous = stored.tag
  const changed = joined.length + left.length > 0
  if (changed) stored.tag = tag
  if (stored.leases.size > 0) {
    store.topics.set(topic, stored)
  } else {
    stored.tag = ''
    store.topics.delete(topic)
  }
  return { applied: true, ...(changed && { event: { joined, left, tag: stored.tag, previous } }) }
}

/** A change with a tag in reserve. */
export interface TaggedSync {
  readonly change: PresenceSync
  readonly tag: string
}

/** Everything on a topic. */
export function listTopic(store: PresenceStore, topic: string): PresencePage {
  const members = [...(store.topics.get(topic)?.users ?? [])].flatMap(([user, places]) =>
    [...places].map((place) => memberAt(place, user)),
  )
  return { ...presenceHeadOf(store, topic), members }
}

/** The summary of a topic. */
export function presenceHeadOf(store: PresenceStore, topic: string): PresenceHead {
  const stored = store.topics.get(topic)
  return { tag: stored?.tag ?? '', leases: new Map(stored?.leases) }
}

/** Whether each user that a change names is on the topic now, in the order of the change. */
function usersOf({ users }: StoredTopic, { add, remove }: PresenceSync): Map<string, boolean> {
  return new Map([...add, ...remove].map(({ user }) => [user, users.has(user)]))
}

function applyMembers({ users }: StoredTopic, { lease, add, remove }: PresenceSync): void {
  for (const { user, connection } of add) {
    const places = users.get(user) ?? new Set()
    users.set(user, places.add(`${lease}:${connection}`))
  }
  for (const { user, connection } of remove) {
    const places = users.get(user)
    if (places?.delete(`${lease}:${connection}`) && places.size === 0) users.delete(user)
  }
}

function memberAt(place: string, user: string): LeasedMember {
  const colon = place.indexOf(':')
  return { user, lease: place.slice(0, colon), connection: place.slice(colon + 1) }
}

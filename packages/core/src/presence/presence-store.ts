import type {
  LeasedMember,
  PresenceEvent,
  PresenceHead,
  PresencePage,
  PresenceSync,
  PresentUser,
} from '../cluster/broker-presence.js'
import { presentUser, presentUserText } from './present-user.js'

/** A connection of a user in the store. */
export interface StoredPlace {
  /** When it was opened, in milliseconds on the clock of the store, with three decimals. */
  readonly since: number
  readonly state: string | undefined
}

/** A topic in the store. It exists as long as a lease has members on it. */
export interface StoredTopic {
  tag: string
  /** The digest of each lease with members here. */
  readonly leases: Map<string, string>
  /** The connections of each user, by `lease:connection`. */
  readonly users: Map<string, Map<string, StoredPlace>>
}

/** Everything that a store of presence holds. */
export interface PresenceStore {
  /** When each lease expires, on the clock of the store in milliseconds. */
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
  /** Set if the users of the topic have changed, or their presence states or connections. */
  readonly event?: PresenceEvent
}

/** A store that holds nothing. */
export function emptyStore(): PresenceStore {
  return { leases: new Map(), topics: new Map() }
}

/** Opens a lease. */
export function openLease(store: PresenceStore, id: string, { now, lease }: LeaseClock): void {
  store.leases.set(id, now + lease)
}

/** Renews a lease that lives, and forgets those that have expired. @returns the leases that live */
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

/** Changes the members of a lease on a topic. */
export function syncTopic(store: PresenceStore, topic: string, { change, tag, now }: TaggedSync): SyncResult {
  const known = store.topics.get(topic)
  const { lease, base, digest } = change
  if ((known?.leases.get(lease) ?? '') !== base) return { applied: false }
  const stored: StoredTopic = known ?? { tag: '', leases: new Map(), users: new Map() }
  const before = new Map([...change.add, ...change.remove].map(({ user }) => [user, userIn(stored, user)]))
  applyMembers(stored, change, now)
  if (digest === '') stored.leases.delete(lease)
  else stored.leases.set(lease, digest)
  const difference = differenceOf(stored, before)
  const previous = stored.tag
  if (difference) stored.tag = tag
  if (stored.leases.size > 0) {
    store.topics.set(topic, stored)
  } else {
    stored.tag = ''
    store.topics.delete(topic)
  }
  return { applied: true, ...(difference && { event: { ...difference, tag: stored.tag, previous } }) }
}

/** A change, with the tag and the time that the store adds to it. */
export interface TaggedSync {
  readonly change: PresenceSync
  /** The new tag of the topic, if its users change. */
  readonly tag: string
  /** The clock of the store in milliseconds. */
  readonly now: number
}

/** All members of a topic. */
export function listTopic(store: PresenceStore, topic: string): PresencePage {
  const users = [...(store.topics.get(topic)?.users ?? [])]
  const members = users.flatMap(([user, places]) => leasedPlaces(places).map((place) => ({ user, ...place })))
  return { ...presenceHeadOf(store, topic), members }
}

/** The summary of a topic. */
export function presenceHeadOf(store: PresenceStore, topic: string): PresenceHead {
  const stored = store.topics.get(topic)
  return { tag: stored?.tag ?? '', leases: new Map(stored?.leases) }
}

function userIn({ users }: StoredTopic, user: string): PresentUser | undefined {
  const places = users.get(user)
  return places && presentUser(user, leasedPlaces(places))
}

/** What subscribers learn of a change. @param before the users that the change names, in its order, as they were */
function differenceOf(
  stored: StoredTopic,
  before: ReadonlyMap<string, PresentUser | undefined>,
): Pick<PresenceEvent, 'joined' | 'changed' | 'left'> | undefined {
  const joined: PresentUser[] = []
  const changed: PresentUser[] = []
  const left: string[] = []
  for (const [user, was] of before) {
    const is = userIn(stored, user)
    if (is && !was) joined.push(is)
    else if (was && !is) left.push(user)
    else if (was && is && presentUserText(was) !== presentUserText(is)) changed.push(is)
  }
  return joined.length + changed.length + left.length > 0 ? { joined, changed, left } : undefined
}

function applyMembers({ users }: StoredTopic, { lease, add, remove }: PresenceSync, now: number): void {
  for (const { user, connection, age, state } of add) {
    const places = users.get(user) ?? new Map<string, StoredPlace>()
    const place = `${lease}:${connection}`
    const since = places.get(place)?.since ?? Math.round((now - age) * 1000) / 1000
    users.set(user, places.set(place, { since, state }))
  }
  for (const { user, connection } of remove) {
    const places = users.get(user)
    if (places?.delete(`${lease}:${connection}`) && places.size === 0) users.delete(user)
  }
}

function leasedPlaces(places: ReadonlyMap<string, StoredPlace>): Omit<LeasedMember, 'user'>[] {
  return Array.from(places, ([place, { since, state }]) => {
    const colon = place.indexOf(':')
    return {
      lease: place.slice(0, colon),
      connection: place.slice(colon + 1),
      since,
      ...(state !== undefined && { state }),
    }
  })
}

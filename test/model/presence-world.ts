import type {
  LeasedMember,
  PresenceEvent,
  PresenceHead,
  PresencePage,
  PresenceSync,
} from '../../packages/core/src/cluster/broker-presence.js'
import { membersByUser } from '../../packages/core/src/presence/group-by-user.js'
import type { LeaseState } from '../../packages/core/src/presence/lease-state.js'
import { presentUser, presentUserText } from '../../packages/core/src/presence/present-user.js'
import type { LocalMember } from '../../packages/core/src/presence/presence-members.js'
import type { TopicState } from '../../packages/core/src/presence/presence-state.js'
import {
  presenceHeadOf,
  listTopic,
  openLease,
  type PresenceStore,
  renewLease,
  syncTopic,
} from '../../packages/core/src/presence/presence-store.js'

// The parts of the model of presence on one topic: one store, and servers with their queues to and from it.

export const TOPIC = 'room'
/** The time of all clocks; it does not change. An expired lease gets an end before this time. */
export const NOW = 1000
const CLOCK = { now: NOW, lease: 10 }
const RUN_OUT = 0

/** A rule that is left out, to show that the explorer detects that. */
export type Mutant =
  | 'none'
  | 'a late renewal makes a lease'
  | 'expired leases are forgotten'
  | 'topics are never checked'
  | 'the previous tag is not compared'
  | 'the first list does not wait for the subscription'
  | 'lists for members bypass the view'
  | 'a failed list for members is forgotten'
  | 'the oldest connection of a user counts'
  | 'events lose the users who have changed'
  | 'the number of a message does not rise'
  | 'the digest does not cover states'

/** A command of a server to the store. */
export type Command =
  | { readonly kind: 'open'; readonly lease: string }
  | { readonly kind: 'renew'; readonly lease: string }
  | { readonly kind: 'sync'; readonly change: PresenceSync; readonly reaps?: true }
  | { readonly kind: 'list'; readonly read: boolean }
  | { readonly kind: 'check'; readonly round: number }

/** An answer of the store. */
export type Reply =
  | { readonly kind: 'open'; readonly lease: string }
  | { readonly kind: 'renew'; readonly lease: string; readonly living: readonly string[] }
  | { readonly kind: 'sync'; readonly change: PresenceSync; readonly applied: boolean; readonly reaps?: true }
  | {
      readonly kind: 'list'
      readonly read: boolean
      readonly seen: Users
      readonly pages: readonly PresencePage[]
    }
  | { readonly kind: 'check'; readonly round: number; readonly head: PresenceHead }

/** The users of the topic by name, as members see them. */
export type Users = ReadonlyMap<string, string>

export interface Server {
  alive: boolean
  leases: LeaseState
  topic: TopicState
  here: LocalMember[]
  /** Whether the server always has a member without a user. */
  watched: boolean
  /** Whether events of the link reach this server. */
  subscribed: boolean
  /** Whether a member waits for a list. */
  reading: boolean
  commands: Command[]
  /** Commands that have timed out, and that the store may still carry out at any time. */
  late: Command[]
  replies: Reply[]
  link: PresenceEvent[]
  /** Commands in transit besides the topic's own command. */
  asking: { open: boolean; renew: boolean; check: boolean }
  /**
   * The users whom the members of this server know from a list and from later news, or their number; undefined before a list.
   */
  notified: Map<string, string> | number | undefined
  seq: number
}

/** How often each fault and each periodic task may still happen. */
export interface Budget {
  moves: number
  /** Moves on the second server. */
  farMoves: number
  reads: number
  /** Changes of the presence state of a user on the first server, and (`farStates`) on the second one. */
  states: number
  farStates: number
  renewals: number
  checks: number
  timeouts: number
  expiries: number
  rollbacks: number
  losses: number
  cuts: number
  kills: number
}

export interface World {
  mutant: Mutant
  store: PresenceStore
  snapshot: PresenceStore | undefined
  servers: Server[]
  left: Budget
  /** Whether anything can go wrong in this run. */
  faultless: boolean
  /** Whether lists come in two pages. */
  paged: boolean
  /** Users who may come to the first server and leave it. */
  movers: readonly string[]
  /** Users who may come to the second server and leave it. */
  farMovers: readonly string[]
  /** Leases that have expired since the last rollback. */
  ended: string[]
  unique: number
}

/** A unique number. */
export function fresh(world: World): string {
  world.unique += 1
  return world.unique.toString(16).padStart(8, '0')
}

/** The store carries out a command of a server. */
export function execute(world: World, command: Command): Reply {
  const { store, mutant } = world
  if (command.kind === 'open') openLease(store, command.lease, CLOCK)
  if (command.kind === 'open') return command
  if (command.kind === 'renew') {
    const living = renewLease(store, command.lease, CLOCK)
    if (mutant === 'a late renewal makes a lease') openLease(store, command.lease, CLOCK)
    return { ...command, living }
  }
  if (command.kind === 'sync') {
    const { change } = command
    const inverted = { ...change, add: change.add.map(({ age, ...member }) => ({ ...member, age: NOW - age })) }
    const sent = mutant === 'the oldest connection of a user counts' ? inverted : change
    const { applied, event } = syncTopic(store, TOPIC, { change: sent, tag: fresh(world), now: NOW })
    if (event) for (const one of world.servers) if (one.alive && one.subscribed) one.link.push(event)
    return { ...command, applied }
  }
  if (command.kind === 'list')
    return { ...command, seen: new Map(), pages: pagesOf(listTopic(store, TOPIC), world.paged) }
  return { ...command, head: presenceHeadOf(store, TOPIC) }
}

/** One page, or two with the first user on the first one, because anything may happen between two pages. */
function pagesOf({ members, ...head }: PresencePage, paged: boolean): PresencePage[] {
  if (!paged) return [{ ...head, members }]
  const first = members.filter(({ user }) => user === members[0]?.user)
  const others = members.filter(({ user }) => user !== members[0]?.user)
  const pages = [{ ...head, members: first }]
  return others.length > 0 ? [...pages, { ...head, members: others }] : pages
}

/** Whether anybody is on a server. */
export function isOccupied({ here, watched }: Server): boolean {
  return watched || here.length > 0
}

/** A lease expires. */
export function expire({ store, ended }: World, lease: string): void {
  if (!store.leases.has(lease)) return
  store.leases.set(lease, RUN_OUT)
  ended.push(lease)
}

/** Whether a lease lives again after it has expired. */
export function hasRevived({ store, ended }: World): boolean {
  return ended.some((lease) => (store.leases.get(lease) ?? RUN_OUT) > CLOCK.now)
}

/** The users that a server would list: those of leases that live. */
export function listed({ store }: World): Users {
  const { members } = listTopic(store, TOPIC)
  return usersAmong(members.filter(({ lease }) => (store.leases.get(lease) ?? RUN_OUT) > CLOCK.now))
}

/** The users who are there. */
export function truthOf({ servers }: World): Users {
  return usersAmong(servers.flatMap(membersHere))
}

/** The members of a server as the store would list them. */
export function membersHere({ here, leases }: Server): LeasedMember[] {
  return here.map(({ openedAt, ...member }) => ({ ...member, since: openedAt, lease: `${leases.id}` }))
}

/** Members as other members see them. */
export function usersAmong(members: readonly LeasedMember[]): Map<string, string> {
  const users = [...membersByUser(members)]
  return new Map(users.map(([user, places]) => [user, presentUserText(presentUser(user, places))]))
}

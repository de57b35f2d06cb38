import type {
  PresenceEvent,
  PresenceHead,
  PresenceMember,
  PresencePage,
  PresenceSync,
} from '../../packages/core/src/cluster/broker-presence.js'
import type { LeaseState } from '../../packages/core/src/presence/lease-state.js'
import type { TopicState } from '../../packages/core/src/presence/presence-state.js'
import {
  presenceHeadOf,
  listTopic,
  openLease,
  type PresenceStore,
  renewLease,
  syncTopic,
} from '../../packages/core/src/presence/presence-store.js'

// What there is in the model of presence on one topic: one store, and servers with their queues to and from it.

export const TOPIC = 'room'
/** The clock of the store stands still; a lease that runs out is set to run out before now. */
const CLOCK = { now: 1, lease: 10 }
const RUN_OUT = 0

/** A rule that is left out, to see that the explorer misses it. */
export type Mutant =
  | 'none'
  | 'a late renewal makes a lease'
  | 'deaths are forgotten'
  | 'topics are never checked'
  | 'the previous tag is not compared'
  | 'the first list does not wait for the subscription'
  | 'lists for members bypass the view'
  | 'a failed list for members is forgotten'

/** What a server has asked of the store. */
export type Command =
  | { readonly kind: 'open'; readonly lease: string }
  | { readonly kind: 'renew'; readonly lease: string }
  | { readonly kind: 'sync'; readonly change: PresenceSync; readonly reaps?: true }
  | { readonly kind: 'list'; readonly read: boolean }
  | { readonly kind: 'check'; readonly round: number }

/** What the store has answered. */
export type Reply =
  | { readonly kind: 'open'; readonly lease: string }
  | { readonly kind: 'renew'; readonly lease: string; readonly living: readonly string[] }
  | { readonly kind: 'sync'; readonly change: PresenceSync; readonly applied: boolean; readonly reaps?: true }
  | {
      readonly kind: 'list'
      readonly read: boolean
      readonly seen: readonly string[]
      readonly pages: readonly PresencePage[]
    }
  | { readonly kind: 'check'; readonly round: number; readonly head: PresenceHead }

export interface Server {
  alive: boolean
  leases: LeaseState
  topic: TopicState
  here: PresenceMember[]
  /** Whether a member without a user is always here. */
  watched: boolean
  /** Whether events of the link reach this server. */
  subscribed: boolean
  /** Whether a member waits for a list. */
  reading: boolean
  commands: Command[]
  /** Commands that nobody waits for, and that the store may still carry out at any time. */
  late: Command[]
  replies: Reply[]
  link: PresenceEvent[]
  /** What is on its way besides the topic's own command. */
  asking: { open: boolean; renew: boolean; check: boolean }
  /** Whom the members here believe to be there, from a list and from what they were told since; undefined before a list. */
  told: Set<string> | undefined
  seq: number
}

/** How often each fault and each periodic task may still happen. */
export interface Budget {
  moves: number
  /** Moves on the second server. */
  farMoves: number
  reads: number
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
  /** Leases that have run out, since the last rollback. */
  ended: string[]
  unique: number
}

/** A number that nobody else has. */
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
    const { applied, event } = syncTopic(store, TOPIC, { change: command.change, tag: fresh(world) })
    if (event) for (const one of world.servers) if (one.alive && one.subscribed) one.link.push(event)
    return { ...command, applied }
  }
  if (command.kind === 'list') return { ...command, seen: [], pages: pagesOf(listTopic(store, TOPIC), world.paged) }
  return { ...command, head: presenceHeadOf(store, TOPIC) }
}

/** The first user apart from the others: anything may happen between two pages of a list. */
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

/** A lease runs out. */
export function expire({ store, ended }: World, lease: string): void {
  if (!store.leases.has(lease)) return
  store.leases.set(lease, RUN_OUT)
  ended.push(lease)
}

/** Whether a lease lives although it has run out. */
export function hasRevived({ store, ended }: World): boolean {
  return ended.some((lease) => (store.leases.get(lease) ?? RUN_OUT) > CLOCK.now)
}

/** The users that a server would list: those of leases that live. */
export function listed({ store }: World): string[] {
  const { members } = listTopic(store, TOPIC)
  const living = members.filter(({ lease }) => (store.leases.get(lease) ?? RUN_OUT) > CLOCK.now)
  return [...new Set(living.map(({ user }) => user))].toSorted()
}

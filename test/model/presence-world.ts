import type {
  PresenceEvent,
  PresenceHead,
  PresenceList,
  PresenceMember,
  PresenceSync,
} from '../../packages/core/src/cluster/broker-presence.js'
import type { LeaseState } from '../../packages/core/src/presence/lease-state.js'
import type { TopicState } from '../../packages/core/src/presence/presence-state.js'
import {
  headOf,
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

/** What a server has asked of the store. */
export type Command =
  | { readonly kind: 'open'; readonly lease: string }
  | { readonly kind: 'renew'; readonly lease: string }
  | { readonly kind: 'sync'; readonly change: PresenceSync; readonly reaps?: true }
  | { readonly kind: 'list' }
  | { readonly kind: 'check'; readonly round: number }

/** What the store has answered. */
export type Reply =
  | { readonly kind: 'open'; readonly lease: string }
  | { readonly kind: 'renew'; readonly lease: string; readonly living: readonly string[] }
  | { readonly kind: 'sync'; readonly change: PresenceSync; readonly applied: boolean; readonly reaps?: true }
  | { readonly kind: 'list'; readonly list: PresenceList }
  | { readonly kind: 'check'; readonly round: number; readonly head: PresenceHead }

export interface Server {
  alive: boolean
  leases: LeaseState
  topic: TopicState
  here: PresenceMember[]
  commands: Command[]
  /** Commands that nobody waits for, and that the store may still carry out at any time. */
  late: Command[]
  replies: Reply[]
  link: PresenceEvent[]
  /** What is on its way besides the topic's own command. */
  asking: { open: boolean; renew: boolean; check: boolean }
  /** Whom the members here believe to be there, from what they were told. */
  told: Set<string>
  seq: number
}

/** How often each fault and each periodic task may still happen. */
export interface Budget {
  moves: number
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
  /** Users who may come to the first server and leave it. */
  movers: readonly string[]
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
    if (event) for (const one of world.servers) if (one.alive) one.link.push(event)
    return { ...command, applied }
  }
  if (command.kind === 'list') return { kind: 'list', list: listTopic(store, TOPIC) }
  return { ...command, head: headOf(store, TOPIC) }
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

import type { PresenceHead } from '../cluster/broker-presence.js'
import type { LeaseState } from './lease-state.js'

/** The stage of a dead lease's removal: seen once, left to another server once, or due. */
type RemovalStage = 'seen' | 'left' | 'due'

/** The dead leases on a topic, with the stage of their removal. */
export type DeadLeases = Map<string, RemovalStage>

/** What a server knows of the leases on a topic. */
export interface LeaseKnowledge {
  readonly leases: LeaseState
  /** Whether members of dead leases may be removed. */
  readonly mayReap: boolean
  /** The dead leases of the last check. */
  readonly before: DeadLeases | undefined
}

/** Looks for the leases of crashed servers. @returns undefined if there are none, or if this server has no lease */
export function findDeadLeases(
  { leases }: PresenceHead,
  { leases: known, mayReap, before }: LeaseKnowledge,
): DeadLeases | undefined {
  const gone = [...leases.keys()].filter((lease) => !known.living.has(lease) && lease !== known.id)
  if (gone.length === 0 || known.id === undefined) return undefined
  // The first living server on the topic removes the members of dead leases. The others do so only if it does not.
  const first = [...leases.keys()].filter((lease) => known.living.has(lease)).toSorted()[0]
  const own = first === undefined || first === known.id
  const next = (lease: string): RemovalStage => {
    if (known.former.has(lease)) return 'due'
    // A lease that this server has never seen alive may have been opened after it last requested the living leases.
    if (!mayReap || (!known.dead.has(lease) && before?.get(lease) === undefined)) return 'seen'
    return own || before?.get(lease) === 'left' ? 'due' : 'left'
  }
  return new Map(gone.map((lease) => [lease, next(lease)]))
}

/** The leases whose members are to be removed now. */
export function toRemove(dead: DeadLeases | undefined): string[] {
  return [...(dead ?? [])].flatMap(([lease, stage]) => (stage === 'due' ? [lease] : []))
}

/** Whether there is a dead lease whose members are not to be removed yet. */
export function mustLookAgain(dead: DeadLeases | undefined): boolean {
  return [...(dead?.values() ?? [])].some((stage) => stage !== 'due')
}

/** The most dead leases that are remembered, and the most former leases. */
const MAX_DEAD = 256

/** The lease of this server, and the known leases of other servers. */
export interface LeaseState {
  /** The lease that the store has confirmed. Undefined until then, and after the lease has expired. */
  id: string | undefined
  /** When it was confirmed, in milliseconds on the monotonic clock. */
  since: number
  /** The leases that lived when this one was last renewed. */
  living: Set<string>
  /** Leases that lived once and are dead now, the oldest first. */
  dead: Set<string>
  /** Former leases of this server, the oldest first. */
  former: Set<string>
}

/** No lease. */
export function newLease(): LeaseState {
  return { id: undefined, since: 0, living: new Set(), dead: new Set(), former: new Set() }
}

/** The store has opened a lease. */
export function leaseOpened(state: LeaseState, id: string, now: number): void {
  state.id = id
  state.since = now
}

/**
 * The store has renewed a lease, or has answered that the lease does not exist.
 * @returns `kept`; `lost`: another one must be opened; `expired`: kept, and the leases of others have expired
 */
export function leaseRenewed(state: LeaseState, id: string, living: readonly string[]): 'kept' | 'lost' | 'expired' {
  if (id !== state.id) return 'kept'
  const before = state.dead.size
  const now = new Set(living)
  for (const one of state.living) if (!now.has(one)) rememberLease(state.dead, one)
  state.living = now
  if (now.has(id)) return state.dead.size > before ? 'expired' : 'kept'
  rememberLease(state.former, id)
  state.id = undefined
  return 'lost'
}

/**
 * Whether members of dead leases may be removed: only once this server's lease is older than the duration of a lease. If
 * the store hangs for longer than that, every lease expires, and each server needs a moment to open another one.
 */
export function mayReap(
  { id, since }: LeaseState,
  { now, lease }: { readonly now: number; readonly lease: number },
): boolean {
  return id !== undefined && now - since >= lease
}

function rememberLease(leases: Set<string>, lease: string): void {
  leases.delete(lease)
  leases.add(lease)
  const [oldest] = leases
  if (leases.size > MAX_DEAD && oldest !== undefined) leases.delete(oldest)
}

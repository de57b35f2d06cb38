import type { MemoryBudget } from './memory-budget.js'

/** A connection that holds memory. */
export interface MemoryHolder {
  readonly core: {
    /** Bytes that closing the connection releases. */
    readonly heldBytes: number
    /** Closes the connection to release memory. */
    evict(): void
  }
}

/**
 * Closes the connections that hold most until the hub is within its budget again: otherwise all other connections would suffer
 * for them.
 * @returns how many were closed
 */
export function relieveMemory(connections: Iterable<MemoryHolder>, budget: MemoryBudget): number {
  const held = Array.from(connections, ({ core }) => ({ core, bytes: core.heldBytes }))
  held.sort((a, b) => a.bytes - b.bytes)
  let excess = budget.used - budget.limit
  let evicted = 0
  for (let most = held.pop(); excess > 0 && most && most.bytes > 0; most = held.pop()) {
    excess -= most.bytes
    evicted += 1
    most.core.evict()
  }
  return evicted
}

import type { Position } from '../cluster/broker-history.js'

interface PositionWaiter {
  readonly position: Position
  readonly resolve: () => void
}

/** Promises that resolve when a room reaches a position. */
export class PositionWaiters {
  #waiters: readonly PositionWaiter[] = []

  get size(): number {
    return this.#waiters.length
  }

  wait(position: Position): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters = [...this.#waiters, { position, resolve }]
    })
  }

  /** Resolves the promises for positions that the room has reached. */
  settle(isReached: (position: Position) => boolean): void {
    const reached = new Set(this.#waiters.filter(({ position }) => isReached(position)))
    this.#waiters = this.#waiters.filter((waiter) => !reached.has(waiter))
    for (const { resolve } of reached) resolve()
  }
}

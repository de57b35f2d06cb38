import { performance } from 'node:perf_hooks'

/** A clock that stops while the event loop is blocked, so that a stall of this process exceeds no deadline. */
export class StallClock {
  readonly #threshold: number
  #stalled = 0

  /** @param threshold milliseconds by which a timer may be late without a stall */
  constructor(threshold: number) {
    this.#threshold = threshold
  }

  /** Milliseconds. */
  now(): number {
    return performance.now() - this.#stalled
  }

  /** A timer was late by so many milliseconds. */
  forgive(late: number): void {
    if (late > this.#threshold) this.#stalled += late
  }
}

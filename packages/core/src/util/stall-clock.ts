import { performance } from 'node:perf_hooks'

/** A clock that stops while the event loop is blocked, so that a stall of this process makes no deadline pass. */
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

  /** A timer was late. If that is a stall, the clock goes back by the same time. @param late milliseconds */
  forgive(late: number): void {
    if (late > this.#threshold) this.#stalled += late
  }
}

/** A steady rate with room for bursts. */
export interface Rate {
  /** Tokens that are added in a second. */
  readonly perSecond: number
  /** Tokens of a full bucket. */
  readonly burst: number
}

/** Counts what a rate allows, by timestamps alone: no timer runs. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #at: number

  /** @param now milliseconds of a clock that never goes back */
  constructor(rate: Rate, now: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#at = now
  }

  /**
   * Takes tokens if there are enough. A cost above `burst` needs a full bucket and leaves a debt.
   * @returns whether it took them
   */
  take(now: number, cost = 1): boolean {
    const { perSecond, burst } = this.#rate
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1000)
    this.#at = now
    if (this.#tokens < Math.min(cost, burst)) return false
    this.#tokens -= cost
    return true
  }

  /** Takes tokens even if there are not enough. */
  spend(cost: number): void {
    this.#tokens -= cost
  }
}

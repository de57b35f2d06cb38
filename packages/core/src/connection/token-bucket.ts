/** A steady rate with room for bursts. */
export interface Rate {
  /** Tokens that come back in a second. */
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

  /** Takes one token if there is one. */
  take(now: number): boolean {
    const { perSecond, burst } = this.#rate
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1000)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}

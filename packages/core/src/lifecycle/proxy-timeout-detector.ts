/** Connections that have to end at the same age before a proxy is reported. */
const MIN_CUTS = 3
/** Milliseconds by which their ages may differ. */
const MAX_DIFFERENCE_MS = 2000
/** Connections that end within fewer milliseconds of each other have a common cause: a failing network ends many at once. */
const MIN_APART_MS = 1000
/** The shortest timeout of a proxy that is detected, in milliseconds. */
const MIN_AGE_MS = 25_000

/** Detects a proxy that terminates connections when they reach a certain age. */
export class ProxyTimeoutDetector {
  #ages: number[] = []
  #last = -Infinity

  /**
   * A connection has ended without a close frame.
   * @param age milliseconds since its handshake
   * @param now milliseconds of a monotonic clock
   * @returns whether the last connections have all ended at the same age
   */
  cut(age: number, now: number): boolean {
    const isApart = now - this.#last >= MIN_APART_MS
    this.#last = now
    if (age < MIN_AGE_MS || !isApart) {
      this.#ages = []
      return false
    }
    this.#ages = [...this.#ages, age].slice(-MIN_CUTS)
    return this.#ages.length === MIN_CUTS && Math.max(...this.#ages) - Math.min(...this.#ages) <= MAX_DIFFERENCE_MS
  }
}

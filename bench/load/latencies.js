/** Milliseconds that something took, many times. */
export class Latencies {
  #values = new Float64Array(65_536)
  #count = 0

  add(value) {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count++] = value
  }

  clear() {
    this.#count = 0
  }

  /** Percentiles in microseconds. */
  summary() {
    const sorted = this.#values.subarray(0, this.#count).toSorted()
    const at = (share) =>
      Math.round(1e3 * (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0))
    return { p50: at(0.5), p99: at(0.99) }
  }
}

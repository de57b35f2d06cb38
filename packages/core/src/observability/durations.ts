/** How long something took, in fixed buckets. */
export interface Durations {
  /** The number of measurements. */
  readonly count: number
  /** The sum of all measurements, in milliseconds. */
  readonly total: number
  /** The median in milliseconds, interpolated within its bucket; 0 if there are no measurements. */
  readonly p50: number
  /** The 99th percentile in milliseconds, interpolated within its bucket; 0 if there are no measurements. */
  readonly p99: number
  /** Measurements by bucket: up to each bound of {@link DURATION_BOUNDS_MS} and above the one before; the last: above all bounds. */
  readonly buckets: readonly number[]
}

/** The upper bounds of the buckets of {@link Durations}, in milliseconds. */
export const DURATION_BOUNDS_MS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000,
]

/** Counts durations in buckets. It never grows. */
export class DurationHistogram {
  readonly #buckets = DURATION_BOUNDS_MS.map(() => 0).concat(0)
  #total = 0

  /** Counts one. @param ms milliseconds, not negative */
  add(ms: number): void {
    let index = 0
    while (ms > (DURATION_BOUNDS_MS[index] ?? Infinity)) index += 1
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1
    this.#total += ms
  }

  get durations(): Durations {
    return durationsOf([...this.#buckets], this.#total)
  }
}

/** The sum of the durations of several servers or types. */
export function addDurations(all: readonly Durations[]): Durations {
  const bounds = [...DURATION_BOUNDS_MS, Infinity]
  const buckets = bounds.map((_, index) => all.reduce((sum, one) => sum + (one.buckets[index] ?? 0), 0))
  return durationsOf(
    buckets,
    all.reduce((sum, { total }) => sum + total, 0),
  )
}

/** @param total the sum of all measurements, in milliseconds */
export function durationsOf(buckets: readonly number[], total: number): Durations {
  const count = buckets.reduce((sum, one) => sum + one, 0)
  return { count, total, p50: quantile(buckets, count / 2), p99: quantile(buckets, count * 0.99), buckets }
}

/** The duration, in milliseconds, that `rank` of the measurements do not exceed. @param rank more than 0 */
function quantile(buckets: readonly number[], rank: number): number {
  let below = 0
  let lower = 0
  for (const [index, upper] of DURATION_BOUNDS_MS.entries()) {
    const inside = buckets[index] ?? 0
    if (inside > 0 && below + inside >= rank) return lower + ((upper - lower) * (rank - below)) / inside
    below += inside
    lower = upper
  }
  // It is above the last bound, but by how much is not known.
  return below < rank ? lower : 0
}

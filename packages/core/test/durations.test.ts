import { addDurations, DURATION_BOUNDS_MS, DurationHistogram, durationsOf } from '../src/observability/durations.js'

// How long handlers took, in buckets.

/** Buckets of which some are not empty. */
function buckets(filled: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: DURATION_BOUNDS_MS.length + 1 }, (_, index) => filled[index] ?? 0)
}

test('a duration is counted in the bucket of the next higher bound, to which the bound itself belongs', () => {
  const histogram = new DurationHistogram()
  for (const ms of [0, 0.1, 0.11, 1, 30_000, 30_001, 90_000]) histogram.add(ms)
  const { count, total, buckets: counted } = histogram.durations
  expect(counted).toEqual(buckets({ 0: 2, 1: 1, 3: 1, 16: 1, 17: 2 }))
  expect([count, total]).toEqual([7, 150_002.21])
})

test('the durations that were read do not change when others follow', () => {
  const histogram = new DurationHistogram()
  const before = histogram.durations
  histogram.add(1)
  expect(before).toEqual({ count: 0, total: 0, p50: 0, p99: 0, buckets: buckets({}) })
})

test.each([
  ['no durations', {}, 0, 0],
  ['durations of one bucket', { 1: 2 }, 0.1 + 0.15 * 0.5, 0.1 + 0.15 * 0.99],
  ['durations of the first bucket', { 0: 4 }, 0.05, 0.099],
  ['half of the durations in a lower bucket', { 2: 50, 7: 50 }, 0.5, 10 + 15 * 0.98],
  ['durations beyond the last bound', { 17: 1 }, 30_000, 30_000],
] as const)('the percentiles of %s are interpolated in their bucket', (_, filled, p50, p99) => {
  const durations = durationsOf(buckets(filled), 0)
  expect(durations.p50).toBeCloseTo(p50)
  expect(durations.p99).toBeCloseTo(p99)
})

test('durations of several servers are added by bucket, and percentiles are computed from the sums', () => {
  const [one, other] = [durationsOf(buckets({ 0: 1, 17: 1 }), 60_000), durationsOf([2, 1], 0.5)]
  expect(addDurations([one, other])).toEqual(durationsOf(buckets({ 0: 3, 1: 1, 17: 1 }), 60_000.5))
})

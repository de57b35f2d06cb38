import { OutageReporter } from '../src/cluster/outage-reporter.js'
import { HubError } from '../src/index.js'

const down = new HubError('broker_down', 'down')
const late = new HubError('broker_timeout', 'late')
const full = new HubError('broker_full', 'full')

let reported: unknown[]
let now: number
let reporter: OutageReporter

beforeEach(() => {
  reported = []
  now = 0
  reporter = new OutageReporter(
    (error) => reported.push(error),
    () => now,
  )
})

/** Whether a failure is reported at a moment. */
function isReported(error: unknown, at: number): boolean {
  const before = reported.length
  now = at
  reporter.report(error)
  return reported.length > before
}

test('an outage is reported once, whether the broker is down or does not answer', () => {
  expect([down, late, down].map((error, at) => isReported(error, at * 900))).toEqual([true, false, false])
})

test('an outage after the broker has worked is reported at once', () => {
  expect(isReported(down, 0)).toBe(true)
  reporter.over()
  expect(isReported(down, 10)).toBe(true)
})

test('an outage after a second without a failure is reported', () => {
  expect(isReported(down, 10)).toBe(true)
  expect(isReported(down, 1010)).toBe(true)
})

test('failures while the broker is down are one outage, however far apart', () => {
  let downSince = Infinity
  reporter = new OutageReporter(
    (error) => reported.push(error),
    () => now,
    () => Math.max(0, now - downSince),
  )
  expect(isReported(down, 0)).toBe(true)
  downSince = 5000
  expect([5000, 8000, 20_000, 60_000].map((at) => isReported(down, at))).toEqual([true, false, false, false])
  downSince = Infinity
  expect(isReported(down, 70_000)).toBe(true)
})

test('a refusal is reported beside an outage, and once while it repeats within a minute', () => {
  expect(isReported(down, 0)).toBe(true)
  expect([0, 50_000, 100_000, 160_000].map((at) => isReported(full, at))).toEqual([true, false, false, true])
})

test('every failure without a code of a broker is reported', () => {
  const others = [new Error('x'), new HubError('not_kept'), undefined, null, 'text']
  expect([...others, ...others].map((error) => isReported(error, 0))).not.toContain(false)
})

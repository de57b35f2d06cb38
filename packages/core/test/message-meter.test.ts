import { timers } from '../../../test/support/process.js'
import { newCounters, LabelledCounters } from '../src/observability/counters.js'
import { MessageMeter } from '../src/observability/message-meter.js'

// What a hub counts by type and by label, and for how long it measures handlers.

const meterOf = (...registered: string[]): MessageMeter => new MessageMeter((type) => registered.includes(type))

describe('a meter that was asked for times', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance'] })
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  test('a meter measures until nobody has asked for two minutes', () => {
    const meter = meterOf()
    meter.keepTiming()
    jest.advanceTimersByTime(119_999)
    expect(meter.startedAt).toBeDefined()
    meter.keepTiming()
    jest.advanceTimersByTime(119_999)
    expect([meter.startedAt, meter.times]).not.toContain(undefined)
    jest.advanceTimersByTime(1)
    expect([meter.startedAt, meter.times]).toEqual([undefined, undefined])
  })
})

test('a meter that measures keeps no process alive', () => {
  const before = timers()
  meterOf().keepTiming()
  expect(timers()).toBe(before)
})

test('a meter lists the times of the types that were measured alone', async () => {
  const meter = meterOf('a', 'b')
  meter.keepTiming()
  meter.count('b')
  const counted = meter.count('a')
  expect(counted.settle(performance.now(), undefined)).toBeUndefined()
  await counted.settle(performance.now() - 100, Promise.resolve())
  const { types, count, total } = meter.times ?? { types: {} }
  expect(Object.keys(types)).toEqual(['a'])
  expect(count).toBe(2)
  expect(total).toBeGreaterThanOrEqual(100)
  expect(total).toBeLessThan(10_000)
})

test('types that clients invent are counted under one name, and raw frames under another', () => {
  const meter = meterOf('a')
  for (const type of ['a', 'x', 'y', undefined, 'a', undefined]) meter.count(type)
  expect(meter.counts).toEqual({ a: 2, 'hub:other': 2, 'hub:raw': 2 })
  expect(['a', 'x', undefined].map((type) => meter.labelOf(type))).toEqual(['a', 'hub:other', 'hub:raw'])
})

test('a connection that has closed is counted by its code, by the reason for which it was dropped, or as other', () => {
  const labelled = new LabelledCounters()
  const closures = [
    [1000, 'bye'],
    [1006, 'pong timeout'],
    [1006, ''],
    [4999, 'own'],
  ] as const
  for (const [code, reason] of closures) labelled.closed({ code, reason, clean: true })
  labelled.refused.add('hub_full')
  labelled.rejected.add('forbidden')
  expect(labelled.breakdown).toEqual({
    refused: { hub_full: 1 },
    rejected: { forbidden: 1 },
    closed: { 1000: 1, 'pong timeout': 1, 1006: 1, other: 1 },
  })
})

test('codes that are known are counted apart, however many others there were', () => {
  const labelled = new LabelledCounters()
  for (let n = 0; n < 100; n += 1) {
    labelled.refused.add(`invented_${n}`)
    labelled.rejected.add(`invented_${n}`)
  }
  labelled.refused.add('hub_full')
  labelled.rejected.add('forbidden')
  expect(labelled.breakdown).toMatchObject({ refused: { hub_full: 1 }, rejected: { forbidden: 1 } })
})

test('the counters of a hub begin at 0', () => {
  expect(new Set(Object.values(newCounters()))).toEqual(new Set([0]))
})

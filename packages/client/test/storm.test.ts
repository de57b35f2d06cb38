import { peak, storm } from './support/crowd.js'
import type { Rig } from './support/rig.js'

// A thousand machines lose their server at once, on a virtual clock. bench/storm does it with real clients.

const CLIENTS = 1000
const SEED = 30
/** The retry times of a drained server start at `SOONEST` and spread over `DRAIN`, both in milliseconds. */
const DRAIN = 10_000
const SOONEST = 250

const kill = (rig: Rig): void => void rig.closed()
const drain = (rig: Rig, share: number): void => void rig.closed(1001, `retry=${Math.floor(SOONEST + share * DRAIN)}`)

test('the first tries after a server was killed are spread evenly over a second, and none comes at once', () => {
  const { first, tries, back } = storm({ clients: CLIENTS, seed: SEED, downFor: 0, lose: kill })
  expect([first.length, tries.length, back.length]).toEqual([CLIENTS, CLIENTS, CLIENTS])
  expect(Math.min(...first)).toBeGreaterThanOrEqual(100)
  expect(Math.max(...first)).toBeLessThanOrEqual(1000)
  expect(peak(back, 100)).toBeLessThan(1.5)
})

test('the clients of a drained server reconnect at the times in its close reasons', () => {
  const { first, back } = storm({ clients: CLIENTS, seed: SEED, downFor: 0, lose: drain })
  expect(Math.min(...first)).toBeGreaterThanOrEqual(SOONEST)
  expect(Math.max(...first)).toBeLessThanOrEqual(SOONEST + DRAIN)
  expect(peak(back, 1000)).toBeLessThan(1.5)
})

test('after an outage of a minute no second gets more than a tenth of the clients', () => {
  const { back } = storm({ clients: CLIENTS, seed: SEED, downFor: 60_000, lose: kill })
  const seconds = (Math.max(...back) - Math.min(...back)) / 1000
  expect(seconds).toBeLessThanOrEqual(31)
  expect((peak(back, 1000) * CLIENTS) / seconds).toBeLessThan(CLIENTS / 10)
})

test('clients that cannot reach their server try at growing intervals', () => {
  const { tries } = storm({ clients: CLIENTS, seed: SEED, downFor: 60_000, lose: kill })
  const inSecond = (second: number): number => tries.filter((time) => Math.floor(time / 1000) === second).length
  expect(inSecond(0)).toBeGreaterThan(inSecond(5) * 4)
  expect(inSecond(5)).toBeGreaterThan(inSecond(40))
  expect(tries.length).toBeLessThan(CLIENTS * 10)
})

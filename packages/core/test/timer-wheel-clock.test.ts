import { TimerWheel } from '../src/lifecycle/timer-wheel.js'
import { fakeClock } from './fake-clock.js'

// The timer wheel has deadlines. The test drives the clock.

const clock = fakeClock()

/** Lets time pass and runs the timers that are due. */
function pass(ms: number): void {
  for (let n = 0; n < ms; n += 1) {
    clock.now += 1
    jest.advanceTimersByTime(1)
  }
}

/** Rounds with so many members, and when each of them was visited. */
function aRound(every: number, members: number): { rounds: TimerWheel<number>; visits: number[][] } {
  const visits: number[][] = Array.from({ length: members }, () => [])
  const rounds = new TimerWheel<number>({ round: every, visit: (member) => void visits[member]?.push(clock.now) })
  for (let member = 0; member < members; member += 1) rounds.add(member)
  return { rounds, visits }
}

test.each([10, 100, 320, 1000, 60_000])('every %i ms each member is visited once, the first time too', (every) => {
  const since = clock.now
  const { visits } = aRound(every, 70)
  pass(3 * every + 2)
  for (const moments of visits) {
    expect(moments).toHaveLength(3)
    for (const [n, moment] of moments.entries()) expect(moment - since).toBeLessThanOrEqual((n + 1) * every + 2)
    for (const [n, moment] of moments.slice(1).entries()) {
      expect(Math.abs(moment - (moments[n] as number) - every)).toBeLessThanOrEqual(2)
    }
  }
})

test('members that were added together are visited at different times', () => {
  const { visits } = aRound(1000, 128)
  pass(1001)
  expect(new Set(visits.flat()).size).toBe(64)
})

test('a wheel with a stride visits that many slices at once, and says by how much a visit may be late', () => {
  const visits: number[] = []
  const visit = (): void => void visits.push(clock.now)
  const wheel = new TimerWheel<number>({ round: 640, stride: (slices, members) => (slices * 8) / members, visit })
  for (let member = 0; member < 64; member += 1) wheel.add(member)
  expect(wheel.lateness).toBe(80)
  pass(641)
  expect(visits).toHaveLength(64)
  expect(new Set(visits).size).toBe(8)
  for (let member = 32; member < 64; member += 1) wheel.remove(member)
  expect(wheel.lateness).toBe(160)
})

test('a wheel without a stride visits each slice within one tick', () => {
  const { rounds } = aRound(640, 1)
  expect(rounds.lateness).toBe(10)
})

test.each([
  [1000, 320],
  [320, 320],
  [160, 160],
  [20, 20],
  [10, 20],
])('a wheel whose slices may be %i ms apart has 64 to 1024 of them', (sliceMs, expected) => {
  expect(new TimerWheel({ round: 20_480, sliceMs, visit: () => {} }).lateness).toBe(expected)
})

test('a wheel says at every tick by how many milliseconds its timer was late', () => {
  const ticks: number[] = []
  const wheel = new TimerWheel<number>({ round: 100, tick: (late) => void ticks.push(late), visit: () => {} })
  wheel.add(1)
  pass(30)
  expect(ticks.length).toBeGreaterThan(0)
  expect(new Set(ticks).size).toBe(1)
  const before = ticks.length
  clock.now += 70
  jest.advanceTimersByTime(10)
  expect((ticks[before] ?? 0) - (ticks[0] ?? 0)).toBeGreaterThanOrEqual(60)
})

test('every member is visited once after a stall, and then as before', () => {
  const { visits } = aRound(320, 64)
  pass(321)
  clock.now += 50_000
  pass(6)
  expect(visits.map(({ length }) => length)).toEqual(Array(64).fill(2))
  pass(321)
  expect(visits.map(({ length }) => length)).toEqual(Array(64).fill(3))
})

test('one timer runs, and only while there are members', () => {
  const { rounds, visits } = aRound(100, 2)
  expect(jest.getTimerCount()).toBe(1)
  rounds.remove(0)
  pass(1000)
  expect([jest.getTimerCount(), visits[0]?.length]).toEqual([1, 0])
  rounds.remove(1)
  expect([jest.getTimerCount(), rounds.size]).toEqual([0, 0])
  pass(1000)
  expect(visits[1]).toHaveLength(10)
  rounds.add(1)
  expect(jest.getTimerCount()).toBe(1)
})

test('a visit that removes the last member ends the timer', () => {
  const rounds = new TimerWheel<string>({ round: 100, visit: (member) => rounds.remove(member) })
  rounds.add('a')
  pass(200)
  expect([rounds.size, jest.getTimerCount()]).toEqual([0, 0])
})

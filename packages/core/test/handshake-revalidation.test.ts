import { HandshakeRevalidation } from '../src/refresh/handshake-revalidation.js'
import { fakeClock } from './fake-clock.js'

// The clock is the test's own: a minute passes at once.

const clock = fakeClock()

interface Member {
  readonly accepting: boolean
}

/** The moments at which the handshakes of so many connections were repeated. */
async function runsOf(count: number, every: number): Promise<number[]> {
  const moments: number[] = []
  const revalidation = new HandshakeRevalidation<Member>(every, {
    run: () => {
      moments.push(clock.now)
      return Promise.resolve({ kind: 'passed' } as never)
    },
    end: () => {},
    refusedAtFirst: () => {},
    report: () => {},
  })
  const members = Array.from({ length: count }, (): Member => ({ accepting: true }))
  for (const member of members) revalidation.add(member)
  for (let ms = 0; ms <= every; ms += 10) {
    clock.now += 10
    await jest.advanceTimersByTimeAsync(10)
  }
  for (const member of members) revalidation.remove(member)
  return moments
}

test('the runs of 10,000 connections are spread evenly over a minute', async () => {
  const moments = await runsOf(10_000, 60_000)
  expect(moments).toHaveLength(10_000)
  const counts = new Map<number, number>()
  for (const at of moments) counts.set(Math.floor(at / 100), (counts.get(Math.floor(at / 100)) ?? 0) + 1)
  // 17 in each tenth of a second are even.
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(2 * 17)
})

test('the runs of a few connections are spread over a short interval', async () => {
  const moments = await runsOf(64, 1000)
  expect(new Set(moments).size).toBeGreaterThan(32)
})

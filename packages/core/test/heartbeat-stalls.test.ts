import { visitInterval } from '../src/lifecycle/heartbeat.js'
import { driveClock, P, Peer, T, TICK, newHeartbeat, addPeers, longestGap, pass, world } from './heartbeat-peers.js'

driveClock()

/** Lets time pass without running timers, like a stalled process. */
function stall(ms: number): void {
  world.clock += ms
}

describe('a peer whose socket is paused', () => {
  test('a peer whose socket is paused is pinged and not lost, and its timeout begins when reading resumes', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    peer.line.pause()
    pass(10 * P)
    expect(peer.lostAt).toBeUndefined()
    expect(peer.pings.length).toBeGreaterThan(0)
    readOn(peer)
    const since = world.clock
    pass(P + T + TICK)
    expect(peer.lostAt).toBeGreaterThan(since + T)
  })

  test('a peer whose socket was paused since its ping is pinged again', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    while (peer.pings.length === 0) pass(1)
    peer.line.pause()
    pass(T + TICK)
    expect(peer.lostAt).toBeUndefined()
    expect(peer.pings).toHaveLength(2)
    peer.line.resume(0)
    pass(T + TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('a peer whose socket is resumed by a ping is lost in time if nothing arrives', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat, undefined, (line) => line.resume(0))
    peer.line.pause()
    const since = world.clock
    pass(P + T + TICK)
    expect(peer.lostAt).toBeLessThanOrEqual(since + P + T + TICK)
  })
})

/** The socket state of a peer. */
function readOn({ line, beat }: Peer): void {
  line.resume(beat.now())
}

describe('a stall of this process', () => {
  test('a stall of this process loses no healthy peer, however long and often', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat, 100)
    for (let n = 0; n < 50; n += 1) {
      pass(90 + n)
      stall(10 * T)
    }
    expect(peer.lostAt).toBeUndefined()
    expect(peer.pings.length).toBeGreaterThan(3)
  })

  test.each([
    [1000, 400, 380, 370, 50],
    [20_000, 200, 180, 150, 100],
    [1000, 400, 415, 150, 200],
  ])(
    'a pong that arrived during a stall counts: pingInterval %i ms, pongTimeout %i, answered in %i, stalled after %i for %i',
    (pingInterval, pongTimeout, answersIn, after, ms) => {
      const beat = newHeartbeat({ pingInterval, pongTimeout })
      const peer = new Peer(beat, answersIn)
      for (let n = 1; n <= 3; n += 1) {
        while (peer.pings.length < n) pass(1)
        pass(after)
        stall(ms)
        pass(pongTimeout)
      }
      expect(peer.lostAt).toBeUndefined()
    },
  )

  test('a stall of this process does not move the clock', () => {
    const beat = newHeartbeat()
    addPeers(beat, 1)
    pass(50)
    const before = beat.now()
    stall(5000)
    pass(10)
    expect(beat.now() - before).toBeGreaterThan(0)
    expect(beat.now() - before).toBeLessThan(100)
  })

  test('a silent peer is lost in spite of a stall of this process', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    pass(P / 2)
    stall(5000)
    pass(P / 2 + T + 2 * TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('a silent peer is lost although each timer of the process is a little late', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    const since = world.clock
    while (world.clock - since < P + 2 * T) {
      stall(T / 10)
      pass(TICK)
    }
    expect(peer.lostAt).toBeDefined()
  })

  test('an ordinary delay of a timer is not a stall', () => {
    const beat = newHeartbeat()
    addPeers(beat, 1)
    const [before, real] = [beat.now(), world.clock]
    for (let n = 0; n < 100; n += 1) {
      pass(20)
      stall(4)
    }
    expect(beat.now() - before).toBe(world.clock - real)
  })
})

describe('the visits', () => {
  test.each([
    [1000, 400, 200],
    [60, 90, 30],
    [Infinity, 500, 250],
  ])('with writeTimeout %p and idleTimeout %p each peer is visited every %i ms', (writeTimeout, idleTimeout, every) => {
    expect(visitInterval({ writeTimeout, idleTimeout })).toBe(every)
  })

  test.each([
    [Infinity, P / 2.3],
    [100, P / 10.3],
    [5, 5],
  ])('visits with an interval of %p ms come every %i ms', (visitEvery, most) => {
    const beat = newHeartbeat({ visitEvery })
    addPeers(beat, 70)
    pass(5 * P)
    for (const { visits } of world.peers) {
      // A wake-up serves an eighth of the round, so a visit may be late by that much.
      expect(longestGap(visits)).toBeLessThanOrEqual(most * 1.25 + 2)
      expect(visits.length).toBeLessThanOrEqual((5 * P) / most + 2)
    }
  })

  test('the visits and pings of many peers that connected together are spread', () => {
    const beat = newHeartbeat()
    addPeers(beat, 640)
    pass(10 * P)
    expect(mostAtOnce(world.peers.flatMap(({ pings }) => pings))).toBeLessThanOrEqual(640 / 8)
  })

  test('the visits of very many peers come a thousand at a time at most', () => {
    const beat = newHeartbeat()
    addPeers(beat, 12_000)
    pass(P + TICK)
    expect(world.peers.every(({ visits }) => visits.length > 0)).toBe(true)
    expect(mostAtOnce(world.peers.flatMap(({ visits }) => visits))).toBeLessThanOrEqual(1000)
  })

  test('the visits of a few peers come together in one wake-up', () => {
    const beat = newHeartbeat()
    addPeers(beat, 64)
    pass(P / 2 + TICK)
    expect(mostAtOnce(world.peers.flatMap(({ visits }) => visits))).toBe(8)
  })
})

describe('the timer', () => {
  test('the timer runs while there are peers', () => {
    const beat = newHeartbeat()
    expect(jest.getTimerCount()).toBe(0)
    const [one, other] = [new Peer(beat), new Peer(beat)]
    expect(jest.getTimerCount()).toBe(1)
    beat.remove(one.target)
    beat.remove(one.target)
    expect([beat.size, jest.getTimerCount()]).toEqual([1, 1])
    beat.remove(other.target)
    expect([beat.size, jest.getTimerCount()]).toEqual([0, 0])
  })

  test('the timer starts again for the next peer, which gets its whole interval', () => {
    const beat = newHeartbeat()
    const gone = new Peer(beat)
    pass(300)
    beat.remove(gone.target)
    pass(10 * P)
    const since = world.clock
    const peer = new Peer(beat)
    pass(P + T + TICK)
    expect((peer.lostAt ?? 0) - since).toBeGreaterThan(P / 4 + T)
    expect(gone.lostAt).toBeUndefined()
  })

  test('a stopped heartbeat frees its timer and loses no peer', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    while (peer.pings.length === 0) pass(1)
    beat.stop()
    expect(jest.getTimerCount()).toBe(0)
    pass(P + T + TICK)
    expect(peer.lostAt).toBeUndefined()
  })
})

test('a removed peer is neither visited nor pinged nor lost', () => {
  const beat = newHeartbeat()
  addPeers(beat, 1)
  const [early, late] = [new Peer(beat), new Peer(beat)]
  beat.remove(early.target)
  while (late.pings.length === 0) pass(1)
  beat.remove(late.target)
  const visits = late.visits.length
  pass(2 * P + T)
  expect([early.visits.length, early.pings.length, early.lostAt]).toEqual([0, 0, undefined])
  expect([late.visits.length, late.pings.length, late.lostAt]).toEqual([visits, 1, undefined])
})

test('a peer that is added again is not judged by an earlier ping', () => {
  const beat = newHeartbeat()
  addPeers(beat, 1)
  const peer = new Peer(beat)
  while (peer.pings.length === 0) pass(1)
  peer.line.ponged(beat.now(), true)
  pass(T + TICK)
  expect(peer.lostAt).toBeUndefined()
})

/** How many of these moments are the same at most. */
function mostAtOnce(moments: number[]): number {
  const counts = new Map<number, number>()
  for (const moment of moments) counts.set(moment, (counts.get(moment) ?? 0) + 1)
  return Math.max(...counts.values())
}

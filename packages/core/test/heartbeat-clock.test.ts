import { performance } from 'node:perf_hooks'
import { Liveness } from '../src/connection/liveness.js'
import { Heartbeat } from '../src/lifecycle/heartbeat.js'

// What a heartbeat promises is time. Here the clock is the test's own, so that hours pass at once and to the millisecond.

let clock = 0
let peers: Peer[] = []

beforeEach(() => {
  clock = 1_000_000
  peers = []
  jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate', 'queueMicrotask'] })
  jest.spyOn(performance, 'now').mockImplementation(() => clock)
})

afterEach(() => {
  jest.restoreAllMocks()
  jest.useRealTimers()
})

/** Lets time pass, timers in it. */
function pass(ms: number, each: () => void = () => {}): void {
  for (let n = 0; n < ms; n += 1) {
    clock += 1
    jest.advanceTimersByTime(1)
    for (const peer of peers) peer.live()
    each()
  }
}

/** Lets time pass in which this process does nothing. */
function stall(ms: number): void {
  clock += ms
}

const FOREVER = { idleTimeout: Infinity, writeTimeout: Infinity }

/** A peer: by itself it hears everything and says nothing. */
class Peer {
  readonly beat: Heartbeat
  readonly line: Liveness
  readonly pings: number[] = []
  readonly visits: number[] = []
  lostAt: number | undefined
  /** Milliseconds until it answers a ping; `undefined` for never. */
  answersIn: number | undefined
  bytesRead = 0
  bytesSent = 0
  writableLength = 0
  #answerAt = Infinity

  constructor(beat: Heartbeat, answersIn?: number, probe?: (line: Liveness) => void) {
    this.beat = beat
    this.answersIn = answersIn
    const link = {
      ping: () => {
        this.pings.push(clock)
        if (this.answersIn !== undefined) this.#answerAt = clock + this.answersIn
      },
    }
    for (const name of ['bytesRead', 'bytesSent', 'writableLength'] as const) {
      Object.defineProperty(link, name, { get: () => this[name] })
    }
    const died = (): void => {
      this.lostAt = clock
      beat.remove(this.line)
    }
    this.line = new Liveness(link as never, FOREVER, { died, idled() {}, weigh() {}, probe: () => probe?.(this.line) })
    const visited = this.line.visited.bind(this.line)
    this.line.visited = (now) => {
      this.visits.push(clock)
      visited(now)
    }
    beat.add(this.line)
    peers.push(this)
  }

  /** Answers what is due. */
  live(): void {
    if (clock < this.#answerAt) return
    this.#answerAt = Infinity
    this.line.answered(this.beat.now(), true)
  }
}

const P = 1000
const T = 400
/** What a timer of the finest round may add. */
const TICK = 20

function aBeat({ pingInterval = P, pongTimeout = T, visitEvery = Infinity } = {}): Heartbeat {
  return new Heartbeat({ pingInterval, pongTimeout, visitEvery })
}

/** The longest time between two of these moments. */
function longestGap(moments: number[]): number {
  return Math.max(...moments.slice(1).map((moment, index) => moment - (moments[index] as number)))
}

function crowd(beat: Heartbeat, size: number): void {
  for (let n = 0; n < size; n += 1) void new Peer(beat, 0)
}

describe('a silent peer', () => {
  test.each([
    [1000, 400],
    [20_000, 10_000],
    [100, 1000],
    [64, 10],
    [10, 10],
  ])('is lost within %i + %i ms, whenever it came', (pingInterval, pongTimeout) => {
    const beat = aBeat({ pingInterval, pongTimeout })
    crowd(beat, 1)
    for (let n = 0; n < 20; n += 1) {
      pass(7 + n)
      const cameAt = clock
      const peer = new Peer(beat)
      pass(pingInterval + pongTimeout + TICK)
      expect(peer.pings).toHaveLength(1)
      const [asked = 0] = peer.pings
      expect((peer.lostAt ?? 0) - asked).toBeGreaterThanOrEqual(pongTimeout)
      expect((peer.lostAt ?? Infinity) - cameAt).toBeLessThanOrEqual(pingInterval + pongTimeout)
    }
    expect(beat.size).toBe(1)
  })

  test('that has answered before is lost as soon, whenever it falls silent', () => {
    const beat = aBeat()
    for (let n = 0; n < 40; n += 1) {
      const peer = new Peer(beat, 30)
      pass(3 * P + 27 * n)
      expect(peer.lostAt).toBeUndefined()
      peer.answersIn = undefined
      const heardAt = clock
      pass(P + T)
      expect(peer.lostAt).toBeLessThanOrEqual(heardAt + P + T)
    }
  })

  test('is lost in time whenever in a round it was heard last', () => {
    const beat = aBeat()
    for (let n = 0; n < P; n += 1) void new Peer(beat)
    const heardAt = clock
    let next = 0
    pass(P - 1, () => peers[next++]?.line.heard(beat.now()))
    pass(P + T)
    const waits = peers.slice(0, next).map(({ lostAt = Infinity }, index) => lostAt - (heardAt + 1 + index))
    expect(Math.max(...waits)).toBeLessThanOrEqual(P + T)
  })

  test('is lost alone', () => {
    const beat = aBeat()
    for (let n = 0; n < 100; n += 1) void new Peer(beat, n % 10 === 3 ? undefined : 5)
    pass(10 * P)
    expect(peers.flatMap(({ lostAt }, n) => (lostAt === undefined ? [] : [n % 10]))).toEqual(Array(10).fill(3))
    expect(beat.size).toBe(90)
  })
})

describe('a healthy peer', () => {
  test.each([0, 50, T - TICK])('that answers after %i ms is kept, and asked once an interval', (answersIn) => {
    const beat = aBeat()
    const peer = new Peer(beat, answersIn)
    pass(20 * P)
    expect(peer.lostAt).toBeUndefined()
    expect(longestGap(peer.pings)).toBeLessThanOrEqual(P + answersIn + TICK)
    expect(peer.pings.length).toBeLessThanOrEqual(1.25 * 20)
    expect(peer.line.latency).toBe(answersIn === 0 ? 0 : answersIn)
  })

  test.each([450, 250, 100, 20])('is asked once an interval also where it is visited every %i ms', (visitEvery) => {
    const beat = aBeat({ visitEvery })
    const peer = new Peer(beat, 5)
    pass(20 * P)
    expect(longestGap(peer.pings)).toBeLessThanOrEqual(P + 5 + TICK)
    expect(peer.pings.length).toBeLessThanOrEqual(1.25 * 20)
  })

  test('that talks is asked nothing', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    pass(20 * P, () => {
      if (clock % 250 === 0) peer.line.heard(beat.now())
    })
    expect(peer.pings).toEqual([])
  })

  test('that answers slower than it is asked is kept', () => {
    const beat = aBeat({ pingInterval: 100, pongTimeout: 1000 })
    for (let answersIn = 20; answersIn < 300; answersIn += 7) void new Peer(beat, answersIn)
    pass(10_000)
    expect(peers.filter(({ lostAt }) => lostAt !== undefined)).toEqual([])
    expect(Math.min(...peers.map(({ pings }) => pings.length))).toBeGreaterThan(20)
  })

  test('that talks instead of answering is kept, and asked again only once it is silent', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    while (peer.pings.length === 0) pass(1)
    pass(10)
    peer.line.heard(beat.now())
    pass(T)
    expect(peer.lostAt).toBeUndefined()
    expect(peer.pings).toHaveLength(1)
    pass(P)
    expect(peer.lostAt).toBeDefined()
  })

  test('whose message is on its way is asked again, and lost once nothing comes', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    pass(10 * P, () => {
      if (clock % 100 === 0) peer.bytesRead += 10
    })
    expect(peer.lostAt).toBeUndefined()
    expect(longestGap(peer.pings)).toBeLessThanOrEqual(T + TICK)
    pass(2 * T + TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('that still reads what was sent before the ping is kept, and lost once it reads no more', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    peer.writableLength = 1_000_000
    pass(10 * P, () => {
      if (clock % 100 === 0) peer.bytesSent += 1000
    })
    expect(peer.lostAt).toBeUndefined()
    pass(2 * T + TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('to whom nothing waits proves nothing by what is sent to it', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    pass(P + T + TICK, () => (peer.bytesSent += 1000))
    expect(peer.lostAt).toBeDefined()
  })

  test('is not who only gets something to read after it was asked', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    while (peer.pings.length === 0) pass(1)
    peer.writableLength = 10
    pass(T + TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('that reads the last that waited for it while it was asked is kept', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    peer.writableLength = 10
    while (peer.pings.length === 0) pass(1)
    peer.writableLength = 0
    pass(T + TICK)
    expect(peer.lostAt).toBeUndefined()
    pass(T + TICK)
    expect(peer.lostAt).toBeDefined()
  })
})

describe('a peer that we do not read', () => {
  test('is asked and not lost, and its time begins when we read on', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    peer.line.paused = true
    pass(10 * P)
    expect(peer.lostAt).toBeUndefined()
    expect(peer.pings.length).toBeGreaterThan(0)
    readOn(peer)
    const since = clock
    pass(P + T + TICK)
    expect(peer.lostAt).toBeGreaterThan(since + T)
  })

  test('since it was asked is asked again', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    while (peer.pings.length === 0) pass(1)
    peer.line.paused = true
    pass(T + TICK)
    expect(peer.lostAt).toBeUndefined()
    expect(peer.pings).toHaveLength(2)
    peer.line.paused = false
    pass(T + TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('is lost in time if a ping makes us read on and nothing comes', () => {
    const beat = aBeat()
    const peer = new Peer(beat, undefined, (line) => (line.paused = false))
    peer.line.paused = true
    const since = clock
    pass(P + T + TICK)
    expect(peer.lostAt).toBeLessThanOrEqual(since + P + T + TICK)
  })
})

/** What a reception does. */
function readOn({ line, beat }: Peer): void {
  line.paused = false
  line.heardAt = beat.now()
}

describe('a stall of this process', () => {
  test('costs nobody anything, however long and often', () => {
    const beat = aBeat()
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
  ])(
    'hides no answer: pinging every %i ms, waiting %i, answered in %i, held up after %i for %i',
    (pingInterval, pongTimeout, answersIn, after, ms) => {
      const beat = aBeat({ pingInterval, pongTimeout })
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

  test('does not move the clock', () => {
    const beat = aBeat()
    crowd(beat, 1)
    pass(50)
    const before = beat.now()
    stall(5000)
    pass(10)
    expect(beat.now() - before).toBeGreaterThan(0)
    expect(beat.now() - before).toBeLessThan(100)
  })

  test('saves no silent peer', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    pass(P / 2)
    stall(5000)
    pass(P / 2 + T + 2 * TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('as short as timers are late anyway is no stall', () => {
    const beat = aBeat()
    crowd(beat, 1)
    const [before, real] = [beat.now(), clock]
    for (let n = 0; n < 100; n += 1) {
      pass(20)
      stall(4)
    }
    expect(beat.now() - before).toBe(clock - real)
  })
})

describe('the visits', () => {
  test.each([
    [Infinity, P / 2.3],
    [100, P / 10.3],
    [5, 5],
  ])('where they are wanted every %p ms come every %i ms', (visitEvery, most) => {
    const beat = aBeat({ visitEvery })
    crowd(beat, 70)
    pass(5 * P)
    for (const { visits } of peers) {
      // A wake-up serves an eighth of the round, so that a visit may be as much too late.
      expect(longestGap(visits)).toBeLessThanOrEqual(most * 1.25 + 2)
      expect(visits.length).toBeLessThanOrEqual((5 * P) / most + 2)
    }
  })

  test('and pings of many who came together do not come together', () => {
    const beat = aBeat()
    crowd(beat, 640)
    pass(10 * P)
    expect(mostAtOnce(peers.flatMap(({ pings }) => pings))).toBeLessThanOrEqual(640 / 8)
  })

  test('of very many are a thousand at once at most', () => {
    const beat = aBeat()
    crowd(beat, 12_000)
    pass(P + TICK)
    expect(peers.every(({ visits }) => visits.length > 0)).toBe(true)
    expect(mostAtOnce(peers.flatMap(({ visits }) => visits))).toBeLessThanOrEqual(1000)
  })

  test('of a few come together, for one wake-up', () => {
    const beat = aBeat()
    crowd(beat, 64)
    pass(P / 2 + TICK)
    expect(mostAtOnce(peers.flatMap(({ visits }) => visits))).toBe(8)
  })
})

describe('the timer', () => {
  test('runs while there is somebody', () => {
    const beat = aBeat()
    expect(jest.getTimerCount()).toBe(0)
    const [one, other] = [new Peer(beat), new Peer(beat)]
    expect(jest.getTimerCount()).toBe(1)
    beat.remove(one.line)
    beat.remove(one.line)
    expect([beat.size, jest.getTimerCount()]).toEqual([1, 1])
    beat.remove(other.line)
    expect([beat.size, jest.getTimerCount()]).toEqual([0, 0])
  })

  test('runs again for the next, who gets the whole time', () => {
    const beat = aBeat()
    const gone = new Peer(beat)
    pass(300)
    beat.remove(gone.line)
    pass(10 * P)
    const since = clock
    const peer = new Peer(beat)
    pass(P + T + TICK)
    expect((peer.lostAt ?? 0) - since).toBeGreaterThan(P / 4 + T)
    expect(gone.lostAt).toBeUndefined()
  })

  test('stops for good when it is told to', () => {
    const beat = aBeat()
    const peer = new Peer(beat)
    while (peer.pings.length === 0) pass(1)
    beat.stop()
    expect(jest.getTimerCount()).toBe(0)
    pass(P + T + TICK)
    expect(peer.lostAt).toBeUndefined()
  })
})

test('who has gone is neither visited nor asked nor lost', () => {
  const beat = aBeat()
  crowd(beat, 1)
  const [early, late] = [new Peer(beat), new Peer(beat)]
  beat.remove(early.line)
  while (late.pings.length === 0) pass(1)
  beat.remove(late.line)
  const visits = late.visits.length
  pass(2 * P + T)
  expect([early.visits.length, early.pings.length, early.lostAt]).toEqual([0, 0, undefined])
  expect([late.visits.length, late.pings.length, late.lostAt]).toEqual([visits, 1, undefined])
})

test('who comes back after it was asked is not held to the old question', () => {
  const beat = aBeat()
  crowd(beat, 1)
  const peer = new Peer(beat)
  while (peer.pings.length === 0) pass(1)
  peer.line.answered(beat.now(), true)
  pass(T + TICK)
  expect(peer.lostAt).toBeUndefined()
})

/** How many of these moments are the same at most. */
function mostAtOnce(moments: number[]): number {
  const counts = new Map<number, number>()
  for (const moment of moments) counts.set(moment, (counts.get(moment) ?? 0) + 1)
  return Math.max(...counts.values())
}

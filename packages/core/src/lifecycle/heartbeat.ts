import { performance } from 'node:perf_hooks'

/** One peer whose life is watched. */
export interface HeartbeatTarget {
  /** When the last frame of the peer was handled, on the clock of {@link Heartbeat.now}. */
  heardAt: number
  /** When the ping that waits for an answer was sent; 0 while none does. */
  pingedAt: number
  /** Bytes received so far, where the socket counts them. */
  readonly bytesRead: number
  /** The count when the ping was sent. */
  bytesAtPing: number
  /** Changes while a backlog of bytes to the peer moves; `undefined` where there is no backlog. */
  readonly backlog: number | undefined
  /** The same when the ping was sent. */
  backlogAtPing: number | undefined
  /** True while this side does not read: the peer's silence is then our own doing. A ping makes it read on. */
  readonly paused: boolean
  /** The slice of the interval in which it is visited. */
  slice: number
  ping(): void
  /** The peer has not answered in time. */
  lost(): void
  /** Looks after whatever else has a deadline by the clock: idleness, a write that does not move. */
  visited(now: number): void
}

/** When a peer is asked and how long it may take to answer; milliseconds. */
export interface HeartbeatOptions {
  readonly pingInterval: number
  readonly pongTimeout: number
  /** How often each peer is visited at least; twice and a little more in each ping interval in any case. */
  readonly visitEvery: number
}

const MAX_SLICES = 64
/** Peers that may be visited at once, which takes some milliseconds: whoever wakes up for few pays for waking up. */
const MAX_PINGS_PER_TICK = 1000
/** The part of a round that is visited at once at most. */
const MAX_STRIDE = 1 / 8
const MIN_TICK_MS = 5
/** Node's timers know no longer one. */
const MAX_TICK_MS = 2 ** 31 - 1
/** What the lateness of visits takes of the ping interval, in rounds: a stride of an eighth, twice, and some. */
const MAX_LATENESS = 0.3

/**
 * Pings the peers of a hub from one timer. Each peer has a slice of the round, so pings never come in a burst; one that
 * was heard during the last half interval is not asked, and one that only ever answers is asked about once an interval.
 * A silent peer is lost within `pingInterval + pongTimeout`. The clock stands still while the event loop is blocked, so a
 * stall of ours never kills a healthy peer.
 */
export class Heartbeat {
  readonly #latestVisit: number
  readonly #timeout: number
  readonly #tickMs: number
  readonly #stall: number
  readonly #slices: Set<HeartbeatTarget>[]
  /** Those asked at one time, the oldest first. */
  #asked: { readonly at: number; readonly pulses: HeartbeatTarget[] }[] = []
  #stride = 1
  #timer: NodeJS.Timeout | undefined
  #added = 0
  #size = 0
  #slice = 0
  #sliceAt = 0
  #beatAt = 0
  #stalled = 0

  constructor({ pingInterval, pongTimeout, visitEvery }: HeartbeatOptions) {
    this.#timeout = pongTimeout
    // Whole rounds end shortly before the interval does, so that who need not be asked at one visit can be at the next.
    const rounds = Math.max(2, Math.ceil(pingInterval / visitEvery)) + MAX_LATENESS
    const round = Math.min(Math.max(MIN_TICK_MS, pingInterval / rounds), MAX_TICK_MS)
    this.#latestVisit = pingInterval - round
    const count = Math.max(1, Math.min(MAX_SLICES, Math.floor(round / MIN_TICK_MS)))
    this.#tickMs = round / count
    this.#stall = Math.min(this.#tickMs, pongTimeout / 4)
    this.#slices = Array.from({ length: count }, () => new Set())
  }

  /** Milliseconds on a clock that stalls of the event loop do not move. */
  now(): number {
    return performance.now() - this.#stalled
  }

  /** Peers that are watched. */
  get size(): number {
    return this.#size
  }

  add(pulse: HeartbeatTarget): void {
    pulse.heardAt = this.now()
    pulse.slice = this.#added++ % this.#slices.length
    this.#slices[pulse.slice]?.add(pulse)
    this.#size += 1
    this.#adapt()
    if (!this.#timer) this.#start()
  }

  remove(pulse: HeartbeatTarget): void {
    if (!this.#slices[pulse.slice]?.delete(pulse)) return
    this.#size -= 1
    this.#adapt()
    if (this.#size === 0) this.stop()
  }

  /** Frees the timer. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#asked = []
  }

  #adapt(): void {
    const share = Math.min(MAX_PINGS_PER_TICK / this.#size, MAX_STRIDE)
    this.#stride = Math.max(1, Math.floor(share * this.#slices.length))
  }

  #start(): void {
    this.#beatAt = performance.now()
    this.#sliceAt = this.now()
    this.#timer = setInterval(() => this.#beat(), this.#tickMs).unref()
  }

  #beat(): void {
    this.#forgive()
    const now = this.now()
    for (let [first] = this.#asked; first && now - first.at >= this.#timeout; [first] = this.#asked) {
      this.#asked.shift()
      // Whoever has answered since may have been asked again, and has gone if its slice does not know it.
      for (const pulse of first.pulses) if (pulse.pingedAt === first.at) this.#decide(pulse, now)
    }
    if (now - this.#sliceAt < this.#tickMs * this.#stride) return
    // By the clock and not by the count of ticks: timers drift, and the promise is one of time.
    for (; now - this.#sliceAt >= this.#tickMs; this.#sliceAt += this.#tickMs) {
      this.#slice = (this.#slice + 1) % this.#slices.length
      for (const pulse of this.#slices[this.#slice] as Set<HeartbeatTarget>) this.#visit(pulse, now)
    }
  }

  // A tick that comes late was held up by this process; what it was late by counts for nobody.
  #forgive(): void {
    const real = performance.now()
    const late = real - this.#beatAt - this.#tickMs
    this.#beatAt = real
    if (late > this.#stall) this.#stalled += late
  }

  #visit(pulse: HeartbeatTarget, now: number): void {
    pulse.visited(now)
    // Heard after a stall of which this clock did not know yet.
    if (pulse.heardAt > now) pulse.heardAt = now
    if (pulse.pingedAt === 0 && now - pulse.heardAt >= this.#soonest) this.#ask(pulse, now)
  }

  // Who would be silent for too long by the next visit is asked now.
  get #soonest(): number {
    return this.#latestVisit - this.#tickMs * this.#stride
  }

  #ask(pulse: HeartbeatTarget, now: number): void {
    const latest = this.#asked.at(-1)
    if (latest?.at === now) latest.pulses.push(pulse)
    else this.#asked.push({ at: now, pulses: [pulse] })
    pulse.pingedAt = now
    pulse.bytesAtPing = pulse.bytesRead
    pulse.backlogAtPing = pulse.backlog
    pulse.ping()
  }

  #decide(pulse: HeartbeatTarget, now: number): void {
    if (!this.#slices[pulse.slice]?.has(pulse)) return
    const answered = pulse.heardAt > pulse.pingedAt
    // A ping waits behind what was sent before it: a peer that still reads that is no dead one.
    const reads = pulse.backlogAtPing !== undefined && pulse.backlog !== pulse.backlogAtPing
    const alive = answered || reads || pulse.paused || pulse.bytesRead !== pulse.bytesAtPing
    pulse.pingedAt = 0
    if (!alive) pulse.lost()
    // Bytes of a message that is still on its way prove life, but not when: ask again.
    else if (!answered) this.#ask(pulse, now)
  }
}

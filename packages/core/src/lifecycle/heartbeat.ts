import { StallClock } from '../util/stall-clock.js'
import { TimerWheel } from './timer-wheel.js'

/** What a peer has done since it was pinged: `unclear` if it is alive, but it is not known since when. */
export type PingOutcome = 'answered' | 'unclear' | 'lost'

/** One peer that is watched. It remembers its own signs of life. */
export interface HeartbeatTarget {
  /** Checks whatever else has a deadline: idleness, a write that does not move. */
  visited(now: number): void
  /** Whether nothing arrived from the peer for so many milliseconds and no ping is pending. */
  isSilent(now: number, silence: number): boolean
  /** Pings the peer. */
  ping(now: number): void
  /** The time for the pong to the ping of that moment is over. */
  pongDue(pingedAt: number): PingOutcome
  /** The peer has not answered in time. */
  lost(): void
}

/** When a peer is pinged and how long it may take to answer; milliseconds. */
export interface HeartbeatOptions {
  readonly pingInterval: number
  readonly pongTimeout: number
  /** How often each peer is visited at least; twice and a little more in each ping interval in any case. */
  readonly visitEvery: number
}

/** Peers that may be visited at once, which takes some milliseconds. */
const MAX_VISITS_PER_TICK = 1000
/** The part of a round that is visited at once at most. */
const MAX_STRIDE = 1 / 8
const MIN_ROUND_MS = 5
/** What the lateness of visits takes of the ping interval, in rounds: a stride of an eighth, twice, and some. */
const MAX_LATENESS = 0.3
/**
 * The part of the time for a pong by which a timer may be late without a stall. A process whose timers are always a little
 * late must still lose its silent peers. The price: a pong that takes longer than the rest may be missed.
 */
const MAX_LATE_SHARE = 1 / 8

/**
 * Pings the peers of a hub from one timer. Each peer has a slice of the round, so pings never come in a burst; a peer that
 * was heard during the last half interval is not pinged, and one that only ever answers is pinged about once an interval.
 * A silent peer is lost within `pingInterval + pongTimeout`. The clock stops while the event loop is blocked, so a
 * stall of this process never costs a healthy peer its connection.
 */
export class Heartbeat {
  readonly #latestVisit: number
  readonly #timeout: number
  readonly #clock: StallClock
  readonly #wheel: TimerWheel<HeartbeatTarget>
  /** Those pinged at one time, the oldest first. */
  #pinged: { readonly at: number; readonly targets: HeartbeatTarget[] }[] = []

  constructor({ pingInterval, pongTimeout, visitEvery }: HeartbeatOptions) {
    this.#timeout = pongTimeout
    // Whole rounds end shortly before the interval does, so that a peer that need not be pinged at one visit can be at the next.
    const rounds = Math.max(2, Math.ceil(pingInterval / visitEvery)) + MAX_LATENESS
    const round = Math.max(MIN_ROUND_MS, pingInterval / rounds)
    this.#latestVisit = pingInterval - round
    this.#wheel = new TimerWheel({
      round,
      stride: strideOf,
      visit: (target, now) => this.#visit(target, now),
      tick: (late) => this.#tick(late),
      now: () => this.now(),
    })
    this.#clock = new StallClock(pongTimeout * MAX_LATE_SHARE)
  }

  /** Milliseconds on a clock that stalls of the event loop do not move. */
  now(): number {
    return this.#clock.now()
  }

  /** Peers that are watched. */
  get size(): number {
    return this.#wheel.size
  }

  add(target: HeartbeatTarget): void {
    this.#wheel.add(target)
  }

  remove(target: HeartbeatTarget): void {
    this.#wheel.remove(target)
    if (this.#wheel.size === 0) this.#pinged = []
  }

  /** Frees the timer. */
  stop(): void {
    this.#wheel.stop()
    this.#pinged = []
  }

  #tick(late: number): void {
    this.#clock.forgive(late)
    const now = this.now()
    for (let [first] = this.#pinged; first && now - first.at >= this.#timeout; [first] = this.#pinged) {
      this.#pinged.shift()
      for (const target of first.targets) this.#decide(target, first.at, now)
    }
  }

  #visit(target: HeartbeatTarget, now: number): void {
    target.visited(now)
    // A peer that would be silent for too long by the next visit is pinged now.
    if (target.isSilent(now, this.#latestVisit - this.#wheel.lateness)) this.#ping(target, now)
  }

  #ping(target: HeartbeatTarget, now: number): void {
    const latest = this.#pinged.at(-1)
    if (latest?.at === now) latest.targets.push(target)
    else this.#pinged.push({ at: now, targets: [target] })
    target.ping(now)
  }

  #decide(target: HeartbeatTarget, pingedAt: number, now: number): void {
    const outcome = target.pongDue(pingedAt)
    if (outcome === 'answered' || !this.#wheel.has(target)) return
    if (outcome === 'lost') target.lost()
    else this.#ping(target, now)
  }
}

function strideOf(slices: number, targets: number): number {
  const share = Math.min(MAX_VISITS_PER_TICK / targets, MAX_STRIDE)
  return Math.max(1, Math.floor(share * slices))
}

/** How often each peer is visited at least, so that its time limits are kept to half of their length; milliseconds. */
export function visitInterval({ writeTimeout, idleTimeout }: VisitLimits): number {
  return Math.min(writeTimeout, idleTimeout) / 2
}

interface VisitLimits {
  readonly writeTimeout: number
  readonly idleTimeout: number
}

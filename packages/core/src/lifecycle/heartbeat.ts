import { StallClock } from '../util/stall-clock.js'
import { TimerWheel } from './timer-wheel.js'

/** The state of a ping when the time for its pong is over. `unclear`: the peer may be alive, and is pinged again. */
export type PingOutcome = 'answered' | 'unclear' | 'lost'

/** One peer that is watched. It remembers its own signs of life. */
export interface HeartbeatTarget {
  /** Checks the other time limits: idleness, and a write that makes no progress. */
  visited(now: number): void
  /** Whether nothing has arrived from the peer for `silence` milliseconds and no ping is pending. */
  isSilent(now: number, silence: number): boolean
  /** Pings the peer. */
  ping(now: number): void
  /** The time for the pong to the ping of `pingedAt` is over. */
  pongDue(pingedAt: number): PingOutcome
  /** The peer has not answered in time. */
  lost(): void
}

/** When a peer is pinged and how long it may take to answer; milliseconds. */
export interface HeartbeatOptions {
  readonly pingInterval: number
  readonly pongTimeout: number
  /** The longest time between two visits to a peer. In any case a peer is visited more than twice per ping interval. */
  readonly visitEvery: number
}

/** Peers that are visited at once at most. Visiting them takes a few milliseconds. */
const MAX_VISITS_PER_TICK = 1000
/** The share of a round that is visited at once at most. */
const MAX_STRIDE = 1 / 8
const MIN_ROUND_MS = 5
/** Rounds by which a ping interval is longer than whole rounds, because visits may be late: two strides of 1/8, and a margin. */
const MAX_LATENESS = 0.3
/**
 * The share of the pong timeout by which a timer may be late without counting as a stall. A process whose timers are always a
 * little late must still detect silent peers. The price: a pong that takes longer than the rest of the timeout may be missed.
 */
const MAX_LATE_SHARE = 1 / 8

/**
 * Pings the peers of a hub from one timer. Each peer has a slice of the round, so pings never come in a burst. A peer that has
 * sent something during the last half interval is not pinged, and one that only answers pings is pinged about once an interval.
 * A silent peer is detected within `pingInterval + pongTimeout`. The clock stops while the event loop is blocked, so a stall of
 * this process never costs a healthy peer its connection.
 */
export class Heartbeat {
  readonly #latestVisit: number
  readonly #timeout: number
  readonly #clock: StallClock
  readonly #wheel: TimerWheel<HeartbeatTarget>
  /** Peers whose pong may still be awaited, grouped by the time of their ping, the oldest first. */
  #pinged: { readonly at: number; readonly targets: HeartbeatTarget[] }[] = []

  constructor({ pingInterval, pongTimeout, visitEvery }: HeartbeatOptions) {
    this.#timeout = pongTimeout
    // Whole rounds end shortly before the interval does, so a peer that is not pinged at one visit can still be pinged in time.
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

/** Milliseconds between two visits to a peer at most, so that no time limit is exceeded by more than half of its length. */
export function visitInterval({ writeTimeout, idleTimeout }: VisitLimits): number {
  return Math.min(writeTimeout, idleTimeout) / 2
}

interface VisitLimits {
  readonly writeTimeout: number
  readonly idleTimeout: number
}

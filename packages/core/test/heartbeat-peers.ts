import { Liveness } from '../src/connection/liveness.js'
import { Heartbeat, type HeartbeatTarget } from '../src/lifecycle/heartbeat.js'
import { type FakeClock, fakeClock } from './fake-clock.js'

let driven: FakeClock

/** The clock of a test in milliseconds, and its peers. */
export const world = {
  peers: [] as Peer[],
  get clock(): number {
    return driven.now
  },
  set clock(ms: number) {
    driven.now = ms
  },
}

/** Drives the clock of every test of the file. */
export function driveClock(): void {
  driven = fakeClock()
  beforeEach(() => {
    world.peers = []
  })
}

/** Lets time pass and runs the timers that are due. */
export function pass(ms: number, each: () => void = () => {}): void {
  for (let n = 0; n < ms; n += 1) {
    world.clock += 1
    jest.advanceTimersByTime(1)
    for (const peer of world.peers) peer.live()
    each()
  }
}

/** A peer that by default receives everything and sends nothing. */
export class Peer {
  readonly beat: Heartbeat
  readonly line: Liveness
  readonly target: HeartbeatTarget
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
    this.line = new Liveness(beat.now())
    this.target = {
      visited: () => this.visits.push(world.clock),
      isSilent: (now, silence) => this.line.isSilent(now, silence),
      ping: (now) => {
        this.line.pinged(now, this)
        this.#ping()
        if (this.line.paused) probe?.(this.line)
      },
      pongDue: (pingedAt) => this.line.pongDue(pingedAt, this),
      lost: () => {
        this.lostAt = world.clock
        beat.remove(this.target)
      },
    }
    beat.add(this.target)
    world.peers.push(this)
  }

  #ping(): void {
    this.pings.push(world.clock)
    if (this.answersIn !== undefined) this.#answerAt = world.clock + this.answersIn
  }

  /** Answers what is due. */
  live(): void {
    if (world.clock < this.#answerAt) return
    this.#answerAt = Infinity
    this.line.ponged(this.beat.now(), true)
  }
}

export const P = 1000

export const T = 400

/** What a timer of the finest round may add. */
export const TICK = 20

export function newHeartbeat({ pingInterval = P, pongTimeout = T, visitEvery = Infinity } = {}): Heartbeat {
  return new Heartbeat({ pingInterval, pongTimeout, visitEvery })
}

/** The longest time between two of these moments. */
export function longestGap(moments: number[]): number {
  return Math.max(...moments.slice(1).map((moment, index) => moment - (moments[index] as number)))
}

export function addPeers(beat: Heartbeat, size: number): void {
  for (let n = 0; n < size; n += 1) void new Peer(beat, 0)
}

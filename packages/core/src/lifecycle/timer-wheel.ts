import { performance } from 'node:perf_hooks'
import { after, type Deadline } from '../util/timers.js'

const MIN_SLICES = 64
const MAX_SLICES = 1024
const MIN_TICK_MS = 5
/** {@link TimerWheelOptions.sliceMs} for visits that query a store, so that it gets no bursts. */
export const EVEN_SLICE_MS = 100

/** Options of a timer wheel. */
export interface TimerWheelOptions<Member> {
  /** Milliseconds in which every member is visited once. */
  readonly round: number
  /**
   * Milliseconds between two slices at most, so that the visits of a long round come evenly; more if that would take more than
   * 1,024 slices. A removal searches all slices.
   * @default the round is divided into 64 slices
   */
  readonly sliceMs?: number
  visit(member: Member, now: number): void
  /** Slices that are visited at once, so that few members cost few wake-ups. @default 1 */
  readonly stride?: (slices: number, members: number) => number
  /** Called at every tick, before members are visited. @param late milliseconds by which the timer was late */
  readonly tick?: (late: number) => void
  /** Milliseconds of a clock that never goes back. @default that of `performance.now()` */
  readonly now?: () => number
}

/**
 * Visits every member once in a round, from one timer that keeps no process alive. Members are spread evenly over the round, no
 * matter when they were added, so visits never come in a burst. The first visit to a member comes within a round too.
 */
export class TimerWheel<Member> {
  /** Milliseconds between two slices. */
  readonly #tickMs: number
  readonly #options: TimerWheelOptions<Member>
  readonly #now: () => number
  readonly #slices: Set<Member>[]
  #timer: Deadline | undefined
  #size = 0
  #stride = 1
  #added = 0
  #slice = 0
  #sliceAt = 0

  constructor(options: TimerWheelOptions<Member>) {
    const { round, sliceMs = Infinity } = options
    const slices = Math.min(MAX_SLICES, Math.max(MIN_SLICES, Math.ceil(round / sliceMs)))
    const count = Math.max(1, Math.min(slices, Math.floor(round / MIN_TICK_MS)))
    this.#options = options
    this.#now = options.now ?? ((): number => performance.now())
    this.#tickMs = round / count
    this.#slices = Array.from({ length: count }, () => new Set())
  }

  /** Members that are visited. */
  get size(): number {
    return this.#size
  }

  /** Milliseconds by which a visit may be late. */
  get lateness(): number {
    return this.#tickMs * this.#stride
  }

  add(member: Member): void {
    this.#slices[this.#added++ % this.#slices.length]?.add(member)
    this.#resize(1)
    if (this.#timer) return
    this.#sliceAt = this.#now()
    this.#wait()
  }

  remove(member: Member): void {
    // Searches all slices: remembering the slice of each member would cost memory, and the search is cheap.
    if (!this.#slices.some((slice) => slice.delete(member))) return
    this.#resize(-1)
    if (this.#size === 0) this.stop()
  }

  has(member: Member): boolean {
    return this.#slices.some((slice) => slice.has(member))
  }

  /** Frees the timer. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #resize(by: 1 | -1): void {
    this.#size += by
    this.#stride = this.#options.stride?.(this.#slices.length, this.#size) ?? 1
  }

  #wait(): void {
    const ms = this.#tickMs - ((this.#now() - this.#sliceAt) % this.#tickMs)
    const due = performance.now() + ms
    const tick = (): void => {
      this.#tick(performance.now() - due)
      if (this.#timer) this.#wait()
    }
    this.#timer = after(ms, tick, false)
  }

  #tick(late: number): void {
    this.#options.tick?.(late)
    const now = this.#now()
    if (now - this.#sliceAt < this.lateness) return
    // Follows the clock and does not count ticks, because timers drift. Visits one round at most: after a stall each member is due once.
    for (let left = this.#slices.length; left > 0 && now - this.#sliceAt >= this.#tickMs; left -= 1) {
      this.#sliceAt += this.#tickMs
      this.#slice = (this.#slice + 1) % this.#slices.length
      // A copy: a visit may remove its member.
      for (const member of Array.from(this.#slices[this.#slice] ?? [])) this.#options.visit(member, now)
    }
    if (now - this.#sliceAt >= this.#tickMs) this.#sliceAt = now
  }
}

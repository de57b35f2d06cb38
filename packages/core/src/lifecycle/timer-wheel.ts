import { performance } from 'node:perf_hooks'
import { after, type Deadline } from '../util/timers.js'

const MAX_SLICES = 64
const MIN_TICK_MS = 5

/**
 * Visits every member once in an interval, from one timer. Members are spread over the interval whenever they came, so
 * visits never come in a burst; the first one is within the interval, too.
 */
export class TimerWheel<Member> {
  readonly #visit: (member: Member) => void
  readonly #tickMs: number
  readonly #slices: Set<Member>[]
  readonly #sliceOf = new Map<Member, Set<Member>>()
  #timer: Deadline | undefined
  #added = 0
  #slice = 0
  #sliceAt = 0

  /** @param every milliseconds between two visits of a member */
  constructor(every: number, visit: (member: Member) => void) {
    const count = Math.max(1, Math.min(MAX_SLICES, Math.floor(every / MIN_TICK_MS)))
    this.#visit = visit
    this.#tickMs = every / count
    this.#slices = Array.from({ length: count }, () => new Set())
  }

  /** Members that are visited. */
  get size(): number {
    return this.#sliceOf.size
  }

  add(member: Member): void {
    const slice = this.#slices[this.#added++ % this.#slices.length] as Set<Member>
    slice.add(member)
    this.#sliceOf.set(member, slice)
    if (this.#timer) return
    this.#sliceAt = performance.now()
    this.#wait()
  }

  remove(member: Member): void {
    this.#sliceOf.get(member)?.delete(member)
    this.#sliceOf.delete(member)
    if (this.#sliceOf.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #wait(): void {
    this.#timer = after(Math.max(0, this.#sliceAt + this.#tickMs - performance.now()), () => {
      this.#advance()
      if (this.#timer) this.#wait()
    })
  }

  #advance(): void {
    const now = performance.now()
    // Once round at most: after a long stall everybody is due once and not several times.
    for (let left = this.#slices.length; left > 0 && now - this.#sliceAt >= this.#tickMs; left -= 1) {
      this.#sliceAt += this.#tickMs
      this.#slice = (this.#slice + 1) % this.#slices.length
      // A copy: whoever is closed by a visit leaves the slice.
      for (const member of Array.from(this.#slices[this.#slice] as Set<Member>)) this.#visit(member)
    }
    if (now - this.#sliceAt >= this.#tickMs) this.#sliceAt = now
  }
}

import { getHeapStatistics } from 'node:v8'

/**
 * What the bytes of a hub are held for: messages that wait for their handler (`queued`), parsed messages whose handler
 * is busy (`handling`), messages that wait to be sent (`sending`), unfinished messages (`receiving`), request headers and
 * targets (`headers`), names of rooms (`rooms`).
 */
export interface MemoryUse {
  queued: number
  handling: number
  sending: number
  receiving: number
  headers: number
  rooms: number
}

/** The share of the heap that one hub may fill, unless `limits.maxHubBytes` is set. */
const HEAP_SHARE = 1 / 4

/** The share of the budget up to which sockets are read. */
const READING_SHARE = 3 / 4

/** The default of `limits.maxHubBytes`: a quarter of what the heap of this process may grow to. */
export function defaultHubBytes(): number {
  return Math.floor(getHeapStatistics().heap_size_limit * HEAP_SHARE)
}

/** Counts the bytes that a hub holds for its connections. */
export class MemoryBudget {
  readonly limit: number
  readonly #use: MemoryUse = { queued: 0, handling: 0, sending: 0, receiving: 0, headers: 0, rooms: 0 }
  readonly #exceeded: () => void
  #used = 0
  #relief = false
  #waking = false
  /** The callers that wait for bytes, and how many each of them needs. */
  #waiting: Map<() => void, number> | undefined

  /** @param exceeded called at the end of a turn in which more than `limit` bytes were held */
  constructor(limit: number, exceeded: () => void) {
    this.limit = limit
    this.#exceeded = exceeded
  }

  get use(): Readonly<MemoryUse> {
    return { ...this.#use }
  }

  get used(): number {
    return this.#used
  }

  /** Bytes that messages may still take while they wait. The last quarter is for data that arrives while sockets are being paused. */
  get room(): number {
    return Math.max(0, this.limit * READING_SHARE - this.#used)
  }

  /** Bytes that are left; never below 0. */
  get free(): number {
    return Math.max(0, this.limit - this.#used)
  }

  /** Counts bytes that are held from now on; a negative number for those that are not held any more. */
  charge(what: keyof MemoryUse, bytes: number): void {
    this.#use[what] += bytes
    this.#used += bytes
    if (bytes < 0) this.#wake()
    else if (this.#used > this.limit && !this.#relief) this.#relieve()
  }

  /**
   * Whether a message that will occupy this many bytes may be parsed. If no other message is being handled, it always may, so that
   * handlers make progress. If it may not, `later` is called once as soon as enough bytes were released.
   */
  admits(bytes: number, later: () => void): boolean {
    if (bytes <= this.free || this.#use.handling === 0) return true
    this.#waiting ??= new Map()
    this.#waiting.set(later, bytes)
    return false
  }

  // First come, first served: small requests must not starve a large one.
  #wake(): void {
    const waiting = this.#waiting
    if (!waiting || this.#waking) return
    this.#waking = true
    setImmediate(() => {
      this.#waking = false
      for (const [later, bytes] of waiting) {
        if (bytes > this.free && this.#use.handling > 0) break
        waiting.delete(later)
        later()
      }
      if (waiting.size === 0) this.#waiting = undefined
    })
  }

  #relieve(): void {
    this.#relief = true
    setImmediate(() => {
      this.#relief = false
      if (this.#used > this.limit) this.#exceeded()
    })
  }
}

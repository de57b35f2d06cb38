/** Limits of what is kept for one connection. */
export interface VolatileLimits {
  readonly count: number
  readonly bytes: number
}

/** Tells which message a volatile message replaces: the one before it with the same slot. */
export interface VolatileMark {
  /** Names its type, room and key; `undefined` if it has no key. */
  readonly slot: string | undefined
  /** The room that it was emitted to, if it was a single room. */
  readonly room: string | undefined
}

/** A message that is kept until the connection takes more. */
export interface KeptVolatile<Item> {
  readonly item: Item
  readonly mark: VolatileMark
  readonly bytes: number
}

/** The newest volatile message of each slot, while the connection takes no more. It does no I/O. */
export class VolatileBuffer<Item> {
  readonly #limits: VolatileLimits
  readonly #kept = new Map<string, KeptVolatile<Item>>()
  #bytes = 0

  constructor(limits: VolatileLimits) {
    this.#limits = limits
  }

  /** Bytes of all that is kept, their slots included. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Keeps a message in place of the one in its slot. If that exceeds a limit, the oldest messages are dropped. A message that is
   * too large by itself is not kept, and neither is the outdated one in its slot.
   * @param bytes those of the message
   * @returns how many messages were dropped
   */
  put(item: Item, mark: VolatileMark, bytes: number): number {
    const { slot } = mark
    if (slot === undefined) return 1
    let dropped = this.#remove(slot)
    const kept = { item, mark, bytes: bytes + 2 * slot.length }
    if (kept.bytes > this.#limits.bytes) return dropped + 1
    this.#kept.set(slot, kept)
    this.#bytes += kept.bytes
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#limits.count && this.#bytes <= this.#limits.bytes) break
      dropped += this.#remove(oldest)
    }
    return dropped
  }

  /** Drops the messages of a room. @returns how many */
  forget(room: string): number {
    let dropped = 0
    for (const [slot, { mark }] of this.#kept) if (mark.room === room) dropped += this.#remove(slot)
    return dropped
  }

  /** Takes everything out, the oldest first. */
  take(): KeptVolatile<Item>[] {
    const all = [...this.#kept.values()]
    this.#kept.clear()
    this.#bytes = 0
    return all
  }

  #remove(slot: string): number {
    this.#bytes -= this.#kept.get(slot)?.bytes ?? 0
    return Number(this.#kept.delete(slot))
  }
}

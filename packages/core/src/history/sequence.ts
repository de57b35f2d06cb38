import type { Position } from '../broker/broker.js'

interface Held<Item> {
  readonly position: Position
  readonly item: Item
}

/** Messages that may wait for an earlier one; beyond them they are read again once the gap is filled. */
const MOST_HELD = 1000
/** Epochs that are remembered as over. */
const MOST_PAST = 8

/** Puts the messages of one stream in order, each once, from whatever way and in whatever order they come. */
export class Sequence<Item> {
  readonly #deliver: (item: Item, position: Position) => void
  readonly #held = new Map<number, Held<Item>>()
  readonly #past = new Set<string>()
  #last: Position | undefined

  constructor(deliver: (item: Item, position: Position) => void) {
    this.#deliver = deliver
  }

  /** Where it stands: everything up to here was delivered. `undefined` before it has begun. */
  get last(): Position | undefined {
    return this.#last
  }

  /** Whether messages wait for an earlier one. */
  get waiting(): boolean {
    return this.#held.size > 0
  }

  /** Begins behind a position; what came meanwhile follows. */
  begin(position: Position): void {
    this.#last = position
    this.#drain()
  }

  /** Takes a message. @returns false where an earlier one is missing */
  offer(position: Position, item: Item): boolean {
    if (this.#past.has(position.epoch)) return true
    if (this.#last && position.epoch !== this.#last.epoch) this.#turn(this.#last, position)
    if (this.#last && position.offset <= this.#last.offset) return true
    if (this.#held.size < MOST_HELD) this.#held.set(position.offset, { position, item })
    if (this.#last) this.#drain()
    return this.#last !== undefined && this.#last.offset >= position.offset
  }

  /**
   * Everything up to a position was read, and what is not there will never come: what waits up to it is delivered in order.
   * What lies behind it still waits for what is between.
   */
  reach(position: Position): void {
    if (position.epoch !== this.#last?.epoch) this.#turn(this.#last, { ...position, offset: position.offset + 1 })
    for (const held of this.#inOrder()) if (held.position.offset <= position.offset) this.#step(held)
    if (position.offset > (this.#last?.offset ?? 0)) this.#last = position
    this.#drain()
  }

  /** Goes on though something is missing and nobody knows what: all that waits is delivered in order. */
  skip(): void {
    for (const held of this.#inOrder()) this.#step(held)
  }

  #inOrder(): Held<Item>[] {
    return [...this.#held.values()].toSorted((one, other) => one.position.offset - other.position.offset)
  }

  /** A new life of the stream: what comes is the next, whatever was before. */
  #turn(last: Position | undefined, { epoch, offset, tag }: Position): void {
    if (last) this.#past.add(last.epoch)
    if (this.#past.size > MOST_PAST) for (const oldest of [...this.#past].slice(0, 1)) this.#past.delete(oldest)
    for (const [key, { position }] of this.#held) if (position.epoch !== epoch) this.#held.delete(key)
    this.#last = { epoch, offset: offset - 1, tag }
  }

  #drain(): void {
    for (const key of this.#held.keys()) if (key <= (this.#last?.offset ?? 0)) this.#held.delete(key)
    for (let next = this.#next(); next; next = this.#next()) this.#step(next)
  }

  #next(): Held<Item> | undefined {
    return this.#last && this.#held.get(this.#last.offset + 1)
  }

  #step({ position, item }: Held<Item>): void {
    this.#held.delete(position.offset)
    this.#last = position
    this.#deliver(item, position)
  }
}

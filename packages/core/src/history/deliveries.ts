import type { Position } from '../broker/broker-history.js'

interface Range {
  /** Counts the ranges of a room. */
  readonly number: number
  epoch: string
  /** The offset before the first message. */
  readonly after: number
  /** The offset of the last message. */
  last: number
}

/** A moment in what a server delivers in a room. */
export interface Mark {
  readonly range: number
  readonly offset: number
}

/** Before anything was delivered. */
export const BEGINNING: Mark = Object.freeze({ range: 0, offset: -1 })

/** Ranges that are remembered. Messages of older ones count as not delivered. */
const MAX_RANGES = 4

/** What this server has delivered in a room since its first member came, and since when each member gets it. */
export class Deliveries {
  /** Where it began. */
  readonly begun: Position
  // A gap ends a range.
  readonly #ranges: Range[]
  #mark: Mark
  readonly #first: Mark
  #joined: Map<object, Mark> | undefined

  constructor(begun: Position) {
    const { epoch, offset } = begun
    this.begun = begun
    this.#first = this.#mark = { range: 0, offset }
    this.#ranges = [{ number: 0, epoch, after: offset, last: offset }]
  }

  /** The moment now. Everybody who asks between two messages shares one object. */
  get mark(): Mark {
    const { number, last } = this.#current
    if (this.#mark.range !== number || this.#mark.offset !== last) this.#mark = { range: number, offset: last }
    return this.#mark
  }

  /** A connection has become a member. Those that came before the beginning need not be told of. */
  join(member: object): void {
    this.#joined ??= new Map()
    this.#joined.set(member, this.mark)
  }

  leave(member: object): void {
    this.#joined?.delete(member)
  }

  /** Since when a member gets what is delivered. */
  markOf(member: object): Mark {
    return this.#joined?.get(member) ?? this.#first
  }

  /** A message was delivered. */
  reach({ epoch, offset }: Position): void {
    this.#current.epoch = epoch
    this.#current.last = offset
  }

  /** Delivery goes on behind a position that is not the next. */
  skip({ epoch, offset }: Position): void {
    this.#ranges.push({ number: this.#current.number + 1, epoch, after: offset, last: offset })
    if (this.#ranges.length > MAX_RANGES) this.#ranges.shift()
  }

  /** Whether a message of an epoch was delivered between two moments. */
  includes({ epoch, offset }: Pick<Position, 'epoch' | 'offset'>, since: Mark, until: Mark): boolean {
    return this.#ranges.some(
      (range) =>
        range.epoch === epoch &&
        range.after < offset &&
        offset <= range.last &&
        isBefore(since, range.number, offset) &&
        !isBefore(until, range.number, offset),
    )
  }

  get #current(): Range {
    return this.#ranges.at(-1) as Range
  }
}

function isBefore(mark: Mark, range: number, offset: number): boolean {
  return mark.range < range || (mark.range === range && mark.offset < offset)
}

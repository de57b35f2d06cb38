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

/** Ranges that are remembered. Messages of older ones count as not delivered. */
const MAX_RANGES = 4

/** Which messages of a room this server has delivered since its first member came. A gap ends a range. */
export class DeliveredRanges {
  readonly #ranges: Range[]
  /** Where the first range began, and the moment then. */
  readonly begun: Position
  readonly first: Mark
  #mark: Mark

  constructor(begun: Position) {
    const { epoch, offset } = begun
    this.begun = begun
    this.first = this.#mark = { range: 0, offset }
    this.#ranges = [{ number: 0, epoch, after: offset, last: offset }]
  }

  /** The moment now. Everybody who asks between two messages shares one object. */
  get mark(): Mark {
    const { number, last } = this.#current
    if (this.#mark.range !== number || this.#mark.offset !== last) this.#mark = { range: number, offset: last }
    return this.#mark
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

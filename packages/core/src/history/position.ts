import type { Position } from '../cluster/broker-history.js'

/** The highest valid offset. A higher one is forged, because no stream gets that far. Sums with this one are still exact. */
export const MAX_OFFSET = 1e15

const EPOCH = /^\d{10}[0-9a-f]{6}$/
const TAG = /^[0-9a-f]{8}$/
const MAX_GENERATION = 9_999_999_999

/** Copies a position without the other properties of the object. */
export function plainPosition({ offset, epoch, tag }: Position): Position {
  return { offset, epoch, tag }
}

/** Whether two positions are equal, so that the messages up to them are the same. */
export function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.offset === b.offset && a.tag === b.tag
}

/** Whether a position is that of a stream to which nothing was ever appended. */
export function isEmpty({ epoch, offset }: Position): boolean {
  return epoch === '' && offset === 0
}

/** Whether `a` compares greater than `b`: by epoch, then by offset. */
export function isLater(a: Position, b: Position): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.offset > b.offset)
}

/** Whether a store can have made a position. `EMPTY_POSITION` is not valid. */
export function isValid({ epoch, offset, tag }: Position): boolean {
  return EPOCH.test(epoch) && TAG.test(tag) && Number.isSafeInteger(offset) && offset > 0 && offset <= MAX_OFFSET
}

/**
 * A new epoch that compares greater than all of `epochs`. If there is no greater generation, which only a forged epoch can
 * cause, the generation is derived from the clock alone.
 * @param seconds the clock of the store; @param random 6 hexadecimal digits
 */
export function nextEpoch(epochs: readonly string[], seconds: number, random: string): string {
  const highest = Math.max(seconds, ...epochs.map(generationOf))
  const generation = (highest < MAX_GENERATION ? highest : seconds) + 1
  return `${String(generation).padStart(10, '0')}${random}`
}

function generationOf(epoch: string): number {
  return EPOCH.test(epoch) ? Number(epoch.slice(0, 10)) : 0
}

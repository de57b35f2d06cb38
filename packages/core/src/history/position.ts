import type { Position } from '../cluster/broker-history.js'

/** An offset beyond it is forged: a stream never gets there, and sums with it stay exact. */
export const MAX_OFFSET = 1e15

const EPOCH = /^\d{10}[0-9a-f]{6}$/
const TAG = /^[0-9a-f]{8}$/
const MAX_GENERATION = 9_999_999_999

/** A position alone, without what else the object holds. */
export function plainPosition({ offset, epoch, tag }: Position): Position {
  return { offset, epoch, tag }
}

/** Whether two positions are equal, so that the messages up to them are the same. */
export function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.offset === b.offset && a.tag === b.tag
}

/** Whether nothing was ever appended. */
export function isEmpty({ epoch, offset }: Position): boolean {
  return epoch === '' && offset === 0
}

/** Whether `a` compares greater than `b`: by epoch, then by offset. */
export function isLater(a: Position, b: Position): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.offset > b.offset)
}

/** Whether a position can be one that a store has made. `EMPTY_POSITION` is none. */
export function isValid({ epoch, offset, tag }: Position): boolean {
  return EPOCH.test(epoch) && TAG.test(tag) && Number.isSafeInteger(offset) && offset > 0 && offset <= MAX_OFFSET
}

/**
 * A new epoch that compares greater than all of `epochs`. If no greater generation fits, which only a forged epoch can
 * bring about, the generation is that of the clock.
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

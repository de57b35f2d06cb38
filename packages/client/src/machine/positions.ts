import type { Message, Position } from './state.js'

/** The position that a payload or a message names, if it names one. */
export function positionOf(value: unknown): Position | undefined {
  if (!isObject(value)) return undefined
  const { offset, epoch, tag } = value
  if (typeof offset !== 'number' || typeof epoch !== 'string' || typeof tag !== 'string') return undefined
  return { offset, epoch, tag }
}

/** Whether a position is after another one. Later epochs compare greater. */
export function isAfter(one: Position, position: Position | undefined): boolean {
  if (!position) return true
  return one.epoch === position.epoch ? one.offset > position.offset : one.epoch > position.epoch
}

/**
 * The messages in the order of the room. A message without a position stays behind the one that came before it.
 * @param end the place of messages without a position at the start
 */
export function inOrder(messages: readonly Message[], end: Position | undefined): Message[] {
  let place = end
  const placed = messages.map((message) => {
    const position = positionOf(message)
    place = position ?? place
    return { message, place, own: position !== undefined }
  })
  return placed
    .toSorted((one, other) => compare(one.place, other.place) || Number(other.own) - Number(one.own))
    .map(({ message }) => message)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function compare(one: Position | undefined, other: Position | undefined): number {
  if (!one || !other) return 0
  return isAfter(one, other) ? 1 : isAfter(other, one) ? -1 : 0
}

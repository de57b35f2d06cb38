import type { Message, Position } from './state.js'

/** The position in a payload or a message; `undefined` if it has none. */
export function positionOf(value: unknown): Position | undefined {
  if (!isObject(value)) return undefined
  const { offset, epoch, tag } = value
  if (typeof offset !== 'number' || typeof epoch !== 'string' || typeof tag !== 'string') return undefined
  return { offset, epoch, tag }
}

/** Whether `one` comes after `position`, or `position` is `undefined`. Later epochs compare greater. */
export function isAfter(one: Position | undefined, position: Position | undefined): boolean {
  if (!one || !position) return !position
  return one.epoch === position.epoch ? one.offset > position.offset : one.epoch > position.epoch
}

/**
 * The messages in the order of the room. A message without a position stays right after the message that came before it.
 * @param end messages without a position at the start of the list are placed right after this position
 */
export function inOrder(messages: readonly Message[], end: Position | undefined): Message[] {
  let place = end && { ...end, offset: end.offset + 0.5 }
  return messages
    .map((message) => ({ message, place: (place = positionOf(message) ?? place) }))
    .toSorted((one, other) => Number(isAfter(one.place, other.place)) - Number(isAfter(other.place, one.place)))
    .map(({ message }) => message)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

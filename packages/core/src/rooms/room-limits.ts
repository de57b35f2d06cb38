import { HubError, quote } from '../errors.js'
import { kindOf } from '../util/option-rules.js'

/** The limits for rooms of a hub. */
export interface RoomLimits {
  readonly maxRoomsPerConnection: number
  readonly maxRoomNameLength: number
}

/** @throws HubError `invalid_room` if this can't be the name of a room */
export function assertRoomName(name: unknown, { maxRoomNameLength }: RoomLimits): asserts name is string {
  if (typeof name !== 'string' || name.length === 0 || name.length > maxRoomNameLength)
    throw invalidRoomName(`a string of 1 to ${maxRoomNameLength} characters`, name)
  if (!isPlainName(name)) throw invalidRoomName('well-formed text without control characters', name)
}

/** @throws HubError `too_many_rooms` if a connection may not be in `count` rooms */
export function assertRoomCount(count: number, { maxRoomsPerConnection }: RoomLimits): void {
  if (count <= maxRoomsPerConnection) return
  throw new HubError('too_many_rooms', `A connection may be in ${maxRoomsPerConnection} rooms at once.`)
}

function invalidRoomName(expected: string, name: unknown): HubError {
  const what = typeof name === 'string' ? quote(name) : kindOf(name)
  return new HubError('invalid_room', `The name of a room must be ${expected}, not ${what}.`)
}

/** Whether a name looks the same everywhere: no control characters, and no half of a character (UTF-16). */
function isPlainName(name: string): boolean {
  return !/\p{Cc}/u.test(name) && name.isWellFormed()
}

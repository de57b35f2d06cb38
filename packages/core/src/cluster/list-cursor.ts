import { createHash } from 'node:crypto'
import { isConnectionId } from '../connection/random-id.js'
import { HubError } from '../errors.js'

/** The most servers that one list covers. */
export const MAX_LISTED_SERVERS = 1000

/** The state of a list between two pages. */
export interface ListPosition {
  /** The servers that remain to be listed; the list of the first one may have begun. */
  readonly servers: readonly string[]
  /** The id of the last listed connection of the first server; empty if none was listed. */
  readonly after: string
  /** Whether the list covers all servers that lived when it began. */
  readonly isComplete: boolean
}

const VERSION = 1
const CURSOR_HEAD_BYTES = 2
const CONNECTION_BYTES = 20
const SERVER_BYTES = 16
const SUM_BYTES = 4
/** Characters of the longest cursor. */
const MAX_CURSOR = Math.ceil(
  ((CURSOR_HEAD_BYTES + CONNECTION_BYTES + MAX_LISTED_SERVERS * SERVER_BYTES + SUM_BYTES) * 4) / 3,
)

/** A position as text: letters, digits, `-` and `_`. The same hub on every server can read it. */
export function encodeCursor(hub: string, { servers, after, isComplete }: ListPosition): string {
  const head = Buffer.from([VERSION, (isComplete ? 1 : 0) + (after === '' ? 0 : 2)])
  const ids = servers.map((server) => Buffer.from(server.replaceAll('-', ''), 'hex'))
  const body = Buffer.concat([head, Buffer.from(after), ...ids])
  return Buffer.concat([body, checksumOf(hub, body)]).toString('base64url')
}

/** The position in a cursor. @throws HubError `invalid_cursor` if the same hub did not make it */
export function decodeCursor(hub: string, cursor: string): ListPosition {
  const position = cursor.length <= MAX_CURSOR ? readPosition(Buffer.from(cursor, 'base64url')) : undefined
  // Each position has exactly one text, its checksum included: any other text was changed.
  if (!position || encodeCursor(hub, position) !== cursor) throw invalidCursor()
  return position
}

/** The error for a cursor that is invalid here. */
export function invalidCursor(): HubError {
  return new HubError('invalid_cursor', 'The cursor was changed or cut, or another hub or server made it.')
}

function readPosition(bytes: Buffer): ListPosition | undefined {
  const body = bytes.subarray(0, -SUM_BYTES)
  const flags = body[1]
  if (flags === undefined) return undefined
  const begin = CURSOR_HEAD_BYTES + (flags & 2 ? CONNECTION_BYTES : 0)
  const after = body.toString('latin1', CURSOR_HEAD_BYTES, begin)
  const count = (body.length - begin) / SERVER_BYTES
  if (!Number.isInteger(count) || count < 1 || (after !== '' && !isConnectionId(after))) return undefined
  const servers = Array.from({ length: count }, (_, n) => uuidAt(body, begin + n * SERVER_BYTES))
  return { servers, after, isComplete: (flags & 1) === 1 }
}

function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + SERVER_BYTES)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Detects a cut or changed cursor, or one of another hub. It is no secret: a forged cursor reveals no more than a real one. */
function checksumOf(hub: string, body: Buffer): Buffer {
  return createHash('sha256').update(hub).update('\0').update(body).digest().subarray(0, SUM_BYTES)
}

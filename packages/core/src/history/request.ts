import type { Position } from '../broker/broker.js'
import { HubError } from '../errors.js'

/** What a client asks for with `hub:recover`. */
export interface RecoverRequest {
  readonly room: string
  /** Where it was, or how many of the last messages it wants. */
  readonly from: Position | number
  /** The id of the connection that it had; empty where it names none. */
  readonly was: string
}

/** Reads the payload of `hub:recover`. @throws HubError `invalid_payload` */
export function readRequest(payload: unknown): RecoverRequest {
  const { room, offset, epoch, last, connection } = (payload ?? {}) as Partial<Record<string, unknown>>
  if (typeof room !== 'string') throw invalid('room must be a string', 'room')
  if (connection !== undefined && typeof connection !== 'string')
    throw invalid('connection must be a string', 'connection')
  const was = connection ?? ''
  if (last !== undefined || offset === undefined) {
    if (last === undefined || isCount(last)) return { room, was, from: last ?? 0 }
    throw invalid('last must be a whole number of at least 0', 'last')
  }
  if (!isCount(offset)) throw invalid('offset must be a whole number of at least 0', 'offset')
  if (typeof epoch !== 'string') throw invalid('epoch must be a string', 'epoch')
  return { room, was, from: { offset, epoch, tag: '' } }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function invalid(message: string, key: string): HubError {
  return new HubError('invalid_payload', 'The payload is not valid.', {
    status: 400,
    issues: [{ message, path: [key] }],
  })
}

import type { Position } from '../cluster/broker-history.js'
import { type HubError, invalidPayload } from '../errors.js'

/** The request of a client with `hub:recover`. */
export interface RecoverRequest {
  readonly room: string
  /** The position of the client, or the number of last messages that it wants. */
  readonly from: Position | number
  /** The id of the client's former connection; empty if the client names none. */
  readonly was: string
  /** Whether the client's position can't identify a message, so that the missed messages are unknown. Then `from` is 0. */
  readonly unverifiable: boolean
}

/** An epoch and a tag in the format of stores, or both empty. Anything else can't identify a message. */
const EPOCH_AND_TAG = /^(\d{10}[0-9a-f]{6} [0-9a-f]{8}| )$/

/** Reads the payload of `hub:recover`. @throws HubError `invalid_payload` */
export function readRequest(payload: unknown): RecoverRequest {
  const { room, offset, epoch, tag, last, connection } = (payload ?? {}) as Partial<Record<string, unknown>>
  if (typeof room !== 'string') throw invalidRequest('room must be a string', 'room')
  if (!isOptionalString(connection)) throw invalidRequest('connection must be a string', 'connection')
  const request = { room, was: connection ?? '', unverifiable: false }
  if (last !== undefined || offset === undefined) {
    if (last === undefined || isCount(last)) return { ...request, from: last ?? 0 }
    throw invalidRequest('last must be a whole number of at least 0', 'last')
  }
  if (!isCount(offset)) throw invalidRequest('offset must be a whole number of at least 0', 'offset')
  if (typeof epoch !== 'string') throw invalidRequest('epoch must be a string', 'epoch')
  if (!isOptionalString(tag)) throw invalidRequest('tag must be a string', 'tag')
  if (tag === undefined || !EPOCH_AND_TAG.test(`${epoch} ${tag}`)) return { ...request, from: 0, unverifiable: true }
  return { ...request, from: { offset, epoch, tag } }
}

function isOptionalString(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function invalidRequest(message: string, key: string): HubError {
  return invalidPayload([{ message, path: [key] }])
}

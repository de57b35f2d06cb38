import { EMPTY_POSITION, type Position } from '@wshub/core'
import { MAX_SENDERS } from '@wshub/core/internal'
import { NUMBER_BYTES } from './append-numbers.js'

/** Bytes of a position: generation (5), random (3), offset (6), tag (4), big-endian. */
export const POSITION_BYTES = 18
/** Bytes of an epoch, which come first. */
export const EPOCH_BYTES = 8

const EPOCH_TEXT = /^\d{10}[0-9a-f]{6}$/
const TAG_TEXT = /^[0-9a-f]{8}$/
/** Offsets of stores are below this, so that they are exact numbers in JavaScript and in Lua. */
const MAX_STORED_OFFSET = 1e14
const MAX_STORED_GENERATION = 9_999_999_999

const NOTHING = Buffer.alloc(0)
/** A position in an epoch before all others. It replaces positions of clients that no store can have made. */
const NEVER = Buffer.alloc(POSITION_BYTES)

/** A position as bytes; no bytes for `EMPTY_POSITION`. A position that no store can make becomes one of an ended epoch. */
export function encodePosition({ epoch, offset, tag }: Position): Buffer {
  if (epoch === '' && offset === 0) return NOTHING
  const isTag = TAG_TEXT.test(tag) || (tag === '' && offset === 0)
  if (!EPOCH_TEXT.test(epoch) || !isTag || !Number.isSafeInteger(offset) || offset < 0 || offset >= MAX_STORED_OFFSET)
    return NEVER
  const bytes = Buffer.allocUnsafe(POSITION_BYTES)
  bytes.set(encodeEpoch(epoch))
  bytes.writeUIntBE(offset, EPOCH_BYTES, 6)
  bytes.writeUInt32BE(tag === '' ? 0 : Number.parseInt(tag, 16), EPOCH_BYTES + 6)
  return bytes
}

/** An epoch as bytes; none for `''` and for an invalid epoch. */
export function encodeEpoch(epoch: string): Buffer {
  if (!EPOCH_TEXT.test(epoch)) return NOTHING
  const bytes = Buffer.allocUnsafe(EPOCH_BYTES)
  bytes.writeUIntBE(Number(epoch.slice(0, 10)), 0, 5)
  bytes.writeUIntBE(Number.parseInt(epoch.slice(10), 16), 5, 3)
  return bytes
}

/** The position at the beginning of bytes, `EMPTY_POSITION` if there are none, `undefined` if they are no position. */
export function decodePosition(bytes: Buffer, at = 0): Position | undefined {
  if (bytes.length === at) return EMPTY_POSITION
  if (bytes.length < at + POSITION_BYTES) return undefined
  const [generation, random] = [bytes.readUIntBE(at, 5), bytes.readUIntBE(at + 5, 3)]
  const offset = bytes.readUIntBE(at + EPOCH_BYTES, 6)
  if (generation > MAX_STORED_GENERATION || offset >= MAX_STORED_OFFSET) return undefined
  const epoch = `${String(generation).padStart(10, '0')}${random.toString(16).padStart(6, '0')}`
  return { offset, epoch, tag: offset === 0 ? '' : decodeTag(bytes, at + EPOCH_BYTES + 6) }
}

/** Reads a tag of 4 bytes. */
export function decodeTag(bytes: Buffer, at: number): string {
  return hexOf(bytes.readUInt32BE(at))
}

/** The text of a tag that is a number of 32 bits. */
export function hexOf(tag: number): string {
  return tag.toString(16).padStart(8, '0')
}

const HEAD_VERSION = 2
/** Bytes of a head without the numbers of servers, which come last. */
export const MIN_HEAD_BYTES = 35
export const MAX_HEAD_BYTES = MIN_HEAD_BYTES + MAX_SENDERS * NUMBER_BYTES

/** The position of a stream from the bytes of its head; `EMPTY_POSITION` if they are no head. */
export function decodeHead(head: unknown): Position {
  if (!Buffer.isBuffer(head) || !isHeadLong(head) || head[0] !== HEAD_VERSION) return EMPTY_POSITION
  return decodePosition(head, 1) ?? EMPTY_POSITION
}

function isHeadLong({ length }: Buffer): boolean {
  return length >= MIN_HEAD_BYTES && length <= MAX_HEAD_BYTES && (length - MIN_HEAD_BYTES) % NUMBER_BYTES === 0
}

import { type BinaryEnvelope, decodeBinaryEnvelope, type Envelope, isBinaryEnvelope } from '../protocol/index.js'
import { ownBytes } from './own-bytes.js'

/** What a frame holds: a text, bytes, or an envelope with bytes. */
export type ReceivedData = string | Buffer | BinaryEnvelope<Buffer>

/** A frame on its way to a handler. It has an `envelope` if it is a typed message. */
export interface ReceivedMessage {
  readonly data: ReceivedData
  readonly envelope: Envelope | undefined
}

/** Replaces a frame that begins like an envelope with bytes and cannot be decoded. Its text is no envelope, so it is refused. */
const MALFORMED: BinaryEnvelope<Buffer> = { text: '', bytes: Buffer.alloc(0) }

/** Bytes that a frame with an envelope and bytes has at most in addition to these two. */
const MAX_HEADER_BYTES = 16

/** Reads a binary frame. @param typed whether it may hold an envelope */
export function readBinary(frame: Buffer, typed: boolean): Buffer | BinaryEnvelope<Buffer> {
  if (!typed || !isBinaryEnvelope(frame)) return frame
  return decodeBinaryEnvelope(frame) ?? MALFORMED
}

/** Whether a frame is a text or plain bytes, and not an envelope with bytes. */
export function isPlain(data: ReceivedData): data is string | Buffer {
  return typeof data === 'string' || Buffer.isBuffer(data)
}

/** The text in a frame, which may be an envelope; `undefined` for plain bytes. */
export function textIn(data: ReceivedData): string | undefined {
  if (typeof data === 'string') return data
  return isPlain(data) ? undefined : data.text
}

/** The bytes beside an envelope; `undefined` if the frame has none. */
export function bytesBeside(data: ReceivedData): Buffer | undefined {
  return isPlain(data) ? undefined : data.bytes
}

/** The same data in memory of its own. */
export function ownData(data: ReceivedData): ReceivedData {
  if (typeof data === 'string') return data
  if (isPlain(data)) return ownBytes(data)
  const { text, bytes } = data
  // A large message already has its memory to itself, and a copy would double the memory.
  const isAlone = bytes.buffer.byteLength <= bytes.length + 3 * text.length + MAX_HEADER_BYTES
  return isAlone ? data : { text, bytes: ownBytes(bytes) }
}

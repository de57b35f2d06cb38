import { type BinaryEnvelope, decodeBinaryEnvelope, type Envelope, isBinaryEnvelope } from '../protocol/index.js'
import { ownBytes } from './own-bytes.js'

/** What a frame holds: a text, bytes, or an envelope with bytes. */
export type ReceivedData = string | Buffer | BinaryEnvelope<Buffer>

/** A frame on its way to a handler; `envelope` if it is a typed message. */
export interface ReceivedMessage {
  readonly data: ReceivedData
  readonly envelope: Envelope | undefined
}

/** A frame that begins as one with an envelope does, and is none: no envelope is in its text. */
const MALFORMED: BinaryEnvelope<Buffer> = { text: '', bytes: Buffer.alloc(0) }

/** Bytes beside the text and the bytes that a frame with both has at most. */
const MAX_HEADER_BYTES = 16

/** What a binary frame holds. @param typed whether it may hold an envelope */
export function readBinary(frame: Buffer, typed: boolean): Buffer | BinaryEnvelope<Buffer> {
  if (!typed || !isBinaryEnvelope(frame)) return frame
  return decodeBinaryEnvelope(frame) ?? MALFORMED
}

/** Whether a frame is nothing that could hold an envelope with bytes. */
export function isPlain(data: ReceivedData): data is string | Buffer {
  return typeof data === 'string' || Buffer.isBuffer(data)
}

/** The text of a frame in which an envelope may be. */
export function textIn(data: ReceivedData): string | undefined {
  if (typeof data === 'string') return data
  return isPlain(data) ? undefined : data.text
}

/** The bytes beside an envelope. */
export function bytesBeside(data: ReceivedData): Buffer | undefined {
  return isPlain(data) ? undefined : data.bytes
}

/** The same with no memory beside it. */
export function ownData(data: ReceivedData): ReceivedData {
  if (typeof data === 'string') return data
  if (isPlain(data)) return ownBytes(data)
  const { text, bytes } = data
  // A large message is alone in its memory, and a copy would double it.
  const isAlone = bytes.buffer.byteLength <= bytes.length + 3 * text.length + MAX_HEADER_BYTES
  return isAlone ? data : { text, bytes: ownBytes(bytes) }
}

// A binary frame with an envelope and bytes: 4 bytes magic, the length of the envelope (u32, big-endian), the envelope as
// JSON text in UTF-8, the bytes.

/** `wsh` and the version of this form. */
const MAGIC = 0x77_73_68_01
const HEADER_BYTES = 8

/** An envelope that came in a binary frame. */
export interface BinaryEnvelope<Bytes extends Uint8Array = Uint8Array> {
  /** The envelope as JSON text. */
  readonly text: string
  /** The bytes after the envelope: a view of the frame. */
  readonly bytes: Bytes
}

/** Whether a binary frame begins with the magic of an envelope with bytes. */
export function isBinaryEnvelope(frame: Uint8Array): boolean {
  return frame.byteLength >= 4 && viewOf(frame).getUint32(0) === MAGIC
}

/** Encodes an envelope and bytes as one binary frame. The bytes are copied. */
export function encodeBinaryEnvelope(text: string, { buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  const envelope = new TextEncoder().encode(text)
  const frame = new Uint8Array(HEADER_BYTES + envelope.length + byteLength)
  const view = viewOf(frame)
  view.setUint32(0, MAGIC)
  view.setUint32(4, envelope.length)
  frame.set(envelope, HEADER_BYTES)
  frame.set(new Uint8Array(buffer, byteOffset, byteLength), HEADER_BYTES + envelope.length)
  return frame
}

/**
 * Decodes the text and the bytes in a binary frame.
 * @returns `undefined` if the frame does not begin with the magic, if the length is 0 or more than the rest of the frame,
 * or if what it delimits is not UTF-8.
 */
export function decodeBinaryEnvelope<Frame extends Uint8Array>(frame: Frame): BinaryEnvelope<Frame> | undefined {
  if (frame.byteLength <= HEADER_BYTES || !isBinaryEnvelope(frame)) return undefined
  const end = HEADER_BYTES + viewOf(frame).getUint32(4)
  if (end === HEADER_BYTES || end > frame.byteLength) return undefined
  const text = decodeText(frame.subarray(HEADER_BYTES, end))
  return text === undefined ? undefined : { text, bytes: frame.subarray(end) as Frame }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark stays, as it does in a text frame: JSON refuses it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

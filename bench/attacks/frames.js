import { constants, deflateRawSync } from 'node:zlib'

export const TEXT = 1
export const BINARY = 2
export const CONTINUATION = 0
export const PING = 9

/** A client's frame (RFC 6455 section 5.2), masked with zeros. */
export function frame(opcode, payload, { fin = true, compressed = false } = {}) {
  const bytes = Buffer.from(payload)
  const first = (fin ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode
  return Buffer.concat([Buffer.from([first]), lengthOf(bytes), Buffer.alloc(4), bytes])
}

/** A whole text message, compressed (RFC 7692). */
export function compressedText(text) {
  const data = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH, level: 9 }).subarray(0, -4)
  return frame(TEXT, data, { compressed: true })
}

/** A binary message that holds an envelope and bytes. @param length what it says of the envelope */
export function binaryEnvelope(text, bytes, length = Buffer.byteLength(text)) {
  const head = Buffer.from('7773680100000000', 'hex')
  head.writeUInt32BE(length, 4)
  return frame(BINARY, Buffer.concat([head, Buffer.from(text), Buffer.alloc(bytes)]))
}

function lengthOf({ length }) {
  if (length < 126) return Buffer.from([0x80 | length])
  const long = Buffer.alloc(length < 65_536 ? 3 : 9)
  long[0] = 0x80 | (length < 65_536 ? 126 : 127)
  if (length < 65_536) long.writeUInt16BE(length, 1)
  else long.writeBigUInt64BE(BigInt(length), 1)
  return long
}

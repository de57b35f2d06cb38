import { STAMP, writeStamp } from './stamp.js'

export const TEXT = 0x81
export const COMPRESSED_TEXT = 0xc1
export const PONG = 0x8a

// Any mask but zero, which some servers take a short cut for.
const MASK = Buffer.from([0x3a, 0xc5, 0x96, 0x69])

/** A masked frame, as clients have to send it (RFC 6455 section 5.3). */
export function maskedFrame(first, payload) {
  const { length } = payload
  const head = length < 126 ? 6 : 8
  const bytes = Buffer.allocUnsafe(head + length)
  bytes[0] = first
  bytes[1] = 0x80 | (head === 6 ? length : 126)
  if (head === 8) bytes.writeUInt16BE(length, 2)
  MASK.copy(bytes, head - 4)
  for (let index = 0; index < length; index += 1) bytes[head + index] = payload[index] ^ MASK[index & 3]
  return bytes
}

/** A masked text frame. */
export function maskedText(text) {
  return maskedFrame(TEXT, Buffer.from(text))
}

/** A masked text frame in which only the stamp differs from message to message. */
export class Stencil {
  #frame
  #at
  #phase

  /** @param text the message, with anything where its stamp will be; @param offset where that is */
  constructor(text, offset) {
    this.#frame = maskedText(text)
    this.#at = this.#frame.length - text.length + offset
    this.#phase = offset
  }

  /** The frames of `count` messages in one buffer. */
  make(sender, number, count = 1) {
    const { length } = this.#frame
    const bytes = Buffer.allocUnsafe(length * count)
    for (let index = 0; index < count; index += 1) {
      this.#frame.copy(bytes, index * length)
      const stamp = { sender, number: number + index, mask: MASK, phase: this.#phase }
      writeStamp(bytes, index * length + this.#at, stamp)
    }
    return bytes
  }
}

/** A stamp and as much filler as makes a message of this size. */
export function stampedText(size) {
  return `${'0'.repeat(STAMP)} ${'The quick brown fox jumps over the lazy dog. '.repeat(30)}`.slice(0, size)
}

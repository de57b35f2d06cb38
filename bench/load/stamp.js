/*
 * Every message carries who sent it and its number among those of that sender: 3 + 5 characters of 5 bits each, which are
 * the same in text, in JSON and in a masked frame, and cost a few additions to read.
 */

export const STAMP = 8
const ZERO = 48

/** Writes a stamp with some mask over it. */
export function writeStamp(bytes, at, { sender, number, mask, phase }) {
  for (let index = 0; index < STAMP; index += 1) {
    const value = index < 3 ? sender >> (5 * (2 - index)) : number >> (5 * (7 - index))
    bytes[at + index] = (ZERO + (value & 31)) ^ mask[(phase + index) & 3]
  }
}

export function readSender(bytes, at) {
  return ((bytes[at] - ZERO) << 10) | ((bytes[at + 1] - ZERO) << 5) | (bytes[at + 2] - ZERO)
}

export function readNumber(bytes, at) {
  const high = ((bytes[at + 3] - ZERO) << 20) | ((bytes[at + 4] - ZERO) << 15) | ((bytes[at + 5] - ZERO) << 10)
  return high | ((bytes[at + 6] - ZERO) << 5) | (bytes[at + 7] - ZERO)
}

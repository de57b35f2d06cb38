/**
 * The four encoded lengths of RFC 3629 section 4: the range of the first byte, the range of the second byte, and the
 * number of further bytes.
 */
const SEQUENCES: readonly (readonly [first: number, last: number, low: number, high: number, more: number])[] = [
  [0xc2, 0xdf, 0x80, 0xbf, 0],
  [0xe0, 0xe0, 0xa0, 0xbf, 1],
  [0xe1, 0xec, 0x80, 0xbf, 1],
  [0xed, 0xed, 0x80, 0x9f, 1],
  [0xee, 0xef, 0x80, 0xbf, 1],
  [0xf0, 0xf0, 0x90, 0xbf, 2],
  [0xf1, 0xf3, 0x80, 0xbf, 2],
  [0xf4, 0xf4, 0x80, 0x8f, 2],
]

/** Whether bytes are UTF-8, by the grammar of RFC 3629 and without a decoder. */
export function isText(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length) {
    const length = (bytes[at] ?? 0) < 0x80 ? 1 : lengthOf(bytes, at)
    if (length === 0) return false
    at += length
  }
  return true
}

/** The length of the non-ASCII character that begins here, in bytes; 0 if there is none. */
function lengthOf(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, ...rest] = bytes.subarray(at, at + 4)
  const sequence = SEQUENCES.find(([low, high]) => first >= low && first <= high)
  if (!sequence) return 0
  const [, , low, high, more] = sequence
  if (second < low || second > high) return 0
  const tail = rest.slice(0, more)
  return tail.length === more && tail.every((byte) => byte >= 0x80 && byte <= 0xbf) ? 2 + more : 0
}

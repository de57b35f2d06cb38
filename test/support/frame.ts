import { randomBytes } from 'node:crypto'

/** A frame of RFC 6455 section 5.2 as a server sends it. */
export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

export const CONTINUATION = 0
export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
/** Marks a compressed message (RFC 7692 section 6). */
export const RSV1 = 0x40

/** How a client's frame differs from a final and uncompressed one. */
export interface FrameParts {
  readonly unfinished?: boolean
  readonly compressed?: boolean
}

/** The bytes of a client's frame: masked, as section 5.3 asks of clients, and final unless the parts say otherwise. */
export function frame(payload: string | Buffer, opcode = TEXT, parts: FrameParts = {}): Buffer {
  const data = Buffer.from(payload)
  const mask = randomBytes(4)
  const masked = data.map((byte, index) => byte ^ (mask[index % 4] as number))
  const first = (parts.unfinished ? 0 : 0x80) | (parts.compressed ? RSV1 : 0) | opcode
  return Buffer.concat([lengthOf(data.length, first), mask, masked])
}

function lengthOf(length: number, first: number): Buffer {
  if (length < 126) return Buffer.from([first, 0x80 | length])
  const head = Buffer.alloc(length < 65_536 ? 4 : 10)
  head[0] = first
  head[1] = 0x80 | (length < 65_536 ? 126 : 127)
  if (length < 65_536) head.writeUInt16BE(length, 2)
  else head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

/** Takes one whole frame off the front of what a server has sent. @returns how many bytes it had */
export function decode(bytes: Buffer): { readonly frame: Frame; readonly size: number } | undefined {
  if (bytes.length < 2) return undefined
  const [first, second] = bytes as unknown as [number, number]
  const extra = second === 127 ? 8 : second === 126 ? 2 : 0
  if (bytes.length < 2 + extra) return undefined
  const length = extra === 8 ? Number(bytes.readBigUInt64BE(2)) : extra === 2 ? bytes.readUInt16BE(2) : second
  const size = 2 + extra + length
  if (bytes.length < size) return undefined
  return { frame: { opcode: first & 15, payload: bytes.subarray(2 + extra, size) }, size }
}

import { randomBytes } from 'node:crypto'
import { bytesOf, RSV1, TEXT } from './client-frame.js'

/** A frame of a server (RFC 6455 section 5.2). */
export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

/** How a client's frame differs from a final and uncompressed one. */
export interface FrameParts {
  readonly unfinished?: boolean
  readonly compressed?: boolean
}

/** The bytes of a client's frame: masked, as section 5.3 requires, and final by default. */
export function frame(payload: string | Buffer, opcode = TEXT, parts: FrameParts = {}): Buffer {
  const rsv = parts.compressed ? RSV1 : 0
  return bytesOf({ opcode, payload, fin: !parts.unfinished, rsv, mask: randomBytes(4) })
}

/** Parses the first complete frame of what a server has sent. @returns the frame and its number of bytes */
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

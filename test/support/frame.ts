import { randomBytes } from 'node:crypto'

/** A frame of RFC 6455 section 5.2 as a server sends it. */
export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

export const TEXT = 1
export const CLOSE = 8

/** The bytes of a client's frame: final, and masked as section 5.3 asks of clients. */
export function frame(payload: string | Buffer, opcode = TEXT): Buffer {
  const data = Buffer.from(payload)
  const mask = randomBytes(4)
  const masked = data.map((byte, index) => byte ^ (mask[index % 4] as number))
  return Buffer.concat([lengthOf(data.length, 0x80 | opcode), mask, masked])
}

function lengthOf(length: number, first: number): Buffer {
  if (length < 126) return Buffer.from([first, 0x80 | length])
  const head = Buffer.alloc(4)
  head[0] = first
  head[1] = 0x80 | 126
  head.writeUInt16BE(length, 2)
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

/** The opcodes of RFC 6455 section 5.2. */
export const CONTINUATION = 0x0
export const TEXT = 0x1
export const BINARY = 0x2
export const CLOSE = 0x8
export const PING = 0x9
export const PONG = 0xa

/** The reserved bits of `FrameParts.rsv`. */
export const RSV1 = 4
export const RSV2 = 2
export const RSV3 = 1

/** The number of bits of the length field. */
export type LengthForm = 7 | 16 | 64

/** A client's frame, complete and valid by default. */
export interface FrameParts {
  readonly opcode: number
  readonly payload?: string | Uint8Array
  /** @default true */
  readonly fin?: boolean
  /** RSV1 is 4, RSV2 is 2, RSV3 is 1. @default 0 */
  readonly rsv?: number
  /** Four bytes; `null` sends the payload as it is and leaves the mask bit clear. */
  readonly mask?: Uint8Array | null
  /** @default the shortest form for the length */
  readonly form?: LengthForm
  /** The length in the head. @default the real length */
  readonly length?: bigint
}

const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d)

/** The bytes of a frame (RFC 6455 section 5.2). */
export function bytesOf({ opcode, payload = '', fin = true, rsv = 0, mask = MASK, ...size }: FrameParts): Buffer {
  const data = Buffer.from(payload as string)
  const length = size.length ?? BigInt(data.length)
  const form = size.form ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64)
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const head = [Uint8Array.of(first), lengthOf(length, form, mask ? 0x80 : 0)]
  return Buffer.concat(mask ? [...head, mask, data.map((byte, at) => byte ^ (mask[at % 4] ?? 0))] : [...head, data])
}

function lengthOf(length: bigint, form: LengthForm, masked: number): Buffer {
  if (form === 7) return Buffer.of(masked | Number(length & 127n))
  const bytes = Buffer.alloc(form === 16 ? 3 : 9)
  bytes[0] = masked | (form === 16 ? 126 : 127)
  if (form === 16) bytes.writeUInt16BE(Number(length & 0xffffn), 1)
  else bytes.writeBigUInt64BE(length, 1)
  return bytes
}

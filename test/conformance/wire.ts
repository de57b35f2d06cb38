import { constants, deflateRawSync } from 'node:zlib'
import { bytesOf, CLOSE, CONTINUATION, type FrameParts, TEXT } from '../support/client-frame.js'

/** A message in one frame. */
export function text(payload: string | Uint8Array, parts: Partial<FrameParts> = {}): Buffer {
  return bytesOf({ opcode: TEXT, payload, ...parts })
}

/** A message with one frame for each piece (RFC 6455 section 5.4). */
export function fragments(opcode: number, pieces: readonly (string | Uint8Array)[], rsv = 0): Buffer[] {
  return pieces.map((payload, at) =>
    bytesOf({
      opcode: at === 0 ? opcode : CONTINUATION,
      payload,
      fin: at === pieces.length - 1,
      rsv: at === 0 ? rsv : 0,
    }),
  )
}

/** The body of a close frame (RFC 6455 section 5.5.1). */
export function closeBody(code: number, reason: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(code)
  return Buffer.concat([bytes, Buffer.from(reason as string)])
}

/** A close frame. */
export function close(code: number, reason: string | Uint8Array = ''): Buffer {
  return bytesOf({ opcode: CLOSE, payload: closeBody(code, reason) })
}

/** The payload of a compressed message (RFC 7692 section 7.2.1). */
export function deflated(data: string | Uint8Array, windowBits = 15): Buffer {
  return deflateRawSync(data, { windowBits, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
}

/** A frame that the server has sent. */
export interface ServerFrame {
  readonly opcode: number
  readonly fin: boolean
  readonly compressed: boolean
  readonly payload: Buffer
}

/** Reads what a server sends, frame by frame. */
export class Reader {
  #bytes: Buffer = Buffer.alloc(0)

  /** The number of bytes of an incomplete frame. */
  get rest(): number {
    return this.#bytes.length
  }

  /** @throws Error at the first frame that a server may not send */
  read(chunk: Buffer): ServerFrame[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const frames: ServerFrame[] = []
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): ServerFrame | undefined {
    const bytes = this.#bytes
    if (bytes.length < 2) return undefined
    const [first = 0, second = 0] = bytes
    const offset = second === 127 ? 10 : second === 126 ? 4 : 2
    if ((first & 0x30) !== 0 || second > 127) throw new Error(`no server may send ${bytes.toString('hex', 0, 2)}`)
    if (bytes.length < offset) return undefined
    const length = offset === 10 ? Number(bytes.readBigUInt64BE(2)) : offset === 4 ? bytes.readUInt16BE(2) : second
    if ((offset === 4 && length < 126) || (offset === 10 && length < 65_536))
      throw new Error(`a length of ${length} does not take so many bytes (RFC 6455 section 5.2)`)
    if (bytes.length < offset + length) return undefined
    this.#bytes = bytes.subarray(offset + length)
    const payload = bytes.subarray(offset, offset + length)
    return { opcode: first & 15, fin: first >= 0x80, compressed: (first & 0x40) !== 0, payload }
  }
}

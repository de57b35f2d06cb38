import { isUtf8 } from 'node:buffer'
import { isAnyArrayBuffer } from 'node:util/types'
import { constants, deflateRawSync } from 'node:zlib'

import { isBinaryEnvelope } from '../protocol/index.js'

const FIN = 0x80
const RSV1 = 0x40
const TEXT_OPCODE = 0x1
const BINARY_OPCODE = 0x2

/** How a hub compresses what it sends. */
export interface Compression {
  /** Messages of fewer bytes go out as they are. */
  readonly threshold: number
  /** zlib's level, 0 to 9. */
  readonly level: number
}

/**
 * One message on its way to any number of connections. It is framed on first use and once for all of them, and
 * compressed once where connections agreed on it.
 */
export class Frame {
  readonly #opcode: number
  readonly #payload: string | Uint8Array
  readonly #compression: Compression | undefined
  #plain: Buffer | undefined
  #deflated: Buffer | undefined

  /** A frame that another server made, unmasked and uncompressed; `undefined` if it is none. */
  static received(bytes: Buffer, compression?: Compression): Frame | undefined {
    const opcode = bytes[0] === undefined ? 0 : bytes[0] ^ FIN
    const payload = framePayloadOf(bytes)
    if (!payload || (opcode !== TEXT_OPCODE && opcode !== BINARY_OPCODE)) return undefined
    if (opcode === TEXT_OPCODE && !isUtf8(payload)) return undefined
    const received = new Frame(opcode === TEXT_OPCODE ? payload.toString() : payload, compression)
    received.#plain = bytes
    return received
  }

  /** @throws TypeError if the payload is neither text nor bytes */
  constructor(payload: string | Uint8Array, compression?: Compression) {
    this.#opcode = typeof payload === 'string' ? TEXT_OPCODE : BINARY_OPCODE
    this.#payload = typeof payload === 'string' ? payload : bytesOf(payload)
    this.#compression = compression
  }

  /** A text, or bytes. */
  get payload(): string | Uint8Array {
    return this.#payload
  }

  /** The bytes for a connection; `compressed` says whether it negotiated permessage-deflate. */
  bytes(compressed: boolean): Buffer {
    if (compressed && this.#compression) return (this.#deflated ??= this.#deflate(this.#compression))
    return (this.#plain ??= encodeFrame(FIN | this.#opcode, this.#payload))
  }

  #deflate({ threshold, level }: Compression): Buffer {
    const plain = typeof this.#payload === 'string' ? Buffer.from(this.#payload) : this.#payload
    if (plain.byteLength < threshold) return (this.#plain ??= encodeFrame(FIN | this.#opcode, plain))
    const data = deflateRawSync(plain, { level, finishFlush: constants.Z_SYNC_FLUSH })
    // RFC 7692 section 7.2.1: the empty block that a sync flush ends with stays at home.
    return encodeFrame(FIN | RSV1 | this.#opcode, data.subarray(0, -4))
  }
}

/** @throws TypeError if a hub with a router sends bytes that begin as an envelope in a binary frame does */
export function assertRaw(bytes: Uint8Array, typed: boolean): void {
  if (typed && ArrayBuffer.isView(bytes) && isBinaryEnvelope(bytes)) {
    throw new TypeError('Bytes that begin with 77 73 68 01 can not be sent raw: clients take them for an envelope.')
  }
}

/** A copy of bytes. What holds none is returned as it is. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return ArrayBuffer.isView(bytes) ? Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) : bytes
}

// Callers without types send typed arrays of all kinds, and worse: only what holds bytes may be copied into a frame.
function bytesOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  if (ArrayBuffer.isView(payload)) return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength)
  if (isAnyArrayBuffer(payload)) return new Uint8Array(payload)
  throw new TypeError(`A message must be a string or bytes, not ${payload === null ? 'null' : typeof payload}.`)
}

/** One unmasked frame (RFC 6455 section 5.2): header and payload in one buffer, hence in one write. */
export function encodeFrame(firstByte: number, payload: string | Uint8Array): Buffer {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength
  const offset = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const buffer = Buffer.allocUnsafe(offset + length)
  buffer[0] = firstByte
  if (offset === 2) {
    buffer[1] = length
  } else if (offset === 4) {
    buffer[1] = 126
    buffer.writeUInt16BE(length, 2)
  } else {
    buffer[1] = 127
    buffer.writeUIntBE(0, 2, 2)
    buffer.writeUIntBE(length, 4, 6)
  }
  // A text of as many bytes as characters is ASCII, which needs no encoder.
  if (typeof payload === 'string') buffer.write(payload, offset, length === payload.length ? 'latin1' : 'utf8')
  else buffer.set(payload, offset)
  return buffer
}

/**
 * The payload of a whole unmasked frame, or `undefined` if the lengths do not agree or a shorter form of the length would
 * do: RFC 6455 section 5.2 requires the shortest, and clients close for others.
 */
function framePayloadOf(bytes: Buffer): Buffer | undefined {
  const short = bytes[1] ?? 255
  const offset = short < 126 ? 2 : short === 126 ? 4 : short === 127 ? 10 : Infinity
  if (bytes.length < offset) return undefined
  const length = offset === 2 ? short : offset === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (offset > 2 && length < (offset === 4 ? 126 : 65_536)) return undefined
  return bytes.length === offset + length ? bytes.subarray(offset) : undefined
}

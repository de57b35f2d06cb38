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
 * One message on its way to any number of connections. It is framed on first use, once for all of them, and compressed once
 * for all that negotiated compression.
 */
export class Frame {
  readonly #opcode: number
  readonly #payload: string | Uint8Array
  readonly #compression: Compression | undefined
  /** Bytes of a text in UTF-8, once they are counted. */
  #length = -1
  #plain: Buffer | undefined
  #deflated: Buffer | undefined

  /** Reads an unmasked, uncompressed frame from another server; `undefined` if the bytes are no such frame. */
  static received(bytes: Buffer, compression?: Compression): Frame | undefined {
    const opcode = (bytes[0] ?? 0) ^ FIN
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

  /** The length of what {@link bytes} returns. A text that is not compressed is not framed to find it out. */
  size(compressed: boolean): number {
    const length = this.#textLength(compressed)
    return length < 0 ? this.bytes(compressed).length : headLength(length) + length
  }

  /** Copies what {@link bytes} returns into a buffer. A text that was not framed before is framed there, without a buffer of its own. */
  copyTo(target: Buffer, at: number, compressed: boolean): void {
    const payload = this.#payload
    const length = this.#textLength(compressed)
    if (typeof payload !== 'string' || length < 0) target.set(this.bytes(compressed), at)
    else {
      target[at] = FIN | TEXT_OPCODE
      target.write(payload, writeLength(target, at + 1, length), encodingOf(payload, length))
    }
  }

  /** Bytes of the payload in UTF-8; −1 if it is no text, was framed before, or may be compressed. */
  #textLength(compressed: boolean): number {
    if (typeof this.#payload !== 'string' || this.#plain || (compressed && this.#compression)) return -1
    if (this.#length < 0) this.#length = Buffer.byteLength(this.#payload)
    return this.#length
  }

  #deflate({ threshold, level }: Compression): Buffer {
    if (Buffer.byteLength(this.#payload) < threshold) return this.bytes(false)
    const data = deflateRawSync(this.#payload, { level, finishFlush: constants.Z_SYNC_FLUSH })
    // RFC 7692 section 7.2.1: the empty block at the end of a sync flush is not sent.
    return encodeFrame(FIN | RSV1 | this.#opcode, data.subarray(0, -4))
  }
}

/** @throws TypeError if the hub has a router and the bytes begin like an envelope with bytes */
export function assertRaw(bytes: Uint8Array, typed: boolean): void {
  if (typed && ArrayBuffer.isView(bytes) && isBinaryEnvelope(bytes)) {
    throw new TypeError('Bytes that begin with 77 73 68 01 can not be sent raw: clients take them for an envelope.')
  }
}

/** A copy of bytes. @throws TypeError if the value holds none */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytesOf(bytes))
}

// Callers without types pass typed arrays of all kinds and other values. Only values that hold bytes may be copied into a frame.
function bytesOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  if (ArrayBuffer.isView(payload)) return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength)
  if (isAnyArrayBuffer(payload)) return new Uint8Array(payload)
  throw new TypeError(`A message must be a string or bytes, not ${payload === null ? 'null' : typeof payload}.`)
}

/** One unmasked frame (RFC 6455 section 5.2): header and payload in one buffer, hence in one write. */
export function encodeFrame(firstByte: number, payload: string | Uint8Array): Buffer {
  const isText = typeof payload === 'string'
  const length = isText ? Buffer.byteLength(payload) : payload.byteLength
  const buffer = Buffer.allocUnsafe(headLength(length) + length)
  buffer[0] = firstByte
  const at = writeLength(buffer, 1, length)
  if (isText) buffer.write(payload, at, encodingOf(payload, length))
  else buffer.set(payload, at)
  return buffer
}

function headLength(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10
}

/** Writes a length in its shortest form. @returns where the payload begins */
function writeLength(target: Buffer, at: number, length: number): number {
  if (length < 126) {
    target[at] = length
    return at + 1
  }
  if (length < 65_536) {
    target[at] = 126
    return target.writeUInt16BE(length, at + 1)
  }
  target[at] = 127
  return target.writeUIntBE(length, target.writeUIntBE(0, at + 1, 2), 6)
}

/** A text with as many bytes as characters is ASCII, which Latin-1 writes fastest. */
function encodingOf(text: string, bytes: number): 'latin1' | 'utf8' {
  return text.length === bytes ? 'latin1' : 'utf8'
}

/**
 * The payload of a whole unmasked frame; `undefined` if its length is wrong or not in the shortest form. RFC 6455 section 5.2
 * requires the shortest form, and clients close the connection for any other.
 */
function framePayloadOf(bytes: Buffer): Buffer | undefined {
  const short = bytes[1] ?? 255
  const offset = short < 126 ? 2 : short === 126 ? 4 : short === 127 ? 10 : Infinity
  if (bytes.length < offset) return undefined
  const length = offset === 2 ? short : offset === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (offset > 2 && length < (offset === 4 ? 126 : 65_536)) return undefined
  return bytes.length === offset + length ? bytes.subarray(offset) : undefined
}

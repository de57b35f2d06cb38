import { constants, inflateRawSync } from 'node:zlib'
import { closes, CLOSES_WITHOUT_CODE, type Ending, fails, STAYS_OPEN, type Verdict } from '../conformance/verdict.js'
import { isText } from './utf8.js'

/** What the server has agreed to in the handshake. */
export interface Terms {
  /** Whether permessage-deflate is in use. */
  readonly compressed: boolean
  /** The window that the client promised, in bits. */
  readonly windowBits: number
  /** Bytes of the largest message. */
  readonly limit: number
  /** The most fragments of a message. */
  readonly parts: number
}

/** The prediction. `certain` is false if RFC 7692 and zlib leave the message undefined. */
export interface Prediction extends Verdict {
  readonly certain: boolean
}

/** A frame, possibly incomplete. */
interface Head {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
  readonly short: number
}

const CONTINUATION = 0
const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10
/** The bytes that a client omits at the end of a message (RFC 7692 section 7.2.1). */
const TAIL = Buffer.of(0, 0, 0xff, 0xff)

/** Thrown to end the reading: later bytes are ignored. */
class ReadingEnded extends Error {
  readonly ending: Ending

  constructor(ending: Ending) {
    super('over')
    this.ending = ending
  }
}

/** Predicts the outcome of bytes that follow a handshake. */
export function predict(bytes: Buffer, terms: Terms): Prediction {
  const oracle = new Oracle(bytes, terms)
  return oracle.predict()
}

/** RFC 6455 sections 5 to 8, applied once from the first byte to the last. */
class Oracle {
  readonly #bytes: Buffer
  readonly #terms: Terms
  readonly #messages: (string | Buffer)[] = []
  readonly #pongs: Buffer[] = []
  #at = 0
  #certain = true
  /** The incomplete message. */
  #opcode = 0
  #packed = false
  #parts: Buffer[] = []
  #size = 0

  constructor(bytes: Buffer, terms: Terms) {
    this.#bytes = bytes
    this.#terms = terms
  }

  predict(): Prediction {
    return { ...this.#read(), messages: this.#messages, pongs: this.#pongs, certain: this.#certain }
  }

  #read(): Ending {
    try {
      while (this.#frame());
      return STAYS_OPEN
    } catch (over) {
      if (over instanceof ReadingEnded) return over.ending
      throw over
    }
  }

  /** @returns false if the bytes end inside this frame */
  #frame(): boolean {
    const start = this.#take(2)
    if (!start) return false
    const [first = 0, second = 0] = start
    const masked = second >= 0x80
    const head = { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, masked, short: second & 127 }
    this.#checkHead(head)
    const length = this.#length(head.short)
    if (length === undefined) return false
    if (head.opcode < CLOSE) this.#checkSize(length)
    const mask = this.#take(4)
    const masking = mask && this.#take(Number(length))
    if (!mask || !masking) return false
    const payload = Buffer.from(masking.map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
    if (head.opcode >= CLOSE) this.#control(head.opcode, payload)
    else this.#data(head, payload)
    return true
  }

  #checkHead({ fin, rsv, opcode, masked, short }: Head): void {
    const open = this.#opcode !== 0
    const known = opcode <= 2 || (opcode >= CLOSE && opcode <= PONG)
    const mayCompress = this.#terms.compressed && (opcode === 1 || opcode === 2)
    const wrong =
      !masked ||
      !known ||
      (rsv & 3) !== 0 ||
      (rsv === 4 && !mayCompress) ||
      (opcode >= CLOSE && (!fin || short > 125)) ||
      (opcode === CLOSE && short === 1) ||
      (opcode === CONTINUATION && !open) ||
      ((opcode === 1 || opcode === 2) && open)
    if (wrong) throw new ReadingEnded(fails(1002))
  }

  #length(short: number): bigint | undefined {
    if (short < 126) return BigInt(short)
    const bytes = this.#take(short === 126 ? 2 : 8)
    return bytes && BigInt(`0x${bytes.toString('hex')}`)
  }

  // The head of a frame shows whether it is too large.
  #checkSize(length: bigint): void {
    if (BigInt(this.#size) + length > BigInt(this.#terms.limit)) throw new ReadingEnded(fails(1009))
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === PING) this.#pongs.push(payload)
    if (opcode !== CLOSE) return
    if (payload.length === 0) throw new ReadingEnded(CLOSES_WITHOUT_CODE)
    const code = payload.readUInt16BE()
    const reason = payload.subarray(2)
    if (!mayBeSent(code)) throw new ReadingEnded(fails(1002))
    throw new ReadingEnded(isText(reason) ? closes(code, reason.toString()) : fails(1007))
  }

  #data({ fin, rsv, opcode }: Head, payload: Buffer): void {
    if (opcode !== CONTINUATION) {
      this.#opcode = opcode
      this.#packed = rsv === 4
    }
    this.#parts.push(payload)
    this.#size += payload.length
    if (this.#parts.length > this.#terms.parts) throw new ReadingEnded(fails(1008))
    const inflated = this.#packed ? this.#inflate(fin) : undefined
    if (fin) this.#finish(inflated ?? Buffer.concat(this.#parts))
  }

  #finish(message: Buffer): void {
    if (this.#opcode !== TEXT) this.#messages.push(message)
    else if (isText(message)) this.#messages.push(message.toString())
    else throw new ReadingEnded(fails(1007))
    this.#opcode = this.#size = 0
    this.#parts = []
  }

  // A bomb or malformed data fails at the fragment that shows it; the omitted tail is appended to the last fragment.
  #inflate(fin: boolean): Buffer {
    const data = Buffer.concat(this.#parts)
    const { buffer, read } = this.#unpack(data)
    const whole = fin ? this.#unpack(Buffer.concat([data, TAIL])).buffer : buffer
    // zlib stops at a block with BFINAL. If more than an empty block follows, the result is undefined.
    const behind = data.subarray(read)
    if (behind.length > 1 || (behind[0] ?? 0) !== 0) this.#certain = false
    return whole
  }

  // zlib does the DEFLATE itself.
  #unpack(data: Buffer): { readonly buffer: Buffer; readonly read: number } {
    const { windowBits, limit } = this.#terms
    const options = { windowBits, finishFlush: constants.Z_SYNC_FLUSH, info: true }
    try {
      const whole = inflateRawSync(data, { ...options, maxOutputLength: limit }) as unknown as Unpacked
      return { buffer: whole.buffer, read: whole.engine.bytesWritten }
    } catch (error) {
      if (isTooLarge(error)) throw new ReadingEnded(fails(1009))
      // If data is too large and malformed, the chunk size of zlib decides which of the two is found first.
      this.#certain &&= !isTooLarge(
        attempt(() => inflateRawSync(data, { ...options, maxOutputLength: limit, chunkSize: 64 })),
      )
      throw new ReadingEnded(fails(1007))
    }
  }

  #take(count: number): Buffer | undefined {
    if (this.#bytes.length - this.#at < count) return undefined
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }
}

interface Unpacked {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_BUFFER_TOO_LARGE'
}

/** The error that an action throws. */
function attempt(action: () => unknown): unknown {
  try {
    action()
    return undefined
  } catch (error) {
    return error
  }
}

/** RFC 6455 section 7.4 and the codes that IANA has registered since. */
function mayBeSent(code: number): boolean {
  if (code >= 3000) return code <= 4999
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
}

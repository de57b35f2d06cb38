import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { constants, inflateRawSync } from 'node:zlib'
import { handshake } from '../support/request.js'
import type { Mode, Trace, Target } from './target.js'
import type { Verdict } from './verdict.js'
import { BINARY, CLOSE, PONG, TEXT } from '../support/client-frame.js'
import { type ServerFrame, Reader } from './wire.js'

/** What a client sends after its handshake, and how. */
export interface Stream {
  readonly mode: Mode
  /** The value of `Sec-WebSocket-Extensions`. */
  readonly offer?: string | undefined
  /** The bytes, in the pieces in which they are sent. */
  readonly pieces: readonly Buffer[]
  /** Whether the first piece is sent in the packet of the handshake. */
  readonly early?: boolean
}

const HEAD_END = '\r\n\r\n'
let count = 0

/**
 * Sends a stream to a target and compares the outcome with the expected one. Without an expected outcome the connection
 * only has to end.
 * @param timeout milliseconds that each step may take
 * @returns a description of the differences; `undefined` if there are none
 */
export async function play(
  target: Target,
  stream: Stream,
  verdict: Verdict | undefined,
  timeout = 10_000,
): Promise<string | undefined> {
  const id = String((count += 1))
  const trace = target.follow(id)
  const player = new Player(target.port, trace)
  try {
    await player.play(`/${stream.mode}?${id}`, stream, { verdict, timeout })
    return verdict && player.compare(verdict)
  } catch (error) {
    const difference = verdict && player.compare(verdict)
    return `${error instanceof Error ? error.message : String(error)}; ${difference ?? 'all else as expected'}`
  } finally {
    player.leave()
    target.forget(id)
  }
}

class Player {
  readonly #socket: Socket
  readonly #trace: Trace
  readonly #reader = new Reader()
  readonly #echoes: (string | Buffer)[] = []
  readonly #pongs: Buffer[] = []
  #head = ''
  #closeFrame: Buffer | undefined
  #ended = false
  #lost: Error | undefined
  #wake: () => void = () => {}

  constructor(port: number, trace: Trace) {
    this.#trace = trace
    trace.wake = () => this.#wake()
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    this.#socket
      .on('data', (chunk) => this.#guard(() => this.#read(chunk)))
      .on('end', () => this.#guard(() => (this.#ended = true)))
      .on('error', (error) => this.#guard(() => (this.#lost = error)))
  }

  async play(
    path: string,
    { pieces, offer, early = false }: Stream,
    { verdict, timeout }: { readonly verdict: Verdict | undefined; readonly timeout: number },
  ): Promise<void> {
    const request = Buffer.from(handshake(path, { fields: { 'Sec-WebSocket-Extensions': offer ?? null } }), 'latin1')
    const [first = Buffer.alloc(0), ...rest] = early ? pieces : [Buffer.alloc(0), ...pieces]
    this.#socket.write(Buffer.concat([request, first]))
    await this.#until(() => this.#head.includes(HEAD_END), timeout, 'an answer to the handshake')
    if (!this.#head.startsWith('HTTP/1.1 101 ')) throw new Error(`the handshake got ${this.#head.slice(0, 300)}`)
    for (const piece of rest) {
      this.#socket.write(piece)
      await setImmediate()
    }
    if (verdict?.closeFrame) await this.#until(() => this.#ended, timeout, 'a close frame and the end of the stream')
    else if (verdict) await this.#until(() => this.#caughtUp(verdict), timeout, 'every message and pong')
    this.#socket.end()
    await this.#until(() => this.#ended && this.#trace.closure !== undefined, timeout, 'the end of the connection')
  }

  /** @returns a description of the differences */
  compare(verdict: Verdict): string | undefined {
    const found: { readonly [Part in string]: readonly [expected: unknown, seen: unknown] } = {
      messages: [verdict.messages, this.#trace.messages],
      echoes: [verdict.messages, this.#echoes],
      pongs: [verdict.pongs, this.#pongs],
      'close frame': [verdict.closeFrame, this.#closeFrame],
      closure: [verdict.closure, this.#trace.closure],
      failures: [verdict.failures, this.#trace.failures.length],
      'unfinished frame': [0, this.#reader.rest],
      'TCP error': [undefined, this.#lost?.message],
    }
    const wrong = Object.entries(found).filter(([, [expected, seen]]) => !isDeepStrictEqual(expected, seen))
    if (wrong.length === 0) return undefined
    return wrong.map(([part, [expected, seen]]) => `${part}: expected ${show(expected)}, got ${show(seen)}`).join('; ')
  }

  leave(): void {
    this.#trace.wake = () => {}
    this.#socket.destroy()
  }

  #caughtUp({ messages, pongs }: Verdict): boolean {
    if (this.#ended) return true
    return this.#echoes.length >= messages.length && this.#pongs.length >= pongs.length
  }

  #guard(step: () => unknown): void {
    try {
      step()
    } catch (error) {
      this.#lost ??= error as Error
    }
    this.#wake()
  }

  #read(chunk: Buffer): void {
    if (this.#head.includes(HEAD_END)) return this.#take(chunk)
    this.#head += chunk.toString('latin1')
    const end = this.#head.indexOf(HEAD_END)
    if (end < 0) return
    const frames = Buffer.from(this.#head.slice(end + HEAD_END.length), 'latin1')
    this.#head = this.#head.slice(0, end + HEAD_END.length)
    if (this.#head.startsWith('HTTP/1.1 101 ')) this.#take(frames)
  }

  #take(chunk: Buffer): void {
    for (const frame of this.#reader.read(chunk)) {
      if (this.#closeFrame) throw new Error('a frame after the close frame (RFC 6455 section 5.5.1)')
      this.#sort(frame)
    }
  }

  #sort({ opcode, fin, compressed, payload }: ServerFrame): void {
    if (!fin || (compressed && opcode > BINARY)) throw new Error('a frame that the server has no reason to send')
    const data = compressed ? inflate(payload) : payload
    if (opcode === TEXT) this.#echoes.push(data.toString())
    else if (opcode === BINARY) this.#echoes.push(data)
    else if (opcode === PONG) this.#pongs.push(data)
    else if (opcode === CLOSE) this.#closeFrame = data
    else throw new Error(`a frame with the opcode ${opcode}`)
  }

  async #until(condition: () => boolean, timeout: number, what: string): Promise<void> {
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.#wake()
    }, timeout)
    try {
      while (!condition()) {
        if (this.#lost) throw this.#lost
        if (late) throw new Error(`${what} did not come within ${timeout} ms`)
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

function inflate(payload: Buffer): Buffer {
  const whole = Buffer.concat([payload, Buffer.of(0, 0, 0xff, 0xff)])
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH })
}

/** A short text of a value, without control characters. */
function show(value: unknown): string {
  if (Buffer.isBuffer(value))
    return value.length > 200 ? `${value.length} bytes ${digest(value)}` : `<${value.toString('hex')}>`
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`
  if (typeof value === 'string' && value.length > 200) return `${value.length} characters ${digest(Buffer.from(value))}`
  return JSON.stringify(value) ?? 'nothing'
}

// A hash (FNV-1a) shows that two long values differ.
function digest(bytes: Buffer): string {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16)
}

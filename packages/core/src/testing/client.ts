import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import type WebSocket from 'ws'
import type { RawData } from 'ws'
import { kindOf } from '../util/option-rules.js'
import { HubError } from '../errors.js'
import { Mailbox } from './mailbox.js'
import { realDelay } from './real-timers.js'
import {
  decodeBinaryEnvelope,
  decodeEnvelope,
  encodeBinaryEnvelope,
  encodeEnvelope,
  type Envelope,
  type ErrorPayload,
  isAnswer,
  WithBytes,
} from '../protocol/index.js'

/** A handshake with an answer other than 101. */
export class HandshakeRefused extends Error {
  /** The HTTP status of the answer. */
  readonly status: number
  /** Its header fields, by lower-case name. */
  readonly headers: IncomingHttpHeaders
  /** Its body as text. */
  readonly body: string

  constructor({ statusCode = 0, headers }: IncomingMessage, body: string) {
    super(`expected 101, got ${statusCode} ${body.slice(0, 500)}`.trim())
    this.name = 'HandshakeRefused'
    this.status = statusCode
    this.headers = headers
    this.body = body
  }
}

/** A typed message, with the bytes beside it if it came in a binary frame. */
export interface ReceivedEnvelope extends Envelope {
  readonly bytes?: Buffer
}

/** A message for a test: typed messages as objects, other text as a string, bytes as a buffer. */
export type Received = ReceivedEnvelope | string | Buffer

/** How a client sends a typed message. */
export interface SendOptions {
  /** Bytes beside the payload, in one binary frame. */
  readonly bytes?: Uint8Array | undefined
}

/** A WebSocket client for tests. It buffers messages and waits for those that have not arrived. */
export class TestClient {
  /** Resolves when the connection has closed, with the server's code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** The headers of the 101. */
  headers: IncomingHttpHeaders = {}
  readonly #socket: WebSocket
  readonly #mailbox: Mailbox<Received>
  readonly #answers: Mailbox<ReceivedEnvelope>
  readonly #asked = new Set<string>()
  readonly #streams = new Set<string>()
  #count = 0

  /** @internal */
  constructor(socket: WebSocket, timeout: number) {
    this.#socket = socket
    this.#mailbox = new Mailbox(timeout)
    this.#answers = new Mailbox(timeout)
    socket.on('upgrade', ({ headers }) => {
      this.headers = headers
    })
    socket.on('message', (data, binary) => this.#take(data, binary))
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, buffer) => {
        const reason = buffer.toString()
        const why = `the connection has closed (${[code, reason].join(' ').trim()})`
        this.#mailbox.close(why)
        this.#answers.close(why)
        resolve({ code, reason })
      })
    })
  }

  /** The subprotocol that the server selected. */
  get protocol(): string {
    return this.#socket.protocol
  }

  /**
   * The next message that was not read, or the next one of a type; messages of other types stay for later calls.
   * @throws Error if none comes in time, or the connection closes first
   */
  async next(): Promise<Received>
  async next(type: string): Promise<ReceivedEnvelope>
  async next(type?: string): Promise<Received> {
    if (type === undefined) return this.#mailbox.take('a message', () => true)
    if (typeof type !== 'string') throw new TypeError(`next() takes the type of a message, not ${kindOf(type)}.`)
    return this.#mailbox.take(`a message of the type "${type}"`, (one) => typeOf(one) === type)
  }

  /**
   * The next message that a predicate accepts; the others stay for later calls.
   * @throws Error if none comes in time, or the connection closes first; errors of the predicate
   */
  async until(predicate: (message: Received) => boolean): Promise<Received> {
    if (typeof predicate !== 'function') throw new TypeError(`until() takes a function, not ${kindOf(predicate)}.`)
    return this.#mailbox.take('a message that until() accepts', predicate)
  }

  /**
   * Resolves if there is no unread message. Everything that the server sent before the call has arrived by then. Give
   * milliseconds to wait for messages of other servers or timers.
   * @throws Error that shows the first message
   */
  async quiet(ms = 0): Promise<void> {
    if (ms > 0) await realDelay(ms)
    // A pong may overtake messages that wait for the end of the server's turn, so a second one follows after that turn.
    await this.#roundTrip()
    await realDelay(1)
    await this.#roundTrip()
    const [message] = this.#mailbox.waiting
    if (message !== undefined) throw new Error(`expected nothing, got ${inspect(message, { depth: 4 })}`)
  }

  /** Sends a text frame (string) or a binary frame (bytes). */
  send(data: string | Uint8Array): void {
    this.#socket.send(data)
  }

  /** Sends a typed message without an answer. */
  emit(type: string, payload?: unknown, options: SendOptions = {}): void {
    this.#sendTyped(encodeEnvelope(type, payload), options)
  }

  /**
   * Sends a typed message and waits for its answer. A reply with bytes is a `WithBytes`.
   * @throws HubError with the code and the issues of an error reply; Error if none comes in time, or the connection closes first
   */
  async request<Reply = unknown>(type: string, payload?: unknown, options: SendOptions = {}): Promise<Reply> {
    const id = this.#ask(type, payload, options)
    return replyIn(await this.#answers.take(`an answer to "${type}"`, (one) => one.id === id)) as Reply
  }

  /**
   * Sends a typed message, and iterates over the values of its streamed reply. The return value of the iterator is the reply.
   * Ending the loop cancels the request.
   * @throws as {@link request} does
   */
  stream<Value = unknown, Reply = unknown>(
    type: string,
    payload?: unknown,
    options: SendOptions = {},
  ): AsyncGenerator<Value, Reply, undefined> {
    const id = this.#ask(type, payload, options)
    this.#streams.add(id)
    return this.#valuesOf(id, type) as AsyncGenerator<Value, Reply, undefined>
  }

  /** Answers a request of the server. */
  reply({ id }: Envelope, payload?: unknown, options: SendOptions = {}): void {
    this.#sendTyped(encodeEnvelope('reply', payload, id), options)
  }

  /** Closes the connection. @returns the code and reason with which it closed */
  close(code = 1000, reason = ''): TestClient['closed'] {
    this.#socket.close(code, reason)
    return this.closed
  }

  /** Drops the connection without a close frame. */
  terminate(): void {
    this.#socket.terminate()
  }

  #ask(type: string, payload: unknown, options: SendOptions): string {
    const id = `t${++this.#count}`
    const text = encodeEnvelope(type, payload, id)
    this.#asked.add(id)
    this.#sendTyped(text, options)
    return id
  }

  async *#valuesOf(id: string, type: string): AsyncGenerator<unknown, unknown, undefined> {
    try {
      for (;;) {
        const message = await this.#answers.take(`a value of the reply to "${type}"`, (one) => one.id === id)
        if (message.type !== 'hub:next') return replyIn(message)
        yield payloadIn(message)
      }
    } finally {
      if (this.#asked.has(id)) this.emit('hub:cancel', { id })
    }
  }

  #take(data: RawData, binary: boolean): void {
    const frame = data as Buffer
    const text = binary ? undefined : frame.toString()
    const envelope = text === undefined ? envelopeIn(frame) : decodeEnvelope(text)
    if (envelope && this.#expects(envelope)) this.#answers.put(envelope)
    else this.#mailbox.put(envelope ?? text ?? frame)
  }

  #sendTyped(text: string, { bytes }: SendOptions): void {
    this.send(bytes ? encodeBinaryEnvelope(text, bytes) : text)
  }

  /** Whether `request()` or `stream()` waits for a message. */
  #expects(envelope: Envelope): boolean {
    const id = String(envelope.id)
    return isAnswer(envelope) ? this.#asked.delete(id) : envelope.type === 'hub:next' && this.#streams.has(id)
  }

  async #roundTrip(): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('pong', done).off('close', done)
        resolve()
      }
      this.#socket.on('pong', done).on('close', done)
      this.#socket.ping()
    })
  }
}

function envelopeIn(frame: Buffer): ReceivedEnvelope | undefined {
  const { text = '', bytes } = decodeBinaryEnvelope(frame) ?? {}
  const envelope = decodeEnvelope(text)
  return envelope && { ...envelope, ...(bytes && { bytes }) }
}

/** @throws HubError with the code and the issues of an error */
function replyIn(answer: ReceivedEnvelope): unknown {
  if (answer.type === 'reply') return payloadIn(answer)
  const { code, message, issues } = answer.payload as ErrorPayload
  throw new HubError(code, message, { issues })
}

function payloadIn({ payload, bytes }: ReceivedEnvelope): unknown {
  return bytes ? new WithBytes(payload, bytes) : payload
}

function typeOf(message: Received): string | undefined {
  return typeof message === 'object' && 'type' in message ? message.type : undefined
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type WebSocket from 'ws'
import type { RawData } from 'ws'
import { HubError } from '../errors.js'
import { within } from '../limits.js'
import { decodeEnvelope, encodeEnvelope, type Envelope, type ErrorPayload, isAnswer } from '../protocol/index.js'

/** A handshake that was answered with something else than 101. */
export class HandshakeRefused extends Error {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string

  constructor({ statusCode = 0, headers }: IncomingMessage, body: string) {
    super(`expected 101, got ${statusCode} ${body.slice(0, 500)}`.trim())
    this.name = 'HandshakeRefused'
    this.status = statusCode
    this.headers = headers
    this.body = body
  }
}

/** A message as a test wants to see it: typed messages as objects, other text as a string, bytes as a buffer. */
export type Received = Envelope | string | Buffer

/** A WebSocket client for tests: it keeps what comes, and waits for what has not come yet. */
export class TestClient {
  /** Resolves when the connection has closed, with the server's code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** The headers of the 101. */
  headers: IncomingHttpHeaders = {}
  readonly #socket: WebSocket
  readonly #timeout: number
  readonly #received: Received[] = []
  readonly #answers = new Map<string, (answer: Envelope) => void>()
  #arrived: (() => void) | undefined
  #count = 0

  /** @internal */
  constructor(socket: WebSocket, timeout: number) {
    this.#socket = socket
    this.#timeout = timeout
    socket.on('upgrade', ({ headers }) => {
      this.headers = headers
    })
    socket.on('message', (data, binary) => this.#take(data, binary))
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#arrived?.()
        resolve({ code, reason: reason.toString() })
      })
    })
  }

  /** The subprotocol that the server selected. */
  get protocol(): string {
    return this.#socket.protocol
  }

  /**
   * The next message that has not been looked at.
   * @throws Error when none comes in time, or the connection closes first
   */
  async next(): Promise<Received> {
    const open = this.#socket.readyState === this.#socket.OPEN
    if (this.#received.length === 0 && open) await this.#wait('a message', (arrived) => (this.#arrived = arrived))
    const [message] = this.#received.splice(0, 1)
    if (message === undefined) throw new Error('expected a message, but the connection has closed')
    return message
  }

  /** Sends a text frame (string) or a binary frame (bytes). */
  send(data: string | Uint8Array): void {
    this.#socket.send(data)
  }

  /** Sends a typed message that wants no answer. */
  emit(type: string, payload?: unknown): void {
    this.send(encodeEnvelope(type, payload))
  }

  /**
   * Sends a typed message and waits for its answer.
   * @throws HubError with the code of an error reply; Error when none comes in time
   */
  async request<Reply = unknown>(type: string, payload?: unknown): Promise<Reply> {
    const id = `t${++this.#count}`
    const answer = this.#wait<Envelope>(`an answer to "${type}"`, (arrived) => this.#answers.set(id, arrived))
    this.send(encodeEnvelope(type, payload, id))
    const { type: kind, payload: result } = await answer
    if (kind === 'reply') return result as Reply
    const { code, message } = result as ErrorPayload
    throw new HubError(code, message)
  }

  /** Answers a request of the server. */
  reply({ id }: Envelope, payload?: unknown): void {
    this.send(encodeEnvelope('reply', payload, id))
  }

  /** Closes the connection. @returns what the server made of it */
  close(code = 1000, reason = ''): TestClient['closed'] {
    this.#socket.close(code, reason)
    return this.closed
  }

  /** Drops the connection without a word. */
  terminate(): void {
    this.#socket.terminate()
  }

  #take(data: RawData, binary: boolean): void {
    const text = binary ? undefined : (data as Buffer).toString()
    const envelope = text === undefined ? undefined : decodeEnvelope(text)
    const wanted = envelope && isAnswer(envelope) ? this.#answers.get(String(envelope.id)) : undefined
    if (envelope && wanted) {
      this.#answers.delete(String(envelope.id))
      wanted(envelope)
    } else {
      this.#received.push(envelope ?? text ?? (data as Buffer))
      this.#arrived?.()
    }
  }

  #wait<T = void>(what: string, begin: (arrived: (value: T) => void) => unknown): Promise<T> {
    const late = (): Error => new Error(`expected ${what} within ${this.#timeout} ms, got none`)
    return within(this.#timeout, new Promise<T>(begin), late)
  }
}

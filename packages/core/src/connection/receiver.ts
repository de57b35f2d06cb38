import { closedError } from '../errors.js'
import { type QueueConsumer, MessageQueue } from './message-queue.js'
import { MAX_JSON_EXPANSION, parsedBytes, textBytes } from '../admission/json-weight.js'
import type { Liveness } from './liveness.js'
import type { Transport } from './transport.js'
import type { MemoryBudget } from '../admission/memory-budget.js'
import { type MessageRate, type RateHost, RateLimiter } from './message-rate.js'
import { encodeEnvelope, type Envelope, isAnswer, isProtocolMessage } from '../protocol/index.js'
import { PingRequests } from './ping-requests.js'
import { MessageIterator } from './message-iterator.js'
import { ClientRequests } from './client-requests.js'
import { ownBytes } from './own-bytes.js'
import { isServedAtOnce, readEnvelope, urgentEnvelope } from './urgent-messages.js'

/** A frame on its way to a handler; `envelope` where it is a typed message. */
export interface ReceivedMessage {
  readonly data: string | Buffer
  readonly envelope: Envelope | undefined
}

/** What bounds the receiving side. */
export interface ReceiverLimits {
  readonly concurrency: number
  readonly messageRate: MessageRate | undefined
}

/** The one who owns a reception. */
export interface ReceiverHost extends RateHost {
  /** False once this side has said close: nothing more is taken. */
  readonly accepting: boolean
  /** Bytes that may wait to be handled. */
  readonly room: number
  readonly budget: MemoryBudget
  readonly speaksProtocol: boolean
  now(): number
  /** Serves a message of the protocol. Never throws. */
  serve(envelope: Envelope): void
  /** Handles a message. Never throws; a promise never rejects. */
  handle(message: ReceivedMessage): void | Promise<void>
}

/** How often a paused socket is read for a sign of life before the handlers have caught up. */
const MAX_PROBES = 16
/** A busy handler of a shorter text holds so little that its weight is not counted. */
const MIN_WEIGHED_LENGTH = 256

/**
 * What one connection receives: answers and pings of the protocol are heard at once, everything else waits as it came in
 * the inbox, and is parsed when its handler starts.
 */
export class Receiver implements QueueConsumer<string | Buffer> {
  readonly queue: MessageQueue<string | Buffer>
  readonly #host: ReceiverHost
  readonly #transport: Transport
  readonly #liveness: Liveness
  readonly #rate: MessageRate | undefined
  #limiter: RateLimiter | undefined
  #requests: ClientRequests | undefined
  #pings: PingRequests | undefined
  #pull: MessageIterator | undefined
  #writer: (() => void) | undefined
  #probes = 0
  #draining = false
  #ended = false

  constructor(host: ReceiverHost, driver: { transport: Transport; liveness: Liveness }, limits: ReceiverLimits) {
    this.#host = host
    this.#transport = driver.transport
    this.#liveness = driver.liveness
    this.#rate = limits.messageRate
    this.queue = new MessageQueue(this, limits.concurrency)
  }

  get expectsReply(): boolean {
    return (this.#requests?.size ?? 0) + (this.#pings?.size ?? 0) > 0
  }

  // A handler that waits for this client would wait for ever behind a socket that is not read.
  get room(): number {
    return this.expectsReply ? 2 * this.#host.room : this.#host.room
  }

  // Reading begins again when half is handled, and not for every message.
  get rest(): number {
    return this.expectsReply ? this.room : this.#host.room / 2
  }

  /** Takes one message from the wire. */
  take(data: Buffer, binary: boolean): void {
    const now = this.#host.now()
    this.#liveness.heard(now)
    if (!this.#host.accepting) return
    const text = binary ? undefined : data.toString()
    const urgent = text === undefined ? undefined : this.#urgent(text)
    // An answer that was asked for costs the client nothing, and comes in while the hub drains.
    if (urgent && isAnswer(urgent) && this.#requests?.settle(urgent)) return
    if (this.#draining && urgent?.type !== 'hub:join') return
    if (!this.#allowed(now, text ?? data, data.length)) return
    if (urgent && this.#serve(urgent)) return
    if (text !== undefined) this.queue.push(text, textBytes(text, data.length))
    else this.queue.push(data, data.length)
  }

  /** Counts a ping, or a pong that nobody asked for. @returns whether it may be answered */
  control(): boolean {
    return this.#allowed(this.#host.now(), undefined, 0)
  }

  #urgent(text: string): Envelope | undefined {
    const { typed, speaksProtocol } = this.#host
    return urgentEnvelope(text, { typed, speaksProtocol, expectsAnswer: (this.#requests?.size ?? 0) > 0 })
  }

  /** Serves a message of the protocol without the app. @returns whether it did not have to wait */
  #serve(envelope: Envelope): boolean {
    if (!this.#host.speaksProtocol || !isProtocolMessage(envelope)) return false
    if (!this.queue.isOpen && !isServedAtOnce(envelope)) return false
    if (envelope.type === 'hub:ping') this.#host.answer(encodeEnvelope('reply', undefined, envelope.id))
    else this.#host.serve(envelope)
    return true
  }

  /** Asks the peer. @param timeout milliseconds */
  ask(timeout: number, send: (id: string) => boolean): Promise<unknown> {
    this.#requests ??= new ClientRequests()
    return this.#readingFor(this.#requests.open(timeout, send))
  }

  /** Pings the peer. @returns milliseconds until its pong */
  ping(): Promise<number> {
    this.#pings ??= new PingRequests()
    return this.#readingFor(this.#pings.send((data) => this.#transport.ping(data)))
  }

  /** Takes a pong. @param expected whether the heartbeat waits for it */
  pong(data: Buffer, expected: boolean): void {
    if (!this.#pings?.settle(data) && !expected) this.control()
    // It is no message, but enough of a sign of life.
    this.queue.balance()
  }

  /** A loop for the raw messages, from now on and before `onOpen` is through. */
  pull(): AsyncIterableIterator<string | Buffer> {
    this.#pull ??= new MessageIterator((data) => this.#host.handle({ data, envelope: undefined }))
    if (this.#ended) this.#pull.end()
    const loop = this.#pull.loop()
    this.queue.open()
    return loop
  }

  process(data: string | Buffer): void | Promise<void> {
    const envelope = typeof data === 'string' ? readEnvelope(data, this.#host) : undefined
    if (!envelope && this.#pull) return this.#pull.offer(data)
    if (envelope && (isAnswer(envelope) || this.#serve(envelope))) return
    return this.#host.handle({ data, envelope })
  }

  admits(data: string | Buffer): boolean {
    const { budget } = this.#host
    if (typeof data !== 'string' || data.length * MAX_JSON_EXPANSION <= budget.free) return true
    this.#writer ??= () => this.queue.drain()
    return !this.#host.typed || budget.admits(parsedBytes(data), this.#writer)
  }

  keep(data: string | Buffer): string | Buffer {
    return typeof data === 'string' ? data : ownBytes(data)
  }

  busy(data: string | Buffer): (() => void) | undefined {
    if (data.length < MIN_WEIGHED_LENGTH) return undefined
    const { budget, typed } = this.#host
    const bytes = typeof data === 'string' && typed ? parsedBytes(data) : data.length
    budget.charge('handling', bytes)
    return () => budget.charge('handling', -bytes)
  }

  charge(bytes: number): void {
    if (bytes < 0) this.#probes = 0
    this.#host.budget.charge('queued', bytes)
  }

  pause(): void {
    this.#liveness.paused = true
    this.#transport.pause()
  }

  resume(): void {
    this.#liveness.paused = false
    this.#liveness.heardAt = this.#host.now()
    this.#transport.resume()
  }

  /** Reads on for a sign of life: one read of 64 KiB at most. */
  probe(): void {
    if (!this.queue.paused || this.#probes >= MAX_PROBES) return
    this.#probes += 1
    this.queue.peek()
  }

  /** Takes no new messages, only answers that handlers wait for. Resolves once the handlers are through. */
  drain(): Promise<void> {
    this.#draining = true
    return this.queue.idle()
  }

  /** Whether a loop pulls the messages. */
  get pulling(): boolean {
    return this.#pull !== undefined
  }

  /** A handler has sent something to so many connections. */
  reached(recipients: number): void {
    this.#limiter?.reached(recipients)
  }

  /** Nothing more comes in: whoever waits for the peer is told, loops end after what is here. */
  end(): void {
    const error = this.expectsReply ? closedError() : undefined
    if (error) this.#requests?.fail(error)
    if (error) this.#pings?.fail(error)
    this.#pull?.close()
    void this.#endLoops()
  }

  async #endLoops(): Promise<void> {
    await this.queue.idle()
    this.#ended = true
    this.#pull?.end()
  }

  /** While a handler waits for the peer, the socket must be read. */
  async #readingFor<T>(answer: Promise<T>): Promise<T> {
    this.queue.balance()
    try {
      return await answer
    } finally {
      this.queue.balance()
    }
  }

  #allowed(now: number, message: string | Buffer | undefined, bytes: number): boolean {
    if (!this.#rate) return true
    this.#limiter ??= new RateLimiter(this.#host, this.#rate, now)
    return this.#limiter.admits(now, message, bytes)
  }
}

import { closedError } from '../errors.js'
import { type QueueConsumer, MessageQueue } from './message-queue.js'
import { MAX_JSON_EXPANSION, parsedBytes } from '../admission/json-weight.js'
import type { Liveness } from './liveness.js'
import type { Transport } from './transport.js'
import type { MessageConsumer } from './frame-reader.js'
import { RateLimiter } from './message-rate.js'
import { encodeEnvelope, type Envelope, isAnswer, isProtocolMessage } from '../protocol/index.js'
import type { ConnectionHost } from './connection-host.js'
import type { Sender } from './sender.js'
import { PingRequests } from './ping-requests.js'
import { MessageIterator } from './message-iterator.js'
import { ClientRequests } from './client-requests.js'
import { handledBytes, waitingBytes } from './message-memory.js'
import { bytesBeside, isPlain, ownData, readBinary, type ReceivedData, textIn } from './received-message.js'
import { isServedAtOnce, isServedWhileDraining, readEnvelope, urgentEnvelope } from './urgent-messages.js'

/** The other parts of the connection that a receiver works with. */
export interface ReceiverParts<Connection> {
  readonly transport: Transport
  readonly liveness: Liveness
  readonly sender: Sender<Connection>
}

/** How often a paused socket may be read to look for a sign of life, until one of the waiting messages is handled. */
const MAX_PROBES = 16

/**
 * The receiving half of a connection. It handles answers and most messages of the protocol at once. All others wait in the
 * queue as they came, and are parsed when their handler starts.
 */
export class Receiver<Connection> implements QueueConsumer<ReceivedData>, MessageConsumer {
  readonly queue: MessageQueue<ReceivedData>
  readonly #connection: Connection
  readonly #host: ConnectionHost<Connection>
  readonly #transport: Transport
  readonly #liveness: Liveness
  readonly #sender: Sender<Connection>
  #limiter: RateLimiter | undefined
  #requests: ClientRequests | undefined
  #pings: PingRequests | undefined
  #iterator: MessageIterator | undefined
  #drainQueue: (() => void) | undefined
  #probes = 0
  #draining = false
  #ended = false

  constructor(connection: Connection, host: ConnectionHost<Connection>, parts: ReceiverParts<Connection>) {
    this.#connection = connection
    this.#host = host
    this.#transport = parts.transport
    this.#liveness = parts.liveness
    this.#sender = parts.sender
    this.queue = new MessageQueue(this, host.limits.concurrency)
  }

  /** Whether a request or a ping to the client waits for its answer. */
  get expectsReply(): boolean {
    return (this.#requests?.size ?? 0) + (this.#pings?.size ?? 0) > 0
  }

  // More while a handler waits for the client: if the socket were not read, the handler would wait for ever.
  get pauseAbove(): number {
    return this.expectsReply ? 2 * this.#sender.space : this.#sender.space
  }

  // Reading resumes once half of the bytes are handled, and not after every message.
  get resumeAt(): number {
    return this.expectsReply ? this.pauseAbove : this.#sender.space / 2
  }

  dataReceived(): void {
    this.#liveness.messageReceived(this.#host.clock.now())
  }

  received(data: string | Buffer, bytes: number): void {
    if (!this.#sender.accepting) return
    const { traffic, taps, typed } = this.#host
    traffic.messagesIn += 1
    traffic.bytesIn += bytes
    if (!taps.isEmpty) taps.received(this.#connection, data)
    const message = typeof data === 'string' ? data : readBinary(data, typed)
    const text = textIn(message)
    const urgent = text === undefined ? undefined : this.#urgent(text)
    // The answer to a request does not count against the rate, and is accepted while the hub drains.
    if (urgent && isAnswer(urgent) && this.#requests?.settle(urgent, bytesBeside(message))) return
    if (this.#draining && !isServedWhileDraining(urgent)) return
    if (!this.#allowed(message, bytes)) return
    if (urgent && this.#serve(urgent)) return
    this.queue.push(message, bytes)
  }

  /** Counts a ping, or an unsolicited pong, against the rate. @returns whether a ping may be answered */
  allowsControl(): boolean {
    return this.#allowed(undefined, 0)
  }

  #urgent(text: string): Envelope | undefined {
    const { typed, speaksProtocol } = this.#sender
    const expectsAnswer = this.#requests !== undefined && this.#requests.size > 0
    return speaksProtocol || expectsAnswer ? urgentEnvelope(text, { typed, speaksProtocol, expectsAnswer }) : undefined
  }

  /** Serves a message of the protocol, unless it must wait for `onOpen`. @returns whether it was served */
  #serve(envelope: Envelope): boolean {
    if (!this.#sender.speaksProtocol || !isProtocolMessage(envelope)) return false
    if (!this.queue.isOpen && !isServedAtOnce(envelope)) return false
    if (envelope.type === 'hub:ping') this.#sender.answer(encodeEnvelope('reply', undefined, envelope.id))
    else this.#host.protocol.serve(this.#connection, envelope)
    return true
  }

  /** Asks the client. @param timeout milliseconds */
  ask(timeout: number, send: (id: string) => boolean): Promise<unknown> {
    this.#requests ??= new ClientRequests()
    return this.#readingFor(this.#requests.ask(timeout, send))
  }

  /** Pings the client. @returns milliseconds until its pong */
  ping(): Promise<number> {
    this.#pings ??= new PingRequests()
    return this.#readingFor(this.#pings.send((data) => this.#transport.ping(data)))
  }

  ponged(data: Buffer): void {
    const expected = this.#liveness.ponged(this.#host.clock.now(), data.length === 0)
    if (!this.#pings?.settle(data) && !expected) this.allowsControl()
    // The pong is a sign of life. If the socket was resumed only to look for one, it is paused again.
    this.queue.balance()
  }

  /** A loop over the messages that no router takes. It gets them even if `onOpen` has not settled. */
  pull(): AsyncIterableIterator<string | Buffer> {
    this.#iterator ??= new MessageIterator((data) =>
      this.#host.dispatcher.handle(this.#connection, { data, envelope: undefined }),
    )
    if (this.#ended) this.#iterator.end()
    const loop = this.#iterator.loop()
    this.queue.open()
    return loop
  }

  process(data: ReceivedData): void | Promise<void> {
    const text = textIn(data)
    const envelope = text === undefined ? undefined : readEnvelope(text, this.#sender)
    if (!envelope && this.#iterator && isPlain(data)) return this.#iterator.offer(data)
    if (envelope && (isAnswer(envelope) || this.#serve(envelope))) return
    return this.#host.dispatcher.handle(this.#connection, { data, envelope })
  }

  admits(data: ReceivedData): boolean {
    const { budget } = this.#host
    const text = textIn(data)
    if (text === undefined || text.length * MAX_JSON_EXPANSION <= budget.free) return true
    this.#drainQueue ??= () => this.queue.drain()
    return !this.#host.typed || budget.admits(parsedBytes(text), this.#drainQueue)
  }

  weigh(data: ReceivedData, bytes: number): number {
    return waitingBytes(data, bytes)
  }

  keep(data: ReceivedData): ReceivedData {
    return ownData(data)
  }

  busy(data: ReceivedData): (() => void) | undefined {
    const { budget, typed } = this.#host
    const bytes = handledBytes(data, typed)
    if (bytes === 0) return undefined
    budget.charge('handling', bytes)
    return () => budget.charge('handling', -bytes)
  }

  charge(bytes: number): void {
    if (bytes < 0) this.#probes = 0
    this.#host.budget.charge('queued', bytes)
  }

  pause(): void {
    this.#host.pressure.paused.add(this)
    this.#liveness.pause()
    this.#transport.pause()
  }

  resume(): void {
    this.#host.pressure.paused.delete(this)
    this.#liveness.resume(this.#host.clock.now())
    this.#transport.resume()
  }

  /** Resumes a paused socket to look for a sign of life, for one read of at most 64 KiB. */
  probe(): void {
    if (!this.queue.paused || this.#probes >= MAX_PROBES) return
    this.#probes += 1
    this.queue.peek()
  }

  /** Takes no new messages, except answers and {@link isServedWhileDraining}. Resolves once the handlers have finished. */
  drain(): Promise<void> {
    this.#draining = true
    return this.queue.idle()
  }

  /** Whether a loop takes the messages. */
  get pulling(): boolean {
    return this.#iterator !== undefined
  }

  /** Charges for something that a handler has sent to this many connections. */
  chargeRecipients(recipients: number): void {
    this.#limiter?.chargeRecipients(recipients)
  }

  /** Nothing more will arrive. Requests to the client are rejected, and loops end after the messages that have arrived. */
  end(): void {
    this.#host.pressure.paused.delete(this)
    const error = this.expectsReply ? closedError() : undefined
    if (error) this.#requests?.rejectAll(error)
    if (error) this.#pings?.rejectAll(error)
    this.#iterator?.close()
    void this.#endLoops()
  }

  async #endLoops(): Promise<void> {
    await this.queue.idle()
    this.#ended = true
    this.#iterator?.end()
  }

  /** While a handler waits for the client, the socket must be read. */
  async #readingFor<T>(answer: Promise<T>): Promise<T> {
    this.queue.balance()
    try {
      return await answer
    } finally {
      this.queue.balance()
    }
  }

  #allowed(message: ReceivedData | undefined, bytes: number): boolean {
    const { messageRate } = this.#host.limits
    if (!messageRate) return true
    const now = this.#host.clock.now()
    this.#limiter ??= new RateLimiter(messageRate, now)
    const verdict = this.#limiter.count(now, bytes)
    if (verdict !== 'allowed') this.#sender.refuse(message, verdict === 'exhausted')
    return verdict === 'allowed'
  }
}

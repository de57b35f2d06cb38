import { assertCloseCode, closeReason, type Closure } from './closure.js'
import { type Deferred, deferred } from '../util/deferred.js'
import { HubError } from '../errors.js'
import { Frame } from '../broadcast/frame.js'
import type { ConnectionHost } from './connection-host.js'
import { Liveness, type LivenessHost } from './liveness.js'
import type { Transport, TransportListener } from './transport.js'
import type { MemoryBudget } from '../admission/memory-budget.js'
import { Outbox } from '../broadcast/outbox.js'
import { CloseCode, type Envelope, printable, SUBPROTOCOL } from '../protocol/index.js'
import { type ReceiverHost, type ReceivedMessage, Receiver } from './receiver.js'
import { newInvalidMessageLimit, type TokenBucket } from './token-bucket.js'

/** The server's end of one connection: it sends, receives, watches and closes, and knows nothing of rooms. */
export class ConnectionCore<Connection> implements TransportListener, LivenessHost, ReceiverHost {
  readonly liveness: Liveness
  readonly receiver: Receiver
  readonly typed: boolean
  /** Whether the client speaks the protocol: it does on a hub with a router, and if it has selected the subprotocol. */
  readonly speaksProtocol: boolean
  readonly #connection: Connection
  readonly #host: ConnectionHost<Connection>
  readonly #transport: Transport
  readonly #outbox: Outbox
  #state: 'open' | 'closing' | 'closed' = 'open'
  #said: { readonly code: number; readonly reason: string } | undefined
  #closure: Closure | undefined
  #abort: AbortController | undefined
  #closed: Deferred<Closure> | undefined
  #invalid: TokenBucket | undefined
  #receiving = 0

  constructor(connection: Connection, host: ConnectionHost<Connection>, transport: Transport) {
    const { limits } = host
    this.#connection = connection
    this.#host = host
    this.#transport = transport
    this.typed = host.typed
    this.speaksProtocol = host.typed || transport.protocol === SUBPROTOCOL
    this.#outbox = new Outbox(host.batches.of(transport.compressed), transport.socket)
    this.liveness = new Liveness(transport, limits, this)
    this.liveness.heard(host.clock.now())
    this.receiver = new Receiver(this, { transport, liveness: this.liveness }, limits)
    transport.listen(this)
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state === 'open' && !this.#transport.open ? 'closing' : this.#state
  }

  get socket(): Transport['socket'] {
    return this.#transport.socket
  }

  get accepting(): boolean {
    return this.#state === 'open'
  }

  get budget(): MemoryBudget {
    return this.#host.budget
  }

  get room(): number {
    const { budget, limits } = this.#host
    return Math.min(budget.room, limits.maxConnectionBytes - this.bufferedAmount)
  }

  get bufferedAmount(): number {
    return this.#outbox.size + this.#transport.writableLength
  }

  /** Bytes that closing this connection would release. */
  get heldBytes(): number {
    return this.receiver.queue.size + this.bufferedAmount + this.#transport.unfinished
  }

  /** Resolves once half of what may wait to be sent, or less, waits; at once if so. Never rejects. */
  get drained(): Promise<void> {
    return this.#state === 'open' ? this.#outbox.drained() : Promise.resolve()
  }

  get closed(): Promise<Closure> {
    if (this.#closure) return Promise.resolve(this.#closure)
    this.#closed ??= deferred()
    return this.#closed.promise
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#closure) this.#abort.abort()
    return this.#abort.signal
  }

  /** Milliseconds between the last ping of the heartbeat and its pong; `undefined` before the first. */
  get latency(): number | undefined {
    return this.liveness.latency
  }

  now(): number {
    return this.#host.clock.now()
  }

  /** Whether a loop takes the messages. */
  get pulling(): boolean {
    return this.receiver.pulling
  }

  /** Lets messages through to their handlers. */
  openQueue(): void {
    this.receiver.queue.open()
  }

  /** Resolves once every message taken so far has been handled. */
  handled(): Promise<void> {
    return this.receiver.queue.idle()
  }

  /** Takes no new messages. Resolves once the handlers have finished. */
  drain(): Promise<void> {
    return this.receiver.drain()
  }

  /** A handler has sent something to so many connections. */
  chargeRecipients(recipients: number): void {
    this.receiver.reached(recipients)
  }

  /** Puts a frame, which may be shared by many connections, into the outbox. @returns false if it is not taken */
  deliver(frame: Frame): boolean {
    if (this.#state !== 'open') return false
    if (this.#outbox.push(frame)) return true
    this.#host.slowConsumers.apply(this.#connection, false)
    return false
  }

  /** Sends what must not be dropped, in order with everything else: who asked would wait for ever. */
  answer(data: string): void {
    if (this.#state !== 'open' || this.#outbox.push(new Frame(data))) return
    this.#host.slowConsumers.apply(this.#connection, true)
  }

  /** Closes after everything that was sent before. */
  close(code: number, reason: string): void {
    assertCloseCode(code)
    if (this.#state !== 'open') return
    const fitting = closeReason(reason)
    this.#state = 'closing'
    // Whoever says it first says why.
    if (this.#transport.open) this.#said = { code, reason: fitting }
    this.receiver.queue.clear()
    // The client's close frame must be read, however far the handlers are behind.
    this.#transport.resume()
    this.#transport.close(code, fitting)
  }

  terminate(): void {
    if (this.#state === 'open') this.#state = 'closing'
    // What came in the same packet is for nobody any more.
    this.receiver.queue.clear()
    this.#transport.terminate()
  }

  /** Closes because the hub holds too much. Whoever does not read would not make room before the close timeout. */
  evict(): void {
    const stalled = this.#transport.writableLength > 0
    this.close(CloseCode.TryAgainLater, 'over budget')
    if (stalled) this.terminate()
  }

  /** No handler takes a message. A client that sends many of these is disconnected. */
  countInvalidMessage(): void {
    this.#invalid ??= newInvalidMessageLimit(this.now())
    if (!this.#invalid.take(this.now())) this.close(CloseCode.BadRequest, 'too many invalid messages')
  }

  handle(message: ReceivedMessage): void | Promise<void> {
    return this.#host.dispatcher.handle(this.#connection, message)
  }

  serve(envelope: Envelope): void {
    this.#host.protocol.serve(this.#connection, envelope)
  }

  report(error: Error): void {
    this.#host.errors.report(error, 'limit', this.#connection)
  }

  rejected(code: string): void {
    this.#host.rejected.add(code)
  }

  received(data: Buffer, binary: boolean): void {
    this.receiver.take(data, binary)
  }

  pinged(): boolean {
    return this.receiver.control()
  }

  ponged(data: Buffer): void {
    // The heartbeat's pings carry nothing, those of the app a number.
    this.receiver.pong(data, this.liveness.answered(this.now(), data.length === 0))
  }

  failed(error: Error, code: number): void {
    this.#said ??= { code, reason: '' }
    this.#host.errors.report(error, 'receive', this.#connection)
  }

  flooded(): void {
    this.report(new HubError('too_many_pings', 'The client pings and does not read the pongs.', { status: 429 }))
    this.died('ping flood')
  }

  closing(): void {
    this.#outbox.close()
  }

  died(why: string): void {
    this.#said ??= { code: CloseCode.Abnormal, reason: why }
    this.terminate()
  }

  idled(): void {
    this.close(CloseCode.Timeout, 'idle')
  }

  probe(): void {
    this.receiver.probe()
  }

  /** Counts what has come of a message that is not whole yet. */
  weigh(): void {
    const receiving = this.#closure ? 0 : this.#transport.unfinished
    if (receiving !== this.#receiving) this.budget.charge('receiving', receiving - this.#receiving)
    this.#receiving = receiving
  }

  ended(code: number, reason: string, clean: boolean): void {
    if (this.#closure) return
    this.#state = 'closed'
    this.#closure = { ...(this.#said ?? { code, reason: printable(reason) }), clean }
    this.weigh()
    this.#outbox.end()
    this.receiver.end()
    this.#abort?.abort()
    this.#closed?.resolve(this.#closure)
    this.#host.lifecycle.closed(this.#connection, this.#closure)
  }
}

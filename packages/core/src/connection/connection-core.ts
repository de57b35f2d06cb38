import type { HeartbeatTarget, PingOutcome } from '../lifecycle/heartbeat.js'
import { assertTyped } from '../broadcast/emission.js'
import { Frame } from '../broadcast/frame.js'
import { closedError, HubError } from '../errors.js'
import type { ConnectionRuns } from '../messages/connection-runs.js'
import { assertBytes, CloseCode, encodeBinaryEnvelope, encodeEvent, printable } from '../protocol/index.js'
import { type Deferred, deferred } from '../util/deferred.js'
import { assertCloseCode, type Closure, closeReason } from './closure.js'
import type { ConnectionHost } from './connection-host.js'
import { Liveness } from './liveness.js'
import { Receiver } from './receiver.js'
import { type AskOptions, assertTimeout } from './request-options.js'
import { Sender } from './sender.js'
import { newInvalidMessageLimit } from './invalid-message-limit.js'
import type { TokenBucket } from './token-bucket.js'
import type { Transport, TransportListener } from './transport.js'

/** The server's end of one connection: it sends, receives, closes and is watched by the heartbeat. It knows no rooms. */
export class ConnectionCore<Connection> extends Sender<Connection> implements TransportListener, HeartbeatTarget {
  readonly receiver: Receiver<Connection>
  /** The handlers of this connection that have not settled; `undefined` if all have. */
  runs: ConnectionRuns | undefined
  readonly #liveness: Liveness
  #ownClose: { readonly code: number; readonly reason: string } | undefined
  #closure: Closure | undefined
  #abort: AbortController | undefined
  #closed: Deferred<Closure> | undefined
  #invalid: TokenBucket | undefined
  #receiving = 0

  constructor(connection: Connection, host: ConnectionHost<Connection>, transport: Transport) {
    super(connection, host, transport)
    this.#liveness = new Liveness(host.clock.now())
    this.receiver = new Receiver(connection, host, { transport, liveness: this.#liveness, sender: this })
    transport.listen(this)
  }

  /** Bytes that closing this connection would release. */
  get heldBytes(): number {
    return this.receiver.queue.size + this.bufferedAmount + this.transport.unfinished
  }

  /** Whether the socket is not read, because too many bytes wait for handlers. */
  get paused(): boolean {
    return this.#liveness.paused
  }

  /** Whether a ping of the heartbeat waits for its pong. */
  get awaitsPong(): boolean {
    return this.#liveness.awaitsPong
  }

  /** Bytes received; 0 if the socket does not count them. */
  get bytesRead(): number {
    return this.transport.bytesRead
  }

  /** Milliseconds between the last ping of the heartbeat and its pong; `undefined` before the first. */
  get latency(): number | undefined {
    return this.#liveness.latency
  }

  /** Resolves when the socket has closed. Never rejects. */
  get closed(): Promise<Closure> {
    if (this.#closure) return Promise.resolve(this.#closure)
    this.#closed ??= deferred()
    return this.#closed.promise
  }

  /** Aborted when the socket has closed. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#closure) this.#abort.abort()
    return this.#abort.signal
  }

  /** Counts a message that no handler takes. A client that sends too many of them is disconnected. */
  countInvalidMessage(): void {
    const now = this.host.clock.now()
    this.#invalid ??= newInvalidMessageLimit(now)
    if (!this.#invalid.take(now)) this.close(CloseCode.BadRequest, 'too many invalid messages')
  }

  /** Stops reading (`true`), or continues. */
  holdReading(held: boolean): void {
    this.receiver.queue.hold(held)
  }

  /** Charges the client for something that a handler has sent to this many connections. */
  chargeRecipients(recipients: number): void {
    this.receiver.chargeRecipients(recipients)
  }

  /** Asks the client and waits for its answer. @throws (as a rejection) the errors of `Connection.request` */
  async request(type: string, payload: unknown, options: AskOptions = {}): Promise<unknown> {
    if (!this.accepting) throw closedError()
    const timeout = assertTimeout(options.timeout)
    const { compression, typed } = this.host
    const { bytes } = options
    if (bytes !== undefined) assertTyped(typed)
    const ask = (id: string): boolean => {
      const text = encodeEvent(type, payload, id)
      const frame = bytes === undefined ? text : encodeBinaryEnvelope(text, assertBytes(bytes))
      return this.deliver(new Frame(frame, compression))
    }
    return this.receiver.ask(timeout, ask)
  }

  close(code: number, reason: string): void {
    assertCloseCode(code)
    if (!this.accepting) return
    const fitting = closeReason(reason)
    this.ownState = 'closing'
    // The code of the side that closes first counts.
    if (this.transport.open) this.#ownClose = { code, reason: fitting }
    this.receiver.queue.clear()
    // The client's close frame must be read, even if the handlers have not caught up.
    this.transport.resume()
    this.transport.close(code, fitting)
  }

  /** Drops the socket without a close frame. Messages that wait are not sent. */
  terminate(): void {
    if (this.accepting) this.ownState = 'closing'
    // Messages that arrived in the same packet are not handled any more.
    this.receiver.queue.clear()
    this.transport.terminate()
  }

  /**
   * Closes the connection because the hub holds too much memory. If the client does not read, the socket is dropped: otherwise
   * its memory would stay until the close timeout.
   */
  evict(): void {
    const stalled = this.transport.writableLength > 0
    this.close(CloseCode.TryAgainLater, 'over budget')
    if (stalled) this.terminate()
  }

  // What follows is called by the transport.

  pinged(): boolean {
    return this.receiver.allowsControl()
  }

  failed(error: Error, code: number): void {
    this.#ownClose ??= { code, reason: '' }
    this.host.errors.report(error, 'receive', this.connection)
  }

  flooded(): void {
    const error = new HubError('too_many_pings', 'The client pings and does not read the pongs.')
    this.host.errors.report(error, 'limit', this.connection)
    this.#drop('ping flood')
  }

  closing(): void {
    this.finish()
  }

  ended(code: number, reason: string, clean: boolean): void {
    if (this.#closure) return
    this.ownState = 'closed'
    this.#closure = { ...(this.#ownClose ?? { code, reason: printable(reason) }), clean }
    this.#chargeUnfinished()
    this.end()
    this.receiver.end()
    this.#abort?.abort()
    this.#closed?.resolve(this.#closure)
    this.host.lifecycle.closed(this.connection, this.#closure)
  }

  // What follows is called by the heartbeat.

  visited(now: number): void {
    this.#chargeUnfinished()
    const { limits } = this.host
    if (this.#liveness.isIdle(now, limits)) this.close(CloseCode.Timeout, 'idle')
    if (this.#liveness.isWriteStalled(now, limits, this.transport)) this.#drop('write timeout')
  }

  isSilent(now: number, silence: number): boolean {
    return this.#liveness.isSilent(now, silence)
  }

  ping(now: number): void {
    this.#liveness.pinged(now, this.transport)
    this.transport.ping()
    // The client may only seem silent, because this side does not read.
    if (this.#liveness.paused) this.receiver.probe()
  }

  pongDue(pingedAt: number): PingOutcome {
    return this.#liveness.pongDue(pingedAt, this.transport)
  }

  lost(): void {
    this.#drop('pong timeout')
  }

  #drop(reason: string): void {
    this.#ownClose ??= { code: CloseCode.Abnormal, reason }
    this.terminate()
  }

  /** Charges the memory budget for the received bytes of a message that is not complete yet. */
  #chargeUnfinished(): void {
    const receiving = this.#closure ? 0 : this.transport.unfinished
    if (receiving !== this.#receiving) this.host.budget.charge('receiving', receiving - this.#receiving)
    this.#receiving = receiving
  }
}

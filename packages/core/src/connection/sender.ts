import { Emission, type EmitOptions } from '../broadcast/emission.js'
import { assertRaw, Frame } from '../broadcast/frame.js'
import type { BatchNode } from '../broadcast/batch-node.js'
import { Outbox } from '../broadcast/outbox.js'
import type { VolatileMark } from '../broadcast/volatile-buffer.js'
import { HubError } from '../errors.js'
import { CloseCode, encodeEnvelope, encodeEvent, idIn, SUBPROTOCOL } from '../protocol/index.js'
import type { ConnectionHost } from './connection-host.js'
import { type ReceivedData, textIn } from './received-message.js'
import type { Transport } from './transport.js'

/** `closing` from the first close frame of either side; `closed` when the socket has closed. */
export type ConnectionState = 'open' | 'closing' | 'closed'

/**
 * The sending half of a connection. It and {@link Outbox} are base classes and not parts, which saves two objects for each
 * connection. That needs less memory, and a broadcast to thousands of connections has fewer objects to load from memory.
 */
export abstract class Sender<Connection> extends Outbox {
  protected readonly connection: Connection
  protected readonly host: ConnectionHost<Connection>
  protected readonly transport: Transport
  protected ownState: ConnectionState = 'open'
  /**
   * Whether the client speaks the protocol: if the hub has a router, or the handshake has selected the subprotocol. A field and
   * not a getter, because each message reads it more than once.
   */
  readonly speaksProtocol: boolean

  constructor(connection: Connection, host: ConnectionHost<Connection>, transport: Transport) {
    super(host.batches.of(transport.compressed), transport.socket)
    this.connection = connection
    this.host = host
    this.transport = transport
    this.speaksProtocol = host.typed || transport.protocol === SUBPROTOCOL
  }

  /** Whether texts are read as typed messages. */
  get typed(): boolean {
    return this.host.typed
  }

  get socket(): Transport['socket'] {
    return this.transport.socket
  }

  get state(): ConnectionState {
    return this.ownState === 'open' && !this.transport.open ? 'closing' : this.ownState
  }

  /** False once this side has begun to close: nothing more is sent or taken. */
  get accepting(): boolean {
    return this.ownState === 'open'
  }

  /** Bytes that wait to be sent, here and in the socket. */
  get bufferedAmount(): number {
    return this.size + this.transport.writableLength
  }

  /** Bytes of messages that may wait to be handled. Bytes that wait to be sent reduce it. */
  get space(): number {
    const { budget, limits } = this.host
    return Math.min(budget.room, limits.maxConnectionBytes - this.bufferedAmount)
  }

  /** Resolves once the bytes that wait to be sent are at most half of their limit, or the connection closes. Never rejects. */
  get drained(): Promise<void> {
    return this.ownState === 'open' ? this.whenDrained() : Promise.resolve()
  }

  /** Puts a frame, which may be shared by many connections, into the outbox. @returns false if it is not taken */
  deliver(frame: Frame): boolean {
    const isTaken = this.enqueue(frame) !== undefined
    if (isTaken && !this.host.taps.isEmpty) this.host.taps.sent(this.connection, frame)
    return isTaken
  }

  /**
   * Like {@link deliver}, but taps do not see the frame: a broadcast on a hub without taps calls this for every member.
   * @returns the connection's node in the batch; `undefined` if the frame is not taken
   */
  enqueue(frame: Frame): BatchNode | undefined {
    if (this.ownState !== 'open') return undefined
    const node = this.push(frame)
    if (!node) this.host.slowConsumers.apply(this.connection, false)
    return node
  }

  /** Puts a volatile frame into the outbox. If the socket takes no more, the frame is kept for later or dropped. */
  deliverVolatile(frame: Frame, mark: VolatileMark): void {
    if (this.ownState !== 'open' || !this.pushVolatile(frame, mark)) return
    if (!this.host.taps.isEmpty) this.host.taps.sent(this.connection, frame)
  }

  /** Sends a raw frame. @throws TypeError if the hub has a router and the bytes begin like an envelope with bytes */
  send(data: string | Uint8Array): void {
    if (typeof data !== 'string') assertRaw(data, this.host.typed)
    this.deliver(new Frame(data, this.host.compression))
  }

  /** Sends an event. @throws TypeError if the type, the payload or an option is wrong */
  emit(type: string, payload: unknown, options: EmitOptions | undefined): void {
    if (!options) return this.send(encodeEvent(type, payload))
    const { compression, typed } = this.host
    const emission = new Emission(type, payload, options)
    emission.assertFits(typed)
    const frame = emission.frame(undefined, compression)
    if (emission.isVolatile) this.deliverVolatile(frame, emission.markOf(undefined))
    else this.deliver(frame)
  }

  /** Sends an answer, in order with everything else. It must not be dropped, because the client waits for it. */
  answer(data: string | Uint8Array): void {
    if (this.ownState !== 'open') return
    const frame = new Frame(data)
    if (!this.push(frame)) this.host.slowConsumers.apply(this.connection, true)
    else if (!this.host.taps.isEmpty) this.host.taps.sent(this.connection, frame)
  }

  /** Refuses a message beyond the rate, and closes if `isLast`. @param message `undefined` for a control frame, which gets no answer */
  refuse(message: ReceivedData | undefined, isLast: boolean): void {
    const { rejected, errors } = this.host
    const error = new HubError('rate_limited', 'There are too many messages; send fewer.')
    rejected.add(error.code)
    if (isLast) {
      errors.report(error, 'limit', this.connection)
      this.close(CloseCode.TooMany, 'too many messages')
    } else if (message !== undefined) {
      const text = this.typed ? textIn(message) : undefined
      const id = text === undefined ? undefined : idIn(text)
      this.answer(encodeEnvelope('error', { code: error.code, message: error.message }, id))
    }
  }

  /** Closes after everything that was sent before. @throws RangeError for a code that can't be sent */
  abstract close(code: number, reason: string): void
}

import type { AsyncResource } from 'node:async_hooks'
import type { Duplex } from 'node:stream'
import { inspect, type InspectOptions } from 'node:util'
import type { Audience, Exception } from './audience.js'
import { NO_EXCEPTIONS, roomNames } from '../rooms/address.js'
import type { Closure } from '../connection/closure.js'
import type { AcceptedHandshake } from '../admission/admission.js'
import type { Handshake } from '../admission/identity.js'
import { closedError } from '../errors.js'
import type { Hub } from './hub.js'
import type {
  AskArguments,
  AsksOf,
  DataOf,
  EventArguments,
  EventsOf,
  HubTypes,
  NameIn,
  PresenceOf,
  ReplyTo,
} from './hub-types.js'
import { presenceText } from '../presence/presence-text.js'
import type { Transport } from '../connection/transport.js'
import { ConnectionCore } from '../connection/connection-core.js'
import type { AskOptions } from '../connection/request-options.js'
import type { ConnectionHost } from '../connection/connection-host.js'
import type { RenewedIdentity } from '../refresh/refresher.js'
import type { RerunSource } from '../refresh/rerun-source.js'
import { RoomNames } from './room-names.js'
import { randomId } from '../connection/random-id.js'
import { CloseCode, encode } from '../protocol/index.js'
import { inspectSummary, type Summary } from '../util/inspect-summary.js'

/** One WebSocket client, from its handshake to its closure. */
export class Connection<Types extends HubTypes = HubTypes> extends RoomNames<DataOf<Types>> {
  /** Makes connections with different `Types` incompatible for TypeScript; never set. */
  declare protected readonly types?: Types
  /** A random id, unique among all servers. `except`, `hub.connection` and `hub.client` take it. */
  readonly id: string = randomId()
  /** The user that `describe` returned; `undefined` if it returned none. */
  readonly user: string | undefined
  /** The handshake: URL, headers, address. After a `hub:refresh` the headers carry the new token. */
  handshake: Handshake
  /** @internal */
  scope: AsyncResource
  /** The presence state that `describe` returned, as JSON text. @internal */
  describedPresence: string | undefined
  /** The current presence state, as JSON text. @internal */
  presenceState: string | undefined
  /** When it opened, on the clock of `performance.now()`. @internal */
  readonly openedAt: number = performance.now()
  /** @internal */
  readonly core: ConnectionCore<Connection<Types>>
  /** @internal */
  readonly source: RerunSource
  readonly #host: ConnectionHost<Connection<Types>, Hub<Types>>

  /** @internal */
  constructor(
    host: ConnectionHost<Connection<Types>, Hub<Types>>,
    transport: Transport,
    accepted: AcceptedHandshake<DataOf<Types>>,
  ) {
    const { identity, handshake, scope, source } = accepted
    super(identity)
    this.user = identity.user
    this.handshake = handshake
    this.scope = scope
    this.namedRooms = identity.rooms
    this.describedPresence = identity.presence
    this.presenceState = identity.presence
    this.source = source
    this.#host = host
    this.core = new ConnectionCore<Connection<Types>>(this, host, transport)
  }

  /** The hub of the connection. */
  get hub(): Hub<Types> {
    return this.#host.hub
  }

  /** `open`, `closing` after the first close frame of either side, or `closed` when the socket has closed. */
  get state(): 'open' | 'closing' | 'closed' {
    return this.core.state
  }

  /** Bytes that wait to be sent, in the hub and in the socket. */
  get bufferedAmount(): number {
    return this.core.bufferedAmount
  }

  /** Resolves once at most half of `limits.maxBufferedBytes` waits to be sent, or the connection has closed. Never rejects. */
  get drained(): Promise<void> {
    return this.core.drained
  }

  /** Milliseconds of the last heartbeat's round trip; `undefined` before the first. */
  get latency(): number | undefined {
    return this.core.latency
  }

  /** Resolves with code and reason when the connection has closed. Never rejects. */
  get closed(): Promise<Closure> {
    return this.core.closed
  }

  /** Aborted when the connection has closed. Pass it to work that only this client waits for. */
  get signal(): AbortSignal {
    return this.core.signal
  }

  /**
   * Sends a text frame (string) or a binary frame (bytes, which are copied). Does nothing once the connection closes.
   * @throws TypeError as `send` of an {@link Audience} does
   */
  send(data: string | Uint8Array): void {
    this.core.send(data)
  }

  /** Sends a value as JSON text. @throws TypeError if it has no JSON form */
  json(value: unknown): void {
    this.send(encode(value))
  }

  /** Sends an event: `{ "type", "payload" }`. @throws TypeError if the type, the payload or an option is invalid */
  emit<Type extends NameIn<EventsOf<Types>>>(type: Type, ...rest: EventArguments<EventsOf<Types>, Type>): void {
    const [payload, options] = rest
    this.core.emit(type, payload, options)
  }

  /**
   * Makes the connection a member of a room, or of several: at once on this server. The promise resolves when messages of other
   * servers arrive too. You need not await it: a refusal that you do not await is reported to `onError` with the stage `join`.
   * Several rooms are joined one by one, and the promise rejects with the first refusal.
   * @throws HubError (as a rejection) `closed`, `invalid_room`, `too_many_rooms`, `room_full`
   */
  join(rooms: string | readonly string[]): Promise<void> {
    return this.#host.memberships.enter(this, rooms)
  }

  /** Leaves a room, or several. Rooms that it is not in are skipped. @throws TypeError for a name that is not a string */
  leave(rooms: string | readonly string[]): void {
    for (const room of roomNames(rooms)) this.#host.memberships.leave(this, room, 'left')
  }

  /**
   * Sets the presence state of this connection: JSON of at most 1,024 bytes, or `undefined` for none. Members of rooms with
   * `presence` see the state of the user's newest connection. Without a user, and once the connection closes, it has no effect.
   * @throws TypeError if the state has no JSON form, contains a function, or is too long; the state is then unchanged
   */
  setPresence(state: PresenceOf<Types> | undefined): void {
    const text = presenceText(state)
    if (this.accepting) this.#host.presence.restate(this, text)
  }

  /**
   * Sends a request to the client and resolves with the payload of its reply, which has gone through JSON: a `Date` is a
   * string. A reply with bytes is a {@link WithBytes}. The reply is not validated. You can await it in every handler,
   * because answers do not wait for handlers.
   * @throws (as a rejection) HubError `timeout` (after 10,000 ms, or the option `timeout`), `closed`, `slow_consumer`, or
   * the code with which the client answered; TypeError for an invalid type, payload or timeout
   */
  async request<Type extends NameIn<AsksOf<Types>>>(
    type: Type,
    ...[payload, options]: AskArguments<AsksOf<Types>, Type, AskOptions>
  ): Promise<ReplyTo<AsksOf<Types>, Type>> {
    return (await this.core.request(type, payload, options)) as ReplyTo<AsksOf<Types>, Type>
  }

  /** Sends a ping frame; resolves with the milliseconds of the round trip. @throws (as a rejection) HubError `closed` */
  async ping(): Promise<number> {
    if (!this.accepting) throw closedError()
    return this.core.receiver.ping()
  }

  /**
   * The frames that the router does not take, for a `for await` loop in place of `onMessage`. The socket is paused while too
   * many bytes wait for the loop. The loop ends when the connection closes.
   */
  messages(): AsyncIterableIterator<string | Buffer> {
    return this.core.receiver.pull()
  }

  /** This connection as an audience, which is empty if an exception applies to it. */
  except(...exceptions: Exception[]): Audience<Types> {
    return this.hub.audience({ scope: 'connection', names: [this.id], except: NO_EXCEPTIONS }).except(...exceptions)
  }

  /** A list of this connection; empty once it has closed. */
  members(): Connection<Types>[] {
    return this.state === 'closed' ? [] : [this]
  }

  /**
   * Closes the connection after the messages that were sent before. Messages of the client whose handler has not started are
   * dropped. The client may reconnect.
   * @param code 1000 by default. Allowed are 1000 to 1003, 1007 to 1014 and 3000 to 4999 (RFC 6455 section 7.4)
   * @param reason shortened to 123 bytes (RFC 6455 section 5.5)
   * @throws RangeError for any other code
   */
  close(code: number = CloseCode.Normal, reason = ''): void {
    this.core.close(code, reason)
  }

  /** The same as `close`, with a code after which clients do not reconnect by themselves. @param code 4401 by default */
  disconnect(code: number = CloseCode.Unauthorized, reason = ''): void {
    this.core.close(code, reason)
  }

  /** Closes the socket at once, without a close frame. Messages that wait to be sent are dropped. */
  terminate(): void {
    this.core.terminate()
  }

  /** `{ id, user }`: JSON does not show the handshake, the session or the data. */
  toJSON(): Summary {
    return { id: this.id, ...(this.user !== undefined && { user: this.user }) }
  }

  /** The text that `util.inspect` and `console.log` show. @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const { state, roomNames: rooms } = this
    return inspectSummary('Connection', { ...this.toJSON(), state, rooms }, { depth, options })
  }

  /** @internal */
  get socket(): Duplex {
    return this.core.socket
  }

  /** Replaces the identity after a repeated handshake. @internal */
  renew({ identity, handshake, scope }: RenewedIdentity<DataOf<Types>>): void {
    this.replace(identity)
    Object.assign(this, { handshake, scope, namedRooms: identity.rooms, describedPresence: identity.presence })
  }

  /** @internal */
  get accepting(): boolean {
    return this.core.accepting
  }

  /** @internal */
  protected roomChanged(room: string, bytes: number): void {
    this.#host.budget.charge('rooms', bytes)
    if (bytes < 0) this.core.forgetVolatile(room)
  }
}

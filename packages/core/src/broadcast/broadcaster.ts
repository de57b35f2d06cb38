import type { Revocations } from '../admission/revocations.js'
import type { ClusterBus } from '../cluster/cluster-bus.js'
import type { Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import { withRoom } from '../history/event-text.js'
import { noHistory } from '../history/history-errors.js'
import type { Recovery } from '../history/recovery.js'
import type { StreamPlace } from '../history/stream-place.js'
import type { Streams } from '../history/streams.js'
import { warnUnkeptEmit } from '../observability/unkept-emit.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import type { Warnings } from '../observability/warnings.js'
import { type Address, type Command, hasExceptions, NO_EXCEPTIONS, onlyRoom, roomOf } from '../rooms/address.js'
import type { Member } from '../rooms/member.js'
import type { ConnectionRegistry } from './connection-registry.js'
import { type Emission, noBytesInHistory } from './emission.js'
import type { FlushBatches } from './flush-batches.js'
import { assertRaw, type Compression, copyBytes, Frame } from './frame.js'
import type { SenderContext } from './sender-context.js'
import type { VolatileMark } from './volatile-buffer.js'

/** The beginning of a text that clients take for a message of the protocol. wshub itself passes no such text to `deliver`. */
const FORGED_PREFIX = '{"type":"hub:'

/** Joins of clients that the app has not decided on yet. */
export interface PendingJoins<Connection> {
  /** Ends the joins of connections that may not be in a room any more. */
  removed(isRemoved: (connection: Connection, room: string) => boolean): void
}

/** What a broadcaster works with. */
export interface BroadcasterParts<Connection extends Member> {
  readonly registry: ConnectionRegistry<Connection>
  readonly batches: Pick<FlushBatches, 'tails'>
  readonly streams: Streams
  readonly recovery: Recovery<Connection>
  readonly bus: ClusterBus
  readonly compression: Compression | undefined
  /** Whether the hub has a router: a binary frame may hold an envelope. */
  readonly typed: boolean
  readonly revocations: Revocations
  readonly errors: ErrorReporter<Connection>
  readonly warnings: Warnings
  /** The taps of the hub. A broadcast checks once whether there are any. */
  readonly taps: { readonly isEmpty: boolean }
  /** Absent if clients are not charged for what their handlers send. */
  readonly senders: SenderContext<Connection> | undefined
  readonly joins: () => PendingJoins<Connection>
  /** Whether clients may ask for a room. */
  readonly mayBeJoined: (room: string) => boolean
}

/** Sends to the members of an audience: to those on this server directly, to those on other servers through the cluster bus. */
export class Broadcaster<Connection extends Member> {
  readonly #parts: BroadcasterParts<Connection>

  constructor(parts: BroadcasterParts<Connection>) {
    this.#parts = parts
  }

  /**
   * Sends a text or bytes to an audience on all servers.
   * @throws TypeError if the hub has a router and the bytes begin like an envelope with bytes
   */
  deliver(address: Address, payload: string | Uint8Array | Frame): void {
    const { streams, bus } = this.#parts
    const stream = streams.busy(address)
    const frame = payload instanceof Frame ? payload : this.#rawFrame(payload, stream !== undefined)
    this.#charge(address)
    if (stream) stream.after(() => this.#deliverHere(address, frame))
    else this.#deliverHere(address, frame)
    if (!this.#isHere(address)) bus.send(() => ({ address, frame: frame.bytes(false) }))
  }

  #rawFrame(payload: string | Uint8Array, isWaiting: boolean): Frame {
    const { warnings, compression, typed } = this.#parts
    if (typeof payload !== 'string') assertRaw(payload, typed)
    else if (payload.startsWith(FORGED_PREFIX)) warnings.warn('WSHUB_FORGED_PROTOCOL')
    // The caller may change its bytes while the frame waits for its turn.
    return new Frame(isWaiting && typeof payload !== 'string' ? copyBytes(payload) : payload, compression)
  }

  /** Sends an event as JSON text to an audience on all servers; a room with history keeps it first. */
  emit(address: Address, text: string): void {
    const rooms = this.#roomsApart(address)
    if (!rooms) return this.deliver(address, text)
    for (const room of rooms) {
      const one = onlyRoom(address, room)
      const place = this.#parts.streams.placeOf(room)
      if (place) this.#record(place, one, text)
      else this.deliver(one, withRoom(text, room))
    }
  }

  /**
   * Sends an event with options to an audience on all servers. A room with history does not keep a volatile one.
   * @throws HubError `no_history` if a room that keeps its messages would have to keep bytes
   */
  emitWith(address: Address, emission: Emission): void {
    const { streams, compression, typed } = this.#parts
    const { isVolatile, bytes } = emission
    if (!isVolatile && !bytes) return this.emit(address, emission.text)
    emission.assertFits(typed)
    const rooms = this.#roomsApart(address)
    const kept = isVolatile ? undefined : rooms?.find((name) => streams.placeOf(name))
    if (kept !== undefined) throw noBytesInHistory(kept)
    for (const room of rooms ?? [undefined]) {
      const one = room === undefined ? address : onlyRoom(address, room)
      const frame = emission.frame(room, compression)
      if (isVolatile) this.#sendVolatile(one, frame, emission.markOf(room))
      else this.deliver(one, frame)
    }
  }

  /**
   * The rooms that each get a message of their own: a single room, and all rooms of a union if any of them has a history, because
   * a position belongs to one room. `undefined` if the whole audience gets one message.
   */
  #roomsApart({ scope, names }: Address): readonly string[] | undefined {
    const { streams } = this.#parts
    const isApart = scope === 'room' && (names.length <= 1 || names.some((name) => streams.placeOf(name)))
    return isApart ? names : undefined
  }

  #sendVolatile(address: Address, frame: Frame, mark: VolatileMark): void {
    this.#charge(address)
    this.#deliverVolatile(address, frame, mark)
    if (!this.#isHere(address))
      this.#parts.bus.send(() => ({ address, frame: frame.bytes(false), volatile: mark.slot ?? true }))
  }

  /** Delivers a volatile frame at once, even if other messages wait: it has no place in the order of a room's messages. */
  #deliverVolatile(address: Address, frame: Frame, mark: VolatileMark): void {
    for (const connection of this.#parts.registry.select(address)) connection.core.deliverVolatile(frame, mark)
  }

  /**
   * Keeps an event in the history of a room and delivers it to the room. @returns its position once it is kept
   * @throws HubError (as a rejection) `no_history`, `unavailable`, `unknown`
   */
  async append(address: Address, text: string): Promise<Position> {
    const [room = ''] = address.names
    const { streams } = this.#parts
    const place = streams.placeOf(room)
    if (!place) throw noHistory()
    this.#charge(address)
    return streams.append(place, address, text)
  }

  #record(place: StreamPlace, address: Address, text: string): void {
    this.#charge(address)
    this.#parts.streams.record(place, this.#withUsers(address), text)
  }

  /** Adds the users of the connections that an address excludes by id, if these are on this server. */
  #withUsers(address: Address): Address {
    if (address.except.size === 0) return address
    const users = new Set(address.exceptUsers)
    for (const id of address.except) {
      const user = this.#parts.registry.connections.get(id)?.user
      if (user !== undefined) users.add(user)
    }
    return users.size > 0 ? { ...address, exceptUsers: users } : address
  }

  /** Executes a command for an audience on all servers. */
  command(address: Address, command: Command): void {
    const { streams, bus } = this.#parts
    const stream = streams.busy(address)
    if (stream) stream.after(() => this.execute(address, command))
    else this.execute(address, command)
    if (this.#isHere(address)) return
    bus.send(() => ({ address, command, ...(this.#isForAll(address, command) && { everywhere: true }) }))
  }

  /** Whether an address names only connections of this server. */
  #isHere({ scope, names }: Address): boolean {
    return scope === 'connection' && names.every((id) => this.#parts.registry.connections.has(id))
  }

  /** Whether a command must also reach servers without members, because clients there may be joining a room that it concerns. */
  #isForAll({ scope, names }: Address, command: Command): boolean {
    const { mayBeJoined } = this.#parts
    if (command.do === 'leave') return mayBeJoined(command.room)
    return command.do === 'disconnect' && scope === 'room' && names.some(mayBeJoined)
  }

  /** Executes a command for the audience's connections on this server. */
  execute(address: Address, command: Command): void {
    const { registry, revocations } = this.#parts
    if (command.do === 'disconnect') revocations.add(address, command.code)
    this.endJoins(address, command)
    // A copy: a command changes the lists.
    this.executeFor(Array.from(registry.select(address)), command)
  }

  /** Executes a command for some connections. */
  executeFor(connections: readonly Connection[], command: Command): void {
    const { errors } = this.#parts
    for (const connection of connections) {
      if (command.do === 'disconnect') connection.disconnect(command.code, command.reason)
      else if (command.do === 'leave') connection.leave(command.room)
      else connection.join(command.room).catch((error: unknown) => errors.report(error, 'join', connection))
    }
  }

  /** Ends joins in progress: a late `true` of `authorize` must not admit a connection that was removed meanwhile. */
  endJoins(address: Address, command: Command): void {
    if (command.do === 'join') return
    const { registry, joins } = this.#parts
    joins().removed(
      (connection, room) =>
        (command.do !== 'leave' || command.room === room) && registry.wouldSelect(address, connection, room),
    )
  }

  /** Delivers a frame from another server to connections on this one. @returns false if the bytes are not a frame */
  deliverReceived(address: Address, bytes: Buffer, volatile: ClusterMessage['volatile']): boolean {
    const frame = Frame.received(bytes, this.#parts.compression)
    if (!frame) return false
    const slot = volatile === true ? undefined : volatile
    if (volatile === undefined) {
      warnUnkeptEmit(this.#parts, roomOf(address), frame)
      this.#deliverHere(address, frame)
    } else this.#deliverVolatile(address, frame, { slot, room: roomOf(address) })
    return true
  }

  /** Sends a text to the members of a room that are connected to this server. */
  sendToRoomHere(room: string, text: string): void {
    this.#deliverHere({ scope: 'room', names: [room], except: NO_EXCEPTIONS }, new Frame(text, this.#parts.compression))
  }

  #deliverHere(address: Address, frame: Frame): void {
    const { registry, batches, recovery, taps } = this.#parts
    const room = roomOf(address)
    const holds = recovery.holdsIn(room ?? '')
    const isForAll = room !== undefined && !holds && taps.isEmpty && !hasExceptions(address)
    if (isForAll) return batches.tails.deliver(registry.inRoom(room), frame)
    for (const connection of registry.select(address)) {
      const hold = holds?.get(connection)
      if (hold) hold.push({ frame })
      else connection.core.deliver(frame)
    }
  }

  #charge(address: Address): void {
    this.#parts.senders?.charge(() => [...this.#parts.registry.select(address)].length)
  }
}

import { type Address, type Command, type Disconnect, NO_EXCEPTIONS } from '../rooms/address.js'
import type { AudienceRequest, Replies } from '../cluster/audience-request.js'
import type { AudienceHost } from '../api/audience.js'
import type { LinkPosition, Position, PresenceEvent } from '../cluster/broker.js'
import type { Connection } from '../api/connection.js'
import { PresenceTracker } from '../presence/presence-tracker.js'
import { ClusterBus, type ClusterListener } from '../cluster/cluster-bus.js'
import { OutageReports } from '../cluster/outage-reports.js'
import { Recovery } from '../history/recovery.js'
import { RoomHistory } from '../api/room-history.js'
import type { GapReason } from '../history/room-stream-host.js'
import { Streams } from '../history/streams.js'
import { type Compression, copyBytes, Frame } from './frame.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import { ConnectionRegistry } from './connection-registry.js'
import type { Presence } from '../presence/presence.js'
import { after, type Deadline } from '../util/timers.js'
import type { BroadcastHost, BroadcastSettings } from './broadcast-host.js'
import { RoomEmitter } from './room-emitter.js'
import { AudienceRequests } from '../cluster/audience-requests.js'

/** Milliseconds after which nothing is on its way any more that another server sent before. */
const IN_FLIGHT_MS = 1000

/** How a message of the protocol begins. The library itself sends none this way. */
const FORGED_PREFIX = '{"type":"hub:'

/** Reaches the members of an audience: those of this server at once, those of others through the courier. */
export class Broadcaster<Data, Events extends object> implements AudienceHost<Data, Events>, ClusterListener {
  readonly registry: ConnectionRegistry<Data, Events>
  readonly bus: ClusterBus
  readonly streams: Streams
  readonly recovery: Recovery<Data, Events>
  readonly presences: PresenceTracker<Data, Events>
  readonly audienceRequests: AudienceRequests<Data, Events>
  readonly #emitter: RoomEmitter
  readonly #compression: Compression | undefined
  readonly #host: BroadcastHost<Data, Events>
  readonly #revocations = new Set<Deadline>()
  readonly #outages = new OutageReports()

  constructor({ name, broker, limits, compression }: BroadcastSettings, host: BroadcastHost<Data, Events>) {
    this.#compression = compression
    this.#host = host
    this.registry = new ConnectionRegistry(this, limits)
    const { registry } = this
    this.bus = new ClusterBus(name, broker, this)
    const { bus } = this
    this.streams = new Streams({ bus, history: broker.history, members: this, configs: registry.rooms.configs })
    this.#emitter = new RoomEmitter({
      streams: this.streams,
      userOf: (id) => registry.connections.get(id)?.user,
      deliver: (address, text) => this.deliver(address, text),
      sending: host.sending,
    })
    this.recovery = new Recovery({
      placeOf: (room) => this.streams.placeOf(room),
      streamOf: (room) => this.streams.existing(room),
      members: ({ address }) => registry.select(address),
      frame: (text) => this.frame(text),
      recovered: (messages) => this.streams.recovered(messages),
      maxBufferedBytes: limits.maxBufferedBytes,
    })
    this.presences = new PresenceTracker({ bus, registry, presence: broker.presence, host: this })
    this.audienceRequests = new AudienceRequests((address) => this.members(address), bus, host.report)
    void bus.listen('server', '')
  }

  /** One message for any number of connections. */
  frame(data: string | Uint8Array): Frame {
    return new Frame(data, this.#compression)
  }

  deliver(address: Address, payload: string | Uint8Array): void {
    if (typeof payload === 'string' && payload.startsWith(FORGED_PREFIX))
      this.#host.warnings.tell('WSHUB_FORGED_PROTOCOL')
    this.#host.sending?.(address)
    const stream = this.streams.busy(address)
    // The caller may use its bytes again while they wait for their turn.
    const frame = this.frame(stream && typeof payload !== 'string' ? copyBytes(payload) : payload)
    if (stream) stream.after(() => this.#deliverHere(address, frame))
    else this.#deliverHere(address, frame)
    this.bus.send(() => ({ address, frame: frame.bytes(false) }))
  }

  emit(address: Address, text: string): void {
    if (address.scope === 'room') this.#emitter.emit(address, text)
    else this.deliver(address, text)
  }

  command(address: Address, command: Command): void {
    const stream = this.streams.busy(address)
    if (stream) stream.after(() => this.#carryOut(address, command))
    else this.#carryOut(address, command)
    this.bus.send(() => ({ address, command }))
  }

  request(address: Address, question: AudienceRequest): Promise<Replies> {
    return this.audienceRequests.request(address, question)
  }

  members(address: Address): Connection<Data, Events>[] {
    return [...this.registry.select(address)]
  }

  presence(scope: 'room' | 'user', name: string): Promise<Presence[]> {
    return this.presences.list(scope, name)
  }

  history(room: string): RoomHistory | undefined {
    return this.streams.placeOf(room) && new RoomHistory(() => this.streams.placeOf(room))
  }

  /** The first member of a room has come to this server. Resolves once it hears the others. Never rejects. */
  listen(room: string): Promise<void> {
    return this.streams.start(room) ?? this.bus.listen('room', room)
  }

  /** The last member of a room has left this server. */
  ignore(room: string): void {
    this.streams.stop(room)
    this.bus.ignore('room', room)
    this.presences.emptied(room)
  }

  receive({ id, address, frame, event, ...message }: ClusterMessage): void {
    if (message.command) this.#carryOut(address, message.command)
    else if (message.question) void this.audienceRequests.answer(message.question, address, this.bus.seen(id))
    else if (message.answer) this.audienceRequests.settle(message.answer)
    else if (event) this.streams.received({ id, address, event })
    else if (frame) this.#deliverReceived(address, frame)
  }

  departed(address: Address, { code, reason }: Disconnect): void {
    this.#host.revocations.add(address, code)
    const here = this.members(address)
    // Not at once: on the topics of their own it comes behind everything that was said to them before.
    if (here.length === 0) return
    const late = after(IN_FLIGHT_MS, () => {
      this.#revocations.delete(late)
      for (const connection of here) connection.disconnect(code, reason)
    })
    this.#revocations.add(late)
  }

  linked(room: string, link: LinkPosition, message: ClusterMessage | undefined): void {
    this.streams.linked(room, link, message)
  }

  historyRestarted(room: string, position: Position): void {
    this.streams.announced(room, position)
  }

  deliverEvent(message: ClusterMessage, position?: Position, isMeant?: (member: object) => boolean): void {
    this.recovery.deliver(message, position, isMeant)
  }

  gap(room: string, reason: GapReason, position: Position): void {
    this.#host.count('gaps')
    this.recovery.gap(room, { members: this.registry.list('room', room), reason, position })
  }

  isOccupied(room: string): boolean {
    return this.registry.rooms.occupants(room).size > 0
  }

  refused(): void {
    this.#host.count('unsent')
  }

  tell(room: string, text: string): void {
    this.#deliverHere({ scope: 'room', names: [room], except: NO_EXCEPTIONS }, this.frame(text))
  }

  attendance(room: string, event: PresenceEvent): void {
    this.presences.changed(room, event)
  }

  restored(): void {
    this.#outages.over()
    this.streams.restored()
    this.presences.restored()
  }

  linkLost(): void {
    this.streams.linkLost()
  }

  failed(error: unknown): void {
    if (this.#outages.isNews(error, performance.now())) this.#host.fail(error, 'broker')
  }

  discarded(): void {
    this.#host.count('discarded')
  }

  unsent(): void {
    this.#host.count('unsent')
  }

  /** Says farewell to the other servers. */
  async close(): Promise<void> {
    for (const late of this.#revocations) late.cancel()
    this.streams.close()
    await this.presences.close()
    await this.bus.close()
  }

  #deliverHere(address: Address, frame: Frame): void {
    const [room = ''] = address.scope === 'room' && address.names.length === 1 ? address.names : []
    for (const connection of this.registry.select(address)) this.recovery.hand(connection, room, { frame })
  }

  #deliverReceived(address: Address, bytes: Buffer): void {
    const frame = Frame.received(bytes, this.#compression)
    if (frame) this.#deliverHere(address, frame)
    else this.discarded()
  }

  #carryOut(address: Address, command: Command): void {
    if (command.do === 'disconnect') this.#host.revocations.add(address, command.code)
    for (const connection of this.members(address)) {
      if (command.do === 'disconnect') connection.disconnect(command.code, command.reason)
      else if (command.do === 'leave') connection.leave(command.room)
      else connection.join(command.room).catch((error: unknown) => this.#host.fail(error, 'join', connection))
    }
  }
}

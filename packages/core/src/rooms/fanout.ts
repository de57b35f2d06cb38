import { NOBODY } from './audience.js'
import type { Address, Command, Disconnect, Fanout, Question, Replies } from './audience.js'
import type { LinkPosition, Position, PresenceEvent } from '../broker/broker.js'
import type { Connection } from '../connection/connection.js'
import { PresenceTracker } from '../presence/presence-tracker.js'
import { Courier, type Recipient } from '../broker/courier.js'
import { OutageReports } from '../broker/outage-reports.js'
import { Recovery } from '../history/recovery.js'
import { RoomHistory } from '../history/room-history.js'
import type { GapReason } from '../history/room-stream-host.js'
import { Streams } from '../history/streams.js'
import { type Compression, copyOf, Frame } from '../outbox/frame.js'
import type { Parcel } from '../broker/parcel.js'
import { Population } from './population.js'
import type { Presence } from './room.js'
import { after, type Deadline } from '../limits.js'
import type { FanoutHost, FanoutSettings } from './fanout-host.js'
import { RoomEmitter } from './room-emitter.js'
import { Survey } from './survey.js'

/** Milliseconds after which nothing is on its way any more that another server sent before. */
const IN_FLIGHT = 1000

/** How a message of the protocol begins. The library itself sends none this way. */
const FORGED = '{"type":"hub:'

/** Reaches the members of an audience: those of this server at once, those of others through the courier. */
export class HubFanout<Data, Events extends object> implements Fanout<Data, Events>, Recipient {
  readonly population: Population<Data, Events>
  readonly courier: Courier
  readonly streams: Streams
  readonly recovery: Recovery<Data, Events>
  readonly presences: PresenceTracker<Data, Events>
  readonly survey: Survey<Data, Events>
  readonly #emitter: RoomEmitter
  readonly #compression: Compression | undefined
  readonly #host: FanoutHost<Data, Events>
  readonly #departures = new Set<Deadline>()
  readonly #outages = new OutageReports()

  constructor({ name, broker, limits, compression }: FanoutSettings, host: FanoutHost<Data, Events>) {
    this.#compression = compression
    this.#host = host
    this.population = new Population(this, limits)
    const { population } = this
    this.courier = new Courier(name, broker, this)
    const { courier } = this
    this.streams = new Streams({ courier, history: broker.history, members: this, plans: population.rooms.plans })
    this.#emitter = new RoomEmitter({
      streams: this.streams,
      userOf: (id) => population.connections.get(id)?.user,
      deliver: (address, text) => this.deliver(address, text),
      sending: host.sending,
    })
    this.recovery = new Recovery({
      placeOf: (room) => this.streams.placeOf(room),
      streamOf: (room) => this.streams.existing(room),
      members: ({ address }) => population.select(address),
      frame: (text) => this.frame(text),
      recovered: (messages) => this.streams.recovered(messages),
      maxBufferedBytes: limits.maxBufferedBytes,
    })
    this.presences = new PresenceTracker({ courier, population, presence: broker.presence, host: this })
    this.survey = new Survey((address) => this.members(address), courier, host.report)
    void courier.listen('server', '')
  }

  /** One message for any number of connections. */
  frame(data: string | Uint8Array): Frame {
    return new Frame(data, this.#compression)
  }

  deliver(address: Address, payload: string | Uint8Array): void {
    if (typeof payload === 'string' && payload.startsWith(FORGED)) this.#host.warnings.tell('WSHUB_FORGED_PROTOCOL')
    this.#host.sending?.(address)
    const stream = this.streams.busy(address)
    // The caller may use its bytes again while they wait for their turn.
    const frame = this.frame(stream && typeof payload !== 'string' ? copyOf(payload) : payload)
    if (stream) stream.after(() => this.#deliverHere(address, frame))
    else this.#deliverHere(address, frame)
    this.courier.send(() => ({ address, frame: frame.bytes(false) }))
  }

  emit(address: Address, text: string): void {
    if (address.scope === 'room') this.#emitter.emit(address, text)
    else this.deliver(address, text)
  }

  command(address: Address, command: Command): void {
    const stream = this.streams.busy(address)
    if (stream) stream.after(() => this.#carryOut(address, command))
    else this.#carryOut(address, command)
    this.courier.send(() => ({ address, command }))
  }

  request(address: Address, question: Question): Promise<Replies> {
    return this.survey.request(address, question)
  }

  members(address: Address): Connection<Data, Events>[] {
    return [...this.population.select(address)]
  }

  presence(scope: 'room' | 'user', name: string): Promise<Presence[]> {
    return this.presences.list(scope, name)
  }

  history(room: string): RoomHistory | undefined {
    return this.streams.placeOf(room) && new RoomHistory(() => this.streams.placeOf(room))
  }

  /** The first member of a room has come to this server. Resolves once it hears the others. Never rejects. */
  listen(room: string): Promise<void> {
    return this.streams.start(room) ?? this.courier.listen('room', room)
  }

  /** The last member of a room has left this server. */
  ignore(room: string): void {
    this.streams.stop(room)
    this.courier.ignore('room', room)
  }

  receive({ id, address, frame, event, ...parcel }: Parcel): void {
    if (parcel.command) this.#carryOut(address, parcel.command)
    else if (parcel.question) void this.survey.answer(parcel.question, address, this.courier.seen(id))
    else if (parcel.answer) this.survey.settle(parcel.answer)
    else if (event) this.streams.received({ id, address, event })
    else if (frame) this.#deliverReceived(address, frame)
  }

  departed(address: Address, { code, reason }: Disconnect): void {
    this.#host.departures.add(address, code)
    const here = this.members(address)
    // Not at once: on the topics of their own it comes behind everything that was said to them before.
    if (here.length === 0) return
    const late = after(IN_FLIGHT, () => {
      this.#departures.delete(late)
      for (const connection of here) connection.disconnect(code, reason)
    })
    this.#departures.add(late)
  }

  linked(room: string, link: LinkPosition, parcel: Parcel | undefined): void {
    this.streams.linked(room, link, parcel)
  }

  historyRestarted(room: string, position: Position): void {
    this.streams.announced(room, position)
  }

  deliverEvent(parcel: Parcel, position?: Position, isMeant?: (member: object) => boolean): void {
    this.recovery.deliver(parcel, position, isMeant)
  }

  gap(room: string, reason: GapReason, position: Position): void {
    this.#host.count('gaps')
    this.recovery.gap(room, { members: this.population.list('room', room), reason, position })
  }

  isOccupied(room: string): boolean {
    return this.population.rooms.occupants(room).size > 0
  }

  refused(): void {
    this.#host.count('unsent')
  }

  tell(room: string, text: string): void {
    this.#deliverHere({ scope: 'room', names: [room], except: NOBODY }, this.frame(text))
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
    for (const late of this.#departures) late.cancel()
    this.streams.close()
    await this.presences.close()
    await this.courier.close()
  }

  #deliverHere(address: Address, frame: Frame): void {
    const [room = ''] = address.scope === 'room' && address.names.length === 1 ? address.names : []
    for (const connection of this.population.select(address)) this.recovery.hand(connection, room, { frame })
  }

  #deliverReceived(address: Address, bytes: Buffer): void {
    const frame = Frame.received(bytes, this.#compression)
    if (frame) this.#deliverHere(address, frame)
    else this.discarded()
  }

  #carryOut(address: Address, command: Command): void {
    if (command.do === 'disconnect') this.#host.departures.add(address, command.code)
    for (const connection of this.members(address)) {
      if (command.do === 'disconnect') connection.disconnect(command.code, command.reason)
      else if (command.do === 'leave') connection.leave(command.room)
      else connection.join(command.room).catch((error: unknown) => this.#host.fail(error, 'join', connection))
    }
  }
}

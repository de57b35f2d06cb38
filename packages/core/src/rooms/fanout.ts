import type { Address, Command, Disconnect, Fanout, Question, Replies } from './audience.js'
import type { Broker, Lost, Position, PresenceChange } from '../broker/broker.js'
import type { Connection } from '../connection/connection.js'
import { Attendance } from '../presence/attendance.js'
import { Courier, type Recipient } from '../broker/courier.js'
import type { Stage } from '../errors.js'
import { Logs } from '../history/logs.js'
import { Recovery } from '../history/recovery.js'
import { RoomHistory } from '../history/room-history.js'
import { type Compression, Frame } from '../outbox/frame.js'
import type { Parcel } from '../broker/parcel.js'
import { Population } from './population.js'
import type { Presence } from './room.js'
import { after, type Deadline } from '../limits.js'
import { encodeEnvelope } from '../protocol/index.js'
import type { RoomLimits } from './rooms.js'
import { type Report, Survey } from './survey.js'
import type { Warnings } from '../warnings.js'

/** Milliseconds after which nothing is on its way any more that another server sent before. */
const IN_FLIGHT = 1000

/** How a message of the protocol begins. The library itself sends none this way. */
const FORGED = '{"type":"hub:'

/** What reaching people depends on. */
export interface FanoutSettings {
  readonly name: string
  readonly broker: Broker
  readonly limits: RoomLimits & { readonly maxBufferedBytes: number }
  readonly compression: Compression | undefined
}

/** Told of whom the app has sent away. */
export interface Departures {
  add(address: Address, code: number): void
}

/** Told of what goes wrong on the way. */
export type Fail<Data, Events extends object> = (
  error: unknown,
  stage: Stage,
  connection?: Connection<Data, Events>,
) => void

/** What the fan-out tells its hub. */
export interface FanoutHost<Data, Events extends object> {
  fail: Fail<Data, Events>
  /** Counts. */
  count(what: 'discarded' | 'unsent'): void
  /** What other servers are told of this one. */
  report: Report
  /** Something is about to be sent; absent if nobody counts that. */
  readonly sending?: ((address: Address) => void) | undefined
  departures: Departures
  readonly warnings: Warnings
}

/** Reaches the members of an audience: those of this server at once, those of others through the courier. */
export class HubFanout<Data, Events extends object> implements Fanout<Data, Events>, Recipient {
  readonly population: Population<Data, Events>
  readonly courier: Courier
  readonly logs: Logs
  readonly recovery: Recovery<Data, Events>
  readonly attendances: Attendance<Data, Events>
  readonly survey: Survey<Data, Events>
  readonly #compression: Compression | undefined
  readonly #host: FanoutHost<Data, Events>
  readonly #departures = new Set<Deadline>()

  constructor({ name, broker, limits, compression }: FanoutSettings, host: FanoutHost<Data, Events>) {
    this.#compression = compression
    this.#host = host
    this.population = new Population(this, limits)
    const { population } = this
    this.courier = new Courier(name, broker, this)
    const { courier } = this
    this.logs = new Logs({ courier, history: broker.history, members: this, plans: population.rooms.plans })
    this.recovery = new Recovery({
      logOf: (room) => this.logs.of(room),
      members: ({ address }) => population.select(address),
      frame: (text) => this.frame(text),
      maxBufferedBytes: limits.maxBufferedBytes,
    })
    this.attendances = new Attendance({ courier, population, presence: broker.presence, failed: (e) => this.failed(e) })
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
    const frame = this.frame(payload)
    const log = this.logs.busy(address)
    if (log) log.after(() => this.#deliverHere(address, frame))
    else this.#deliverHere(address, frame)
    this.courier.send(() => ({ address, frame: frame.bytes(false) }))
  }

  emit(address: Address, text: string): void {
    const log = this.logs.at(address)
    if (log) this.#host.sending?.(address)
    if (log) this.logs.record(log, address, text)
    else this.deliver(address, text)
  }

  command(address: Address, command: Command): void {
    const log = this.logs.busy(address)
    if (log) log.after(() => this.#carryOut(address, command))
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
    return this.attendances.list(scope, name)
  }

  history(room: string): RoomHistory | undefined {
    return this.logs.of(room) && new RoomHistory(() => this.logs.of(room))
  }

  /** The first member of a room has come to this server. Resolves once it hears the others. Never rejects. */
  listen(room: string): Promise<void> {
    return this.logs.of(room)?.start() ?? this.courier.listen('room', room)
  }

  /** The last member of a room has left this server. */
  ignore(room: string): void {
    this.logs.stop(room)
    this.courier.ignore('room', room)
  }

  receive({ id, address, frame, event, ...parcel }: Parcel): void {
    if (parcel.command) this.#carryOut(address, parcel.command)
    else if (parcel.question) void this.survey.answer(parcel.question, address, this.courier.seen(id))
    else if (parcel.answer) this.survey.settle(parcel.answer)
    else if (event) this.recovery.deliver({ id, address, event }, undefined)
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

  recorded(room: string, position: Position, parcel: Parcel): void {
    this.logs.receive(room, position, parcel)
  }

  deliverEvent(parcel: Parcel, position?: Position): void {
    this.recovery.deliver(parcel, position)
  }

  missed(room: string, reason: Lost, position: Position): void {
    this.recovery.missed(room, reason, position)
  }

  attendance(room: string, { joined, left }: PresenceChange): void {
    if (!this.population.rooms.plans.of(room).presence) return
    const frame = this.frame(encodeEnvelope('hub:presence', { room, joined, left }))
    for (const connection of this.population.list('room', room)) connection.endpoint.deliver(frame)
  }

  restored(): void {
    this.logs.restored()
    this.attendances.restored()
  }

  failed(error: unknown): void {
    this.#host.fail(error, 'broker')
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
    this.logs.close()
    await this.attendances.close()
    await this.courier.close()
  }

  #deliverHere(address: Address, frame: Frame): void {
    for (const connection of this.population.select(address)) connection.endpoint.deliver(frame)
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

import type { LinkPosition, Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import { Deliveries, type Emitted } from './deliveries.js'
import type { PendingAppends } from './pending-appends.js'
import { isLater } from './position.js'
import { PositionWaiters } from './position-waiters.js'
import type { GapReason } from '../protocol/index.js'
import type { RoomStreamHost } from './room-stream-host.js'
import type { StreamPlace } from './stream-place.js'
import { type Event, requests, type StreamRequestsHost, type Task } from './stream-requests.js'
import { type Effect, newStream } from './stream-machine/state.js'
import * as machine from './stream-machine/events.js'

/** The stream of one room on this server. It carries out the decisions of the `stream-machine`. */
export class RoomStream implements StreamRequestsHost {
  /** The time of the last request for the stream's head, on the clock of `performance.now()`. */
  checkedAt = 0
  /** The time of the last message. */
  activeAt = 0
  /** The time of the last request that keeps the stream alive in the store. */
  refreshedAt = 0
  readonly place: StreamPlace
  readonly #room: string
  readonly #host: RoomStreamHost<RoomStream>
  readonly #state = newStream<Emitted, Task>()
  #deliveries: Deliveries
  #waiters: PositionWaiters | undefined
  #events: Event[] | undefined
  #ready: Promise<void> | undefined
  #begun: (() => void) | undefined

  constructor(room: string, host: RoomStreamHost<RoomStream>, place: StreamPlace) {
    this.#room = room
    this.#host = host
    this.place = place
    this.#deliveries = new Deliveries(host.unkept)
  }

  /** The position of this server's members: they got every message up to here, or a gap. */
  get last(): Position | undefined {
    return this.#state.last
  }

  /** Whether the room has members here. */
  get active(): boolean {
    return this.#state.active
  }

  /** Whether the stream can be dropped without losing anything. */
  get idle(): boolean {
    return machine.isIdle(this.#state) && this.#events === undefined
  }

  get needsTick(): boolean {
    return machine.needsTick(this.#state)
  }

  /** Whether the store has confirmed the stream's position since the last loss of the link. */
  get verified(): boolean {
    return this.#state.verified
  }

  /** Whether the store has all messages that a client may have missed: it is verified, and it has every delivered message. */
  get trusted(): boolean {
    return this.#state.verified && this.#state.unpersisted === 0
  }

  /** How often the link was lost or restored so far. */
  get outages(): number {
    return this.#state.outages
  }

  /** Resolves once the members have a position in the stream, the first read has failed, or all members have left. */
  get ready(): Promise<void> {
    return this.#ready ?? Promise.resolve()
  }

  /** The first member has joined. @param subscribed resolves once messages arrive. @returns never rejects */
  start(subscribed: Promise<void> | undefined): Promise<void> {
    if (this.active) return this.ready
    this.#deliveries = new Deliveries(this.#host.unkept, this.#deliveries)
    const begun = new Promise<void>((resolve) => {
      this.#begun = resolve
    })
    this.step(machine.start)
    if (this.last && !subscribed) return Promise.resolve()
    return (this.#ready = this.#prepare(begun, subscribed))
  }

  async #prepare(begun: Promise<void>, subscribed: Promise<void> | undefined): Promise<void> {
    const { life } = this.#state
    await subscribed
    if (subscribed) this.step(machine.subscribed)
    await begun
    // A room that is ready needs no promise. If the room was started again meanwhile, the promise of that start stays.
    if (this.#state.life === life) this.#ready = this.#begun = undefined
  }

  /** The last member has left. */
  stop(): void {
    this.#forgetMembers()
    this.step(machine.stop)
  }

  /** The room has no history any more. */
  remove(): void {
    this.#forgetMembers()
    this.step(machine.remove)
  }

  /** The deliveries to the current members. */
  get deliveries(): Deliveries {
    return this.#deliveries
  }

  /** Keeps a message and delivers it at its position in the stream. @param unkept default: the setting of the room */
  emit(message: ClusterMessage, unkept = this.place.unkept): void {
    const emitted = this.#deliveries.emit(message)
    this.step((state) => machine.emitted(state, emitted, unkept))
  }

  /** Runs a task after all messages emitted before it: at once if none is pending. */
  after(task: Task): void {
    this.step((state) => machine.runAfterSent(state, task))
  }

  /** A message arrived over the link. @param message `undefined` if this server can't read its bytes */
  linked(message: ClusterMessage | undefined, link: LinkPosition): void {
    this.activeAt = performance.now()
    this.step((state) => machine.linked(state, message, link))
  }

  /** A new epoch was announced. */
  announced(position: Position): void {
    this.step((state) => machine.announced(state, position))
  }

  /** The link to the store is lost or restored. */
  linkChanged(): void {
    this.step(machine.linkChanged)
  }

  /** The store answered a request for the stream's position. @param outages {@link outages} before the request */
  checked(head: Position, outages: number): void {
    this.step((state) => machine.headChecked(state, head, outages))
  }

  /** Reads messages that this server may have missed, which keeps the stream alive in the store. */
  refresh(): void {
    this.step(machine.subscribed)
  }

  tick(): void {
    this.step(machine.tick)
  }

  /** Resolves once the room has reached a position or a later epoch, or has no members any more. Reads the store if necessary. */
  reach(position: Position): Promise<void> {
    if (this.#hasReached(position)) return Promise.resolve()
    this.#waiters ??= new PositionWaiters()
    const reached = this.#waiters.wait(position)
    this.checked(position, -1)
    return reached
  }

  #hasReached(position: Position): boolean {
    return this.last !== undefined && !isLater(position, this.last)
  }

  #forgetMembers(): void {
    this.#begun?.()
    this.#ready = this.#begun = undefined
  }

  /** Handles an event. An event that an effect causes runs after this one, not within it. */
  step(event: Event): void {
    if (this.#events) return void this.#events.push(event)
    this.#events = [event]
    for (let next = this.#events.shift(); next; next = this.#events.shift()) this.#run(next)
    this.#events = undefined
    this.#settle()
  }

  #run(event: Event): void {
    for (const effect of event(this.#state) ?? []) {
      try {
        this.#perform(effect)
      } catch (error) {
        // A message that can't be delivered must not prevent the delivery of the others.
        this.#host.failed(error)
      }
    }
  }

  #settle(): void {
    if (this.last) this.#begun?.()
    this.#waiters?.settle((position) => !this.active || this.#hasReached(position))
    if (this.#waiters?.size === 0) this.#waiters = undefined
    this.#host.changed(this.#room, this)
  }

  #perform(effect: Effect<Emitted, Task>): void {
    if (effect.type === 'read') this.#read(effect)
    else if (effect.type === 'append') requests.append(effect, this)
    else if (effect.type === 'restart') requests.restart(effect, this)
    else if (effect.type === 'begin') this.#deliveries.begin(effect.position)
    else if (effect.type === 'deliver') this.#deliveries.deliver(effect.message, effect.position, this.#host)
    else if (effect.type === 'deliverUnkept') this.#deliveries.deliverUnkept(effect.message, this.#host)
    else if (effect.type === 'fail') this.#host.refused(this.#room)
    else if (effect.type === 'run') effect.task()
    else this.#gap(effect.type === 'gap' ? effect.reason : 'unreadable', effect.position)
  }

  #read(effect: Extract<Effect<Emitted, Task>, { type: 'read' }>): void {
    this.checkedAt = this.refreshedAt = performance.now()
    requests.read(effect, this)
  }

  #gap(reason: GapReason, position: Position): void {
    this.#deliveries.skip(position)
    this.#host.gap(this.#room, reason, position)
  }

  // The methods below are for the requests to the store.

  readFailed(): void {
    this.#begun?.()
  }

  limited(read: () => Promise<void> | void): void {
    this.#host.limited(read)
  }

  get appends(): PendingAppends {
    return this.#host.appends
  }

  failed(error: unknown): void {
    this.#host.failed(error)
  }

  worked(): void {
    this.#host.worked()
    // The store works again but lacks messages that members got: all members must get a gap.
    if (this.#state.unpersisted > 0 && !this.#state.ending) this.tick()
  }
}

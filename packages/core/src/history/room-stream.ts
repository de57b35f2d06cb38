import type { LinkPosition, Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import { Deliveries } from './deliveries.js'
import { isLater } from './position.js'
import { PositionWaiters } from './position-waiters.js'
import type { GapReason, RoomStreamHost } from './room-stream-host.js'
import type { StreamPlace } from './stream-place.js'
import { type Event, questions, type StreamQuestionsHost, type Task } from './stream-questions.js'
import { type Effect, newStream } from './stream-state.js'
import * as machine from './stream.js'

/** One room's history as this server takes part in it: carries out what the machine of `stream.ts` decides. */
export class RoomStream implements StreamQuestionsHost {
  /** When the store was last asked where the stream stands, on the clock of `performance.now()`. */
  checkedAt = 0
  /** When a message last came. */
  activeAt = 0
  /** When the store was last asked in a way that keeps the stream alive there. */
  refreshedAt = 0
  readonly place: StreamPlace
  readonly #room: string
  readonly #host: RoomStreamHost<RoomStream>
  readonly #state = newStream<ClusterMessage, Task>()
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

  /** Where this server's members stand: they got everything up to here, or were told that they did not. */
  get last(): Position | undefined {
    return this.#state.last
  }

  /** Whether the room has members here. */
  get active(): boolean {
    return this.#state.active
  }

  /** Whether nothing is lost with it. */
  get idle(): boolean {
    return machine.isIdle(this.#state) && this.#events === undefined
  }

  get needsTick(): boolean {
    return machine.needsTick(this.#state)
  }

  /** Whether the store has confirmed where the stream stands since the last loss of the link. */
  get verified(): boolean {
    return this.#state.verified
  }

  /** Whether it can be told what a client has missed: nothing went out that the store is not known to have. */
  get trusted(): boolean {
    return this.#state.verified && this.#state.unpersisted === 0
  }

  /** Losses of the link so far. */
  get outages(): number {
    return this.#state.outages
  }

  /** Resolves once its members have a place in the stream. */
  get ready(): Promise<void> {
    return this.#ready ?? Promise.resolve()
  }

  /** The first member has come. @param subscribed resolves once messages arrive. @returns never rejects */
  start(subscribed: Promise<void> | undefined): Promise<void> {
    if (this.active) return this.ready
    this.#deliveries = new Deliveries(this.#host.unkept)
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
    // A room at rest keeps no promise. That of another start is not this one's.
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

  /** What the present members were shown. */
  get deliveries(): Deliveries {
    return this.#deliveries
  }

  /** Keeps a message and delivers it where the stream has it. */
  emit(message: ClusterMessage): void {
    this.step((state) => machine.emitted(state, message, this.place.unkept))
  }

  /** Does something after what was emitted before: at once if nothing of it is outstanding. */
  after(task: Task): void {
    this.step((state) => machine.after(state, task))
  }

  /** The link has brought a message. @param message `undefined`: bytes that this server can't read */
  linked(message: ClusterMessage | undefined, link: LinkPosition): void {
    this.activeAt = performance.now()
    this.step((state) => machine.linked(state, message, link))
  }

  /** A read for a client has brought messages. */
  found(messages: readonly machine.Found[]): void {
    this.step((state) => machine.found(state, messages))
  }

  /** A new epoch was announced. */
  announced(position: Position): void {
    this.step((state) => machine.announced(state, position))
  }

  /** The link to the store is lost, or has come back. */
  linkLost(): void {
    this.step(machine.linkLost)
  }

  /** The store has told where the stream stands. @param outages those when it was asked */
  checked(head: Position, outages: number): void {
    this.step((state) => machine.checked(state, head, outages))
  }

  /** Reads what may have been missed, which keeps the stream alive in the store. */
  refresh(): void {
    this.step(machine.subscribed)
  }

  tick(): void {
    this.step(machine.tick)
  }

  /** Resolves once everything up to a position was delivered, or a later epoch has begun. Reads it if need be. */
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

  /** Something has happened. What an effect brings about at once is the next event, not one within this. */
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
        // One message that can't be delivered must not take the others along.
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

  #perform(effect: Effect<ClusterMessage, Task>): void {
    if (effect.type === 'read') this.#read(effect)
    else if (effect.type === 'append') questions.append(effect, this)
    else if (effect.type === 'restart') questions.restart(effect, this)
    else if (effect.type === 'begin') this.#deliveries.begin(effect.position)
    else if (effect.type === 'deliver') this.#deliveries.deliver(effect.message, effect.position, this.#host)
    else if (effect.type === 'deliverUnkept') this.#deliveries.deliverUnkept(effect.message, this.#host)
    else if (effect.type === 'fail') this.#host.refused(this.#room)
    else if (effect.type === 'run') effect.task()
    else this.#gap(effect.type === 'gap' ? effect.reason : 'unreadable', effect.position)
  }

  #read(effect: Extract<Effect<ClusterMessage, Task>, { type: 'read' }>): void {
    this.checkedAt = this.refreshedAt = performance.now()
    questions.read(effect, this)
  }

  #gap(reason: GapReason, position: Position): void {
    this.#deliveries.skip(position)
    this.#host.gap(this.#room, reason, position)
  }

  // What follows is for the questions to the store.

  readFailed(): void {
    this.#begun?.()
  }

  limited(read: () => Promise<void> | void): void {
    this.#host.limited(read)
  }

  failed(error: unknown): void {
    this.#host.failed(error)
  }

  worked(): void {
    this.#host.worked()
    // Members saw what the store does not have: it is back, and everybody is to be told.
    if (this.#state.unpersisted > 0 && !this.#state.ending) this.tick()
  }
}

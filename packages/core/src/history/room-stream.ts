import type { BrokerHistory, HistoryWindow, LinkPosition, Lost, Position, Replay } from '../broker/broker-history.js'
import { pack, type Parcel, unpack } from '../broker/parcel.js'
import { isThenable } from '../thenable.js'
import { DeliveredRanges, type Mark } from './delivered-ranges.js'
import { isLater } from './position.js'
import { type Effect, newStream, type ReadAnswer, type StreamState, type Unkept } from './stream-state.js'
import * as machine from './stream.js'

/** Why members of a room may have missed something. */
export type GapReason = Lost | 'unreadable'

/** What a room's stream needs of its hub. */
export interface RoomStreamHost {
  /** Hands a message to this server's members. */
  deliver(parcel: Parcel, position: Position): void
  /** Sends a message without a position to everybody, because the store is not known to have kept it. */
  deliverUnkept(parcel: Parcel): void
  /** This server's members have missed something and go on from a position. */
  gap(reason: GapReason, position: Position): void
  /** A message was not kept, and is not delivered either. */
  refused(): void
  /** Runs a read of the store, later if many are under way. */
  limited(read: () => Promise<unknown>): void
  /** The state has changed. */
  changed(): void
  /** The store failed. */
  failed(error: unknown): void
  /** The store has done what it was asked. */
  worked(): void
}

/** Where a stream is kept. */
export interface StreamPlace {
  readonly history: BrokerHistory
  readonly topic: string
  readonly window: HistoryWindow
  readonly unkept: Unkept
}

type Task = () => void
type Event = (state: StreamState<Parcel, Task>) => readonly Effect<Parcel, Task>[] | void

interface Waiter {
  readonly position: Position
  readonly resolve: () => void
}

/** The most that one read of a server brings. */
const PAGE = { messages: 256, bytes: 1024 * 1024 }
const BEGINNING: Mark = { range: 0, offset: -1 }

/** One room's history as this server takes part in it: carries out what the machine of `stream.ts` decides. */
export class RoomStream {
  /** When the store was last asked where the stream stands, on the clock of `performance.now()`. */
  checkedAt = 0
  /** When a message last came. */
  activeAt = 0
  /** When the store was last asked in a way that keeps the stream alive there. */
  refreshedAt = 0
  readonly #host: RoomStreamHost
  readonly #place: StreamPlace
  readonly #state = newStream<Parcel, Task>()
  #ranges: DeliveredRanges | undefined
  #marks: Map<object, Mark> | undefined
  #waiters: Waiter[] | undefined
  #events: Event[] | undefined
  #ready: Promise<void> | undefined
  #begun: (() => void) | undefined

  constructor(host: RoomStreamHost, place: StreamPlace) {
    this.#host = host
    this.#place = place
  }

  get topic(): string {
    return this.#place.topic
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
    const begun = new Promise<void>((resolve) => {
      this.#begun = resolve
    })
    this.#step(machine.start)
    const heard = subscribed?.then(() => this.#step(machine.subscribed))
    if (this.last && !heard) return Promise.resolve()
    const ready = Promise.all([begun, heard]).then(() => {
      if (this.#ready === ready) this.#ready = undefined
    })
    return (this.#ready = ready)
  }

  /** The last member has left. */
  stop(): void {
    this.#forgetMembers()
    this.#step(machine.stop)
  }

  /** The room has no history any more. */
  remove(): void {
    this.#forgetMembers()
    this.#step(machine.remove)
  }

  /** A connection has become a member. */
  join(member: object): void {
    if (this.#ranges) (this.#marks ??= new Map()).set(member, this.#ranges.mark)
  }

  /** A connection is no member any more. */
  leave(member: object): void {
    this.#marks?.delete(member)
  }

  /** Since when a member has got what is delivered. */
  markOf(member: object): Mark {
    return this.#marks?.get(member) ?? this.#ranges?.first ?? BEGINNING
  }

  /** Where its first member began. */
  get begun(): Position | undefined {
    return this.#ranges?.begun
  }

  /** The moment now, in what is delivered. */
  get mark(): Mark {
    return this.#ranges?.mark ?? BEGINNING
  }

  /** Whether a message was delivered between two moments. */
  delivered(position: Pick<Position, 'epoch' | 'offset'>, since: Mark, until: Mark): boolean {
    return this.#ranges?.includes(position, since, until) ?? false
  }

  /** Keeps a message and delivers it where the stream has it. */
  emit(parcel: Parcel): void {
    this.#step((state) => machine.emitted(state, parcel, this.#place.unkept))
  }

  /** Does something after what was emitted before: at once if nothing of it is outstanding. */
  after(task: Task): void {
    this.#step((state) => machine.after(state, task))
  }

  /** The link has brought a message. @param parcel `undefined`: bytes that this server can't read */
  linked(parcel: Parcel | undefined, link: LinkPosition): void {
    this.activeAt = performance.now()
    this.#step((state) => machine.linked(state, parcel, link))
  }

  /** A new epoch was announced. */
  announced(position: Position): void {
    this.#step((state) => machine.announced(state, position))
  }

  /** The link to the store is lost, or has come back. */
  linkLost(): void {
    this.#step(machine.linkLost)
  }

  /** The store has told where the stream stands. @param outages those when it was asked */
  checked(head: Position, outages: number): void {
    this.#step((state) => machine.checked(state, head, outages))
  }

  /** Reads what may have been missed, which keeps the stream alive in the store. */
  refresh(): void {
    this.#step(machine.subscribed)
  }

  tick(): void {
    this.#step(machine.tick)
  }

  /** Resolves once everything up to a position was delivered, or a later epoch has begun. Reads it if need be. */
  reach(position: Position): Promise<void> {
    if (this.#hasReached(position)) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters ??= []
      this.#waiters.push({ position, resolve })
      this.checked(position, -1)
    })
  }

  #hasReached(position: Position): boolean {
    return this.last !== undefined && !isLater(position, this.last)
  }

  #forgetMembers(): void {
    this.#begun?.()
    this.#ranges = this.#marks = this.#ready = this.#begun = undefined
  }

  // What an effect brings about at once is the next event, not one within this.
  #step(event: Event): void {
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
    const waiters = this.#waiters?.filter(({ position, resolve }) => {
      const over = !this.active || this.#hasReached(position)
      if (over) resolve()
      return !over
    })
    this.#waiters = waiters && waiters.length > 0 ? waiters : undefined
    this.#host.changed()
  }

  #perform(effect: Effect<Parcel, Task>): void {
    if (effect.type === 'read') this.#read(effect)
    else if (effect.type === 'append') this.#append(effect)
    else if (effect.type === 'restart') this.#restart(effect.expected)
    else if (effect.type === 'deliver') this.#deliver(effect.message, effect.position)
    else if (effect.type === 'deliverUnkept') this.#host.deliverUnkept(effect.message)
    else if (effect.type === 'fail') this.#host.refused()
    else if (effect.type === 'run') effect.task()
    else this.#gap(effect.type === 'gap' ? effect.reason : 'unreadable', effect.position)
  }

  #deliver(parcel: Parcel, position: Position): void {
    this.#ranges?.reach(position)
    this.#host.deliver(parcel, position)
  }

  #gap(reason: GapReason, position: Position): void {
    this.#ranges?.skip(position)
    this.#host.gap(reason, position)
  }

  #append({ message, known }: Extract<Effect<Parcel, Task>, { type: 'append' }>): void {
    const { history, topic, window } = this.#place
    const id = message.id ?? ''
    this.#ask(() => history.append(topic, pack(message), { ...window, known }), {
      done: (state, position) => machine.appended(state, id, position),
      failed: (state) => machine.refused(state, id),
    })
  }

  #restart(expected: string): void {
    const { history, topic, window } = this.#place
    this.#ask(() => history.restart(topic, expected, window), {
      done: (state, position) => machine.restarted(state, position),
      failed: machine.restartFailed,
    })
  }

  #read({ life, from, known }: Extract<Effect<Parcel, Task>, { type: 'read' }>): void {
    const { history, topic, window } = this.#place
    this.checkedAt = this.refreshedAt = performance.now()
    const ask = (): unknown =>
      this.#ask(() => history.since(topic, from, { ...window, known, page: PAGE }), {
        done: (state, replay) => {
          if (from === 0 && life === state.life) this.#ranges ??= new DeliveredRanges(replay.position)
          return machine.answered(state, life, answerOf(replay))
        },
        failed: (state) => {
          this.#begun?.()
          return machine.readFailed(state, life)
        },
      })
    // The first read must come before what is emitted after the join.
    if (from === 0) ask()
    else this.#host.limited(async () => ask())
  }

  /** Asks the store. What it answers, at once or later, is the next event. */
  #ask<Answer>(
    question: () => Answer | Promise<Answer>,
    then: {
      readonly done: (state: StreamState<Parcel, Task>, answer: Answer) => ReturnType<Event>
      readonly failed: Event
    },
  ): Promise<void> | void {
    const done = (answer: Answer): void => {
      this.#host.worked()
      this.#step((state) => then.done(state, answer))
    }
    const failed = (error: unknown): void => {
      this.#host.failed(error)
      this.#step(then.failed)
    }
    try {
      const answer = question()
      if (isThenable(answer)) return (answer as Promise<Answer>).then(done, failed)
      done(answer)
    } catch (error) {
      failed(error)
    }
  }
}

function answerOf({ entries, ...replay }: Replay): ReadAnswer<Parcel> {
  return {
    ...replay,
    entries: entries.map(({ offset, tag, bytes }) => ({ offset, tag, message: eventIn(bytes) })),
  }
}

/** The event of a room in these bytes; `undefined` if this server can't read them. */
export function eventIn(bytes: Uint8Array): Parcel | undefined {
  const parcel = unpack(bytes)
  return parcel?.event && parcel.address.scope === 'room' ? parcel : undefined
}

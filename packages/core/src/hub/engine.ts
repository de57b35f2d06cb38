import type { Address } from '../rooms/audience.js'
import { Capacity } from './capacity.js'
import type { Connection, Home } from '../connection/connection.js'
import type { Closure } from '../connection/closure.js'
import type { Description, Handshake } from '../connection/description.js'
import { type Counters, newCounters, Tallies } from './counters.js'
import { Dispatcher } from '../messages/dispatcher.js'
import { HubError, type Stage, warnProcess } from '../errors.js'
import { HubFanout } from '../rooms/fanout.js'
import type { Frame } from '../outbox/frame.js'
import { Heartbeat } from './heartbeat.js'
import { Hooks } from './hooks.js'
import type { Hub } from './hub.js'
import { type Admission, Lifecycle, type Reservation } from './lifecycle.js'
import { after } from '../limits.js'
import { HandshakeRecord } from '../connection/handshake-record.js'
import { nameBytes } from '../connection/json-weight.js'
import { MemoryBudget } from './memory-budget.js'
import type { Link } from '../connection/link.js'
import { Memberships } from '../rooms/memberships.js'
import type { Settings } from './options.js'
import { SenderContext } from './sender-context.js'
import { takersOf } from './takers.js'
import { sendAway } from './shutdown.js'
import type { HubStats } from './stats.js'
import { earlyBytes } from '../upgrade/early.js'
import { Revalidation } from './revalidation.js'
import { Revocations } from './revocations.js'
import { Turn } from '../outbox/outbox.js'
import { CloseCode } from '../protocol/index.js'
import type { Message } from '../connection/reception.js'
import { isThenable } from '../thenable.js'
import { Warnings } from '../warnings.js'
import { Transport } from '../connection/transport.js'

/** The parts of a hub, put together. Its methods are what connections need of them. */
export class Engine<Data, Events extends object> implements Home<Data, Events> {
  readonly hub: Hub<Data, Events>
  readonly settings: Settings<Data, Events>
  readonly fanout: HubFanout<Data, Events>
  readonly lifecycle: Lifecycle<Data, Events>
  readonly heartbeat: Heartbeat
  readonly transport: Transport
  readonly counters: Counters = newCounters()
  readonly tallies = new Tallies()
  readonly revocations = new Revocations()
  readonly budget: MemoryBudget
  readonly warnings: Warnings
  readonly #revalidation: Revalidation<Data, Events> | undefined
  /** Milliseconds over which clients are asked to come back, once the hub closes. */
  #spread: number | undefined
  readonly #capacity: Capacity
  readonly #memberships: Memberships<Data, Events>
  readonly #dispatch: (connection: Connection<Data, Events>, message: Message) => void | Promise<void>
  readonly #turns: { readonly plain: Turn; readonly compressed: Turn }

  constructor(hub: Hub<Data, Events>, settings: Settings<Data, Events>) {
    const { limits, heartbeat, batch, onOpen, onClose } = settings
    const fail = this.fail.bind(this)
    const later = batch.window > 0 ? (flush: () => void) => after(batch.window, flush) : atEndOfTurn
    const hooks = new Hooks(fail)
    this.hub = hub
    this.settings = settings
    this.warnings = new Warnings(settings.name, settings.warnings)
    const { warnings } = this
    const count = (what: 'unsent' | 'discarded' | 'gaps'): void => void (this.counters[what] += 1)
    const report = (): HubStats => hub.stats()
    const sender = SenderContext.of<Connection<Data, Events>>(limits.messageRate)
    const sending = sender && ((address: Address) => sender.sends(this.fanout.members(address).length))
    this.fanout = new HubFanout(settings, { fail, count, report, sending, warnings, departures: this.revocations })
    this.#revalidation = settings.revalidate && new Revalidation(settings.revalidate, fail)
    this.heartbeat = new Heartbeat({ ...heartbeat, visitEvery: Math.min(limits.writeTimeout, limits.idleTimeout) / 2 })
    this.transport = new Transport({ ...limits, compression: settings.compression !== undefined })
    this.#capacity = new Capacity(limits)
    this.#memberships = new Memberships(this.fanout, hooks, settings)
    const rejected = this.rejected.bind(this)
    const { recovery } = this.fanout
    const dispatcher = new Dispatcher({ ...takersOf(settings), hub, fail, rejected, recovery })
    this.#dispatch = (connection, message) => {
      if (sender) return sender.run(connection, () => dispatcher.dispatch(connection, message))
      return dispatcher.dispatch(connection, message)
    }
    this.budget = new MemoryBudget(limits.maxHubBytes, () => this.#relieve())
    const turn = { limit: limits.maxBufferedBytes, charge: (bytes: number) => this.budget.charge('sending', bytes) }
    this.#turns = {
      plain: new Turn(later, { ...turn, compressed: false }),
      compressed: new Turn(later, { ...turn, compressed: true }),
    }
    this.lifecycle = new Lifecycle({
      home: this,
      memberships: this.#memberships,
      hooks,
      fail,
      openTimeout: limits.openTimeout,
      closeTimeout: limits.closeTimeout,
      onOpen,
      onClose,
    })
  }

  get limits(): Settings<Data, Events>['limits'] {
    return this.settings.limits
  }

  get typed(): boolean {
    return this.settings.router !== undefined
  }

  /** What it holds, for `stats()`. */
  get memory(): HubStats['memory'] {
    const { limit, used, use } = this.budget
    return { limit, used, ...use, early: earlyBytes() }
  }

  /**
   * Promises a seat, in the hub and in its rooms, to a handshake.
   * @param begunAt when it began, on the clock of `performance.now()`
   * @throws HubError `hub_closing`, `hub_overloaded`, `hub_full`, `room_full`, `handshake_too_old` (503), `too_many_connections`,
   * `too_many_rooms` (429), `revoked` (401), `invalid_room` (400)
   */
  reserve(description: Description<Data>, { address, begunAt }: { address: string; begunAt: number }): Reservation {
    if (this.#spread !== undefined) throw new HubError('hub_closing', 'The server is going away.', { status: 503 })
    if (this.budget.free === 0) {
      throw new HubError('hub_overloaded', 'The server holds too much for its clients; try again.', { status: 503 })
    }
    const objection = this.revocations.against(description, begunAt)
    if (objection) throw objection
    const { user, rooms = [] } = description
    if (user === undefined && this.limits.maxConnectionsPerUser < Infinity) this.warnings.tell('WSHUB_NO_USER')
    const releaseRooms = this.fanout.population.rooms.reserve(rooms)
    try {
      return { place: this.#capacity.reserve(user, address), releaseRooms }
    } catch (error) {
      releaseRooms()
      throw error
    }
  }

  /** From now on nobody is promised a seat. @param spread milliseconds over which clients are asked to come back */
  stopAdmitting(spread: number): void {
    this.#spread = spread
  }

  /** Takes a link whose handshake is through. */
  open(link: Link, admission: Admission<Data>): void {
    this.counters.opened += 1
    this.budget.charge('headers', headerBytes(admission.handshake))
    const connection = this.lifecycle.open(link, admission)
    this.heartbeat.add(connection.endpoint.lifeline)
    this.#revalidation?.add(connection)
    // Its 101 was promised before the hub began to close.
    if (this.#spread !== undefined) sendAway(connection, Math.random() * this.#spread)
  }

  turn(compressed: boolean): Turn {
    return compressed ? this.#turns.compressed : this.#turns.plain
  }

  /** Sends what waits for the end of the turn or of the batch window. */
  flush(): void {
    this.#turns.plain.flush()
    this.#turns.compressed.flush()
  }

  now(): number {
    return this.heartbeat.now()
  }

  frame(data: string | Uint8Array): Frame {
    return this.fanout.frame(data)
  }

  enter(connection: Connection<Data, Events>, room: string): Promise<void> {
    return this.#memberships.enter(connection, room)
  }

  leave(connection: Connection<Data, Events>, room: string): void {
    this.#memberships.leave(connection, room)
  }

  handle(connection: Connection<Data, Events>, message: Message): void | Promise<void> {
    this.counters.received += 1
    return connection.scope.runInAsyncScope(this.#dispatch, undefined, connection, message)
  }

  slow(connection: Connection<Data, Events>, needed: boolean): void {
    this.counters.dropped += 1
    if (this.limits.slowConsumer === 'drop' && !needed) return
    this.counters.slow += 1
    connection.close(CloseCode.TryAgainLater, 'slow consumer')
  }

  // The connections that hold most make room: each would have to be paid for by all others.
  #relieve(): void {
    const held = Array.from(this.hub.connections.values(), (one) => ({ one, bytes: one.endpoint.heldBytes }))
    held.sort((a, b) => a.bytes - b.bytes)
    let excess = this.budget.used - this.budget.limit
    for (let most = held.pop(); excess > 0 && most && most.bytes > 0; most = held.pop()) {
      excess -= most.bytes
      this.counters.overBudget += 1
      most.one.endpoint.evict()
    }
  }

  gone(connection: Connection<Data, Events>, closure: Closure): void {
    this.tallies.closed(closure)
    this.budget.charge('headers', -headerBytes(connection.handshake))
    for (const room of connection.rooms) this.budget.charge('rooms', -nameBytes(room))
    this.heartbeat.remove(connection.endpoint.lifeline)
    this.#revalidation?.remove(connection)
    this.lifecycle.gone(connection, closure)
  }

  rejected(code: string): void {
    this.tallies.rejected.add(code)
  }

  fail(error: unknown, stage: Stage, connection?: Connection<Data, Events>): void {
    this.counters.failed += 1
    try {
      const told: unknown = this.settings.onError(error, { stage, connection })
      if (isThenable(told)) told.then(undefined, failed)
    } catch (failure) {
      failed(failure)
    }
  }
}

function headerBytes(handshake: Handshake): number {
  return handshake instanceof HandshakeRecord ? handshake.bytes : 0
}

// Later than every microtask of this turn, so that everything said in it leaves at once.
function atEndOfTurn(flush: () => void): undefined {
  setImmediate(flush)
}

/** The one who is told of failures has failed: nobody is left to tell but the process. */
function failed(failure: unknown): void {
  warnProcess('onError failed', failure)
}

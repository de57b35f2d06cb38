import type { Address } from '../rooms/address.js'
import { Capacity } from '../admission/capacity.js'
import type { Connection, ConnectionHost } from '../api/connection.js'
import type { Closure } from '../connection/closure.js'
import type { Identity, Handshake } from '../admission/identity.js'
import { type Counters, newCounters, LabelledCounters } from '../observability/counters.js'
import { Dispatcher } from '../messages/dispatcher.js'
import { HubError, type Stage, warnProcess } from '../errors.js'
import { Broadcaster } from '../broadcast/broadcaster.js'
import type { Frame } from '../broadcast/frame.js'
import { Heartbeat } from './heartbeat.js'
import { Hooks } from './hooks.js'
import type { Hub } from '../api/hub.js'
import { type Admission, ConnectionLifecycle, type PendingAdmission } from './connection-lifecycle.js'
import { after } from '../util/timers.js'
import { HandshakeRecord } from '../admission/handshake-record.js'
import { nameBytes } from '../admission/json-weight.js'
import { MemoryBudget } from '../admission/memory-budget.js'
import type { Transport } from '../connection/transport.js'
import { Memberships } from '../rooms/memberships.js'
import type { Settings } from '../api/hub-options.js'
import { SenderContext } from '../broadcast/sender-context.js'
import { messageHandlers } from '../messages/message-handlers.js'
import { closeForShutdown } from './shutdown.js'
import type { HubStats } from '../observability/stats.js'
import { earlyBytes } from '../upgrade/early-data.js'
import { Revalidation } from '../admission/revalidation.js'
import { Revocations } from '../admission/revocations.js'
import { FlushBatch } from '../broadcast/outbox.js'
import { CloseCode } from '../protocol/index.js'
import type { ReceivedMessage } from '../connection/receiver.js'
import { isThenable } from '../util/thenable.js'
import { Warnings } from '../observability/warnings.js'
import { TransportFactory } from '../connection/websocket-transport.js'

/** The parts of a hub, put together. Its methods are what connections need of them. */
export class HubParts<Data, Events extends object> implements ConnectionHost<Data, Events> {
  readonly hub: Hub<Data, Events>
  readonly settings: Settings<Data, Events>
  readonly broadcaster: Broadcaster<Data, Events>
  readonly lifecycle: ConnectionLifecycle<Data, Events>
  readonly heartbeat: Heartbeat
  readonly transport: TransportFactory
  readonly counters: Counters = newCounters()
  readonly labelled = new LabelledCounters()
  readonly revocations = new Revocations()
  readonly budget: MemoryBudget
  readonly warnings: Warnings
  readonly #revalidation: Revalidation<Data, Events> | undefined
  /** Milliseconds over which clients are asked to come back, once the hub closes. */
  #spread: number | undefined
  readonly #capacity: Capacity
  readonly #memberships: Memberships<Data, Events>
  readonly #dispatch: (connection: Connection<Data, Events>, message: ReceivedMessage) => void | Promise<void>
  readonly #batches: { readonly plain: FlushBatch; readonly compressed: FlushBatch }

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
    const sending = sender && ((address: Address) => sender.sends(this.broadcaster.members(address).length))
    this.broadcaster = new Broadcaster(settings, {
      fail,
      count,
      report,
      sending,
      warnings,
      revocations: this.revocations,
    })
    this.#revalidation = settings.revalidate && new Revalidation(settings.revalidate, fail)
    this.heartbeat = new Heartbeat({ ...heartbeat, visitEvery: Math.min(limits.writeTimeout, limits.idleTimeout) / 2 })
    this.transport = new TransportFactory({ ...limits, compression: settings.compression !== undefined })
    this.#capacity = new Capacity(limits)
    this.#memberships = new Memberships(this.broadcaster, hooks, settings)
    const rejected = this.rejected.bind(this)
    const { recovery } = this.broadcaster
    const dispatcher = new Dispatcher({ ...messageHandlers(settings), hub, fail, rejected, recovery })
    this.#dispatch = (connection, message) => {
      if (sender) return sender.run(connection, () => dispatcher.dispatch(connection, message))
      return dispatcher.dispatch(connection, message)
    }
    this.budget = new MemoryBudget(limits.maxHubBytes, () => this.#relieve())
    const turn = { limit: limits.maxBufferedBytes, charge: (bytes: number) => this.budget.charge('sending', bytes) }
    this.#batches = {
      plain: new FlushBatch(later, { ...turn, compressed: false }),
      compressed: new FlushBatch(later, { ...turn, compressed: true }),
    }
    this.lifecycle = new ConnectionLifecycle({
      host: this,
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
  reserve(identity: Identity<Data>, { address, begunAt }: { address: string; begunAt: number }): PendingAdmission {
    if (this.#spread !== undefined) throw new HubError('hub_closing', 'The server is going away.', { status: 503 })
    if (this.budget.free === 0) {
      throw new HubError('hub_overloaded', 'The server holds too much for its clients; try again.', { status: 503 })
    }
    const objection = this.revocations.against(identity, begunAt)
    if (objection) throw objection
    const { user, rooms = [] } = identity
    if (user === undefined && this.limits.maxConnectionsPerUser < Infinity) this.warnings.tell('WSHUB_NO_USER')
    const releaseRooms = this.broadcaster.registry.rooms.reserve(rooms)
    try {
      return { slot: this.#capacity.reserve(user, address), releaseRooms }
    } catch (error) {
      releaseRooms()
      throw error
    }
  }

  /** From now on nobody is promised a seat. @param spread milliseconds over which clients are asked to come back */
  stopAdmitting(spread: number): void {
    this.#spread = spread
  }

  /** Takes a transport whose handshake is through. */
  open(transport: Transport, admission: Admission<Data>): void {
    this.counters.opened += 1
    this.budget.charge('headers', headerBytesOf(admission.handshake))
    const connection = this.lifecycle.open(transport, admission)
    this.heartbeat.add(connection.core.liveness)
    this.#revalidation?.add(connection)
    // Its 101 was promised before the hub began to close.
    if (this.#spread !== undefined) closeForShutdown(connection, Math.random() * this.#spread)
  }

  turn(compressed: boolean): FlushBatch {
    return compressed ? this.#batches.compressed : this.#batches.plain
  }

  /** Sends what waits for the end of the turn or of the batch window. */
  flush(): void {
    this.#batches.plain.flush()
    this.#batches.compressed.flush()
  }

  now(): number {
    return this.heartbeat.now()
  }

  frame(data: string | Uint8Array): Frame {
    return this.broadcaster.frame(data)
  }

  enter(connection: Connection<Data, Events>, room: string): Promise<void> {
    return this.#memberships.enter(connection, room)
  }

  leave(connection: Connection<Data, Events>, room: string): void {
    this.#memberships.leave(connection, room)
  }

  handle(connection: Connection<Data, Events>, message: ReceivedMessage): void | Promise<void> {
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
    const held = Array.from(this.hub.connections.values(), (one) => ({ one, bytes: one.core.heldBytes }))
    held.sort((a, b) => a.bytes - b.bytes)
    let excess = this.budget.used - this.budget.limit
    for (let most = held.pop(); excess > 0 && most && most.bytes > 0; most = held.pop()) {
      excess -= most.bytes
      this.counters.overBudget += 1
      most.one.core.evict()
    }
  }

  gone(connection: Connection<Data, Events>, closure: Closure): void {
    this.labelled.closed(closure)
    this.budget.charge('headers', -headerBytesOf(connection.handshake))
    for (const room of connection.rooms) this.budget.charge('rooms', -nameBytes(room))
    this.heartbeat.remove(connection.core.liveness)
    this.#revalidation?.remove(connection)
    this.lifecycle.gone(connection, closure)
  }

  rejected(code: string): void {
    this.labelled.rejected.add(code)
  }

  fail(error: unknown, stage: Stage, connection?: Connection<Data, Events>): void {
    this.counters.failed += 1
    try {
      const told: unknown = this.settings.onError(error, { stage, connection })
      if (isThenable(told)) told.then(undefined, reportToProcess)
    } catch (failure) {
      reportToProcess(failure)
    }
  }
}

function headerBytesOf(handshake: Handshake): number {
  return handshake instanceof HandshakeRecord ? handshake.bytes : 0
}

// Later than every microtask of this turn, so that everything said in it leaves at once.
function atEndOfTurn(flush: () => void): undefined {
  setImmediate(flush)
}

/** The one who is told of failures has failed: nobody is left to tell but the process. */
function reportToProcess(failure: unknown): void {
  warnProcess('onError failed', failure)
}

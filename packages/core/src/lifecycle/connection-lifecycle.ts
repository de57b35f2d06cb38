import type { Admission } from '../admission/admission.js'
import type { Capacity } from '../admission/capacity.js'
import { HandshakeRecord } from '../admission/handshake-record.js'
import type { Handshake } from '../admission/identity.js'
import { nameBytes } from '../admission/json-weight.js'
import type { MemoryBudget } from '../admission/memory-budget.js'
import type { Closure } from '../connection/closure.js'
import type { MessageQueue } from '../connection/message-queue.js'
import type { Transport } from '../connection/transport.js'
import { HubError } from '../errors.js'
import type { ClosedEventOf, OpenedEventOf } from '../observability/diagnostics-payloads.js'
import { EVENTS } from '../observability/diagnostics.js'
import type { LabelledCounters } from '../observability/counters.js'
import type { Warnings } from '../observability/warnings.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import { CloseCode } from '../protocol/index.js'
import type { ListedConnection, Memberships } from '../rooms/memberships.js'
import { isThenable } from '../util/thenable.js'
import { after, type Deadline } from '../util/timers.js'
import { ProxyTimeoutDetector } from './proxy-timeout-detector.js'
import type { Heartbeat, HeartbeatTarget } from './heartbeat.js'
import type { Hooks } from './hooks.js'

/** A connection as its lifecycle sees it. */
export interface LiveConnection extends ListedConnection {
  readonly handshake: Handshake
  readonly core: ListedConnection['core'] & {
    readonly receiver: {
      readonly queue: Pick<MessageQueue<never>, 'open' | 'idle' | 'isIdle'>
      /** Whether a loop takes the messages. */
      readonly pulling: boolean
    }
  } & HeartbeatTarget
  close(code: number, reason?: string): void
}

/** Repeats handshakes through the app. */
export interface Refreshes<Connection> {
  add(connection: Connection): void
  remove(connection: Connection): void
  /** A repeated handshake of the connection that is in progress. Never rejects. */
  running(connection: Connection): Promise<unknown> | undefined
}

/** When a connection expires. */
interface Expiry {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly deadline: Deadline
}

/** What a lifecycle works with. */
export interface LifecycleParts<Connection extends LiveConnection, Data> {
  /** Makes the connection of a transport. */
  readonly connect: (transport: Transport, admission: Admission<Data>) => Connection
  readonly memberships: Pick<Memberships<Connection>, 'admit' | 'announce' | 'announceHeld' | 'dismiss'>
  readonly capacity: Pick<Capacity, 'leave'>
  readonly hooks: Hooks<Connection>
  readonly errors: ErrorReporter<Connection>
  readonly heartbeat: Heartbeat
  readonly refreshes: Refreshes<Connection>
  /** Handlers that have not settled. */
  readonly handlers: { gone(connection: Connection): void }
  readonly replyStreams: {
    isStreaming(connection: Connection): boolean
    /** Resolves once the streamed replies of a connection have ended. */
    idle(connection: Connection): Promise<void>
  }
  readonly budget: MemoryBudget
  readonly labelled: LabelledCounters
  readonly warnings: Warnings
  readonly limits: {
    /** Milliseconds. */
    readonly openTimeout: number
    /** Milliseconds. */
    readonly closeTimeout: number
  }
  readonly onOpen?: ((connection: Connection) => unknown) | undefined
  readonly onClose?: ((connection: Connection, closure: Closure) => unknown) | undefined
}

/** Runs connections from their transport to their last hook: they begin with `open` and end with `closed`. */
export class ConnectionLifecycle<Connection extends LiveConnection, Data> {
  readonly #parts: LifecycleParts<Connection, Data>
  readonly #expiries = new Map<Connection, Expiry>()
  readonly #closeHooks = new Set<Promise<void>>()
  readonly #proxyTimeouts = new ProxyTimeoutDetector()

  constructor(parts: LifecycleParts<Connection, Data>) {
    this.#parts = parts
  }

  /** Turns a transport into a connection and lets its messages through once `onOpen` has settled. */
  open(transport: Transport, admission: Admission<Data>): Connection {
    const { connect, memberships, heartbeat, refreshes, budget } = this.#parts
    const { identity, handshake } = admission
    budget.charge('headers', headerBytesOf(handshake))
    const connection = connect(transport, admission)
    admission.slot.keep()
    this.#expire(connection, identity.expiresAt)
    if (EVENTS.opened.hasSubscribers) connection.scope.runInAsyncScope(publishOpened, undefined, { connection })
    admission.releaseRooms()
    memberships.admit(connection, identity.rooms ?? [])
    this.#runOpenHook(connection)
    memberships.announceHeld(connection)
    heartbeat.add(connection.core)
    refreshes.add(connection)
    return connection
  }

  /** The app has accepted the repeated handshake of a connection. @param previous its handshake before */
  renewed(connection: Connection, previous: Handshake, expiresAt: number | Date | undefined): void {
    this.#parts.budget.charge('headers', headerBytesOf(connection.handshake) - headerBytesOf(previous))
    this.#expire(connection, expiresAt)
  }

  /** Sets when a connection closes, in place of an earlier time. The close waits for a repeated handshake in progress. */
  #expire(connection: Connection, expiresAt: number | Date | undefined): void {
    this.#expiries.get(connection)?.deadline.cancel()
    this.#expiries.delete(connection)
    if (expiresAt === undefined) return
    const at = Number(expiresAt)
    const close = async (): Promise<void> => {
      await this.#parts.refreshes.running(connection)
      if (this.#expiries.get(connection) === expiry) connection.close(CloseCode.Unauthorized, 'expired')
    }
    const expiry = { at, deadline: after(Math.max(0, at - Date.now()), () => void close()) }
    this.#expiries.set(connection, expiry)
  }

  /** Milliseconds until a connection expires, 0 if that time has passed; `undefined` if it does not expire. */
  expiresIn(connection: Connection): number | undefined {
    const expiry = this.#expiries.get(connection)
    return expiry && Math.max(0, Math.floor(expiry.at - Date.now()))
  }

  /** The socket of a connection has closed: it leaves every list, and `onClose` runs after its last message was handled. */
  closed(connection: Connection, closure: Closure): void {
    const { capacity, labelled, budget, heartbeat, refreshes, handlers, memberships } = this.#parts
    labelled.closed(closure)
    this.#detectProxyTimeout(connection, closure)
    if (EVENTS.closed.hasSubscribers) EVENTS.closed.publish({ connection, closure } satisfies ClosedEventOf<Connection>)
    budget.charge('headers', -headerBytesOf(connection.handshake))
    for (const room of connection.rooms) budget.charge('rooms', -nameBytes(room))
    heartbeat.remove(connection.core)
    refreshes.remove(connection)
    capacity.leave(connection.user, connection.handshake.address)
    this.#expiries.get(connection)?.deadline.cancel()
    this.#expiries.delete(connection)
    handlers.gone(connection)
    memberships.dismiss(connection)
    const hooks = this.#runCloseHooks(connection, closure)
    this.#closeHooks.add(hooks)
    void hooks.then(() => this.#closeHooks.delete(hooks))
  }

  /** Warns of a proxy that terminates connections at a certain age. */
  #detectProxyTimeout({ handshake }: Connection, { clean, reason }: Closure): void {
    const { warnings } = this.#parts
    if (clean || reason !== '' || !warnings.isDue('WSHUB_CUT_CONNECTIONS')) return
    const age = Date.now() - handshake.time.getTime()
    if (this.#proxyTimeouts.cut(age, performance.now()))
      warnings.warn('WSHUB_CUT_CONNECTIONS', `It is about ${Math.round(age / 1000)} s.`)
  }

  /** Resolves once the hooks of every closed connection have run. */
  async settled(): Promise<void> {
    await Promise.all(this.#closeHooks)
  }

  #runOpenHook(connection: Connection): void {
    const { onOpen } = this.#parts
    const { receiver } = connection.core
    try {
      const result = onOpen && connection.scope.runInAsyncScope(onOpen, undefined, connection)
      if (isThenable(result)) void this.#awaitOpenHook(connection, result)
      else receiver.queue.open()
    } catch (error) {
      this.#rejectOpening(connection, error)
    }
  }

  async #awaitOpenHook(connection: Connection, opening: PromiseLike<unknown>): Promise<void> {
    const { openTimeout } = this.#parts.limits
    const { receiver } = connection.core
    const late = (): void => {
      // A loop over messages() in onOpen lasts as long as the connection.
      if (receiver.pulling) return
      this.#rejectOpening(connection, new HubError('open_timeout', `onOpen has not settled within ${openTimeout} ms.`))
    }
    const deadline = after(openTimeout, late, false)
    try {
      await opening
      receiver.queue.open()
    } catch (error) {
      this.#rejectOpening(connection, error)
    } finally {
      deadline.cancel()
    }
  }

  #rejectOpening(connection: Connection, error: unknown): void {
    const { receiver } = connection.core
    this.#parts.errors.report(error, 'open', connection)
    connection.close(CloseCode.InternalError)
    receiver.queue.open()
  }

  async #runCloseHooks(connection: Connection, closure: Closure): Promise<void> {
    const { hooks, memberships, onClose } = this.#parts
    await this.#handled(connection)
    if (onClose) await hooks.run('close', connection, () => onClose(connection, closure))
    for (const room of connection.rooms) memberships.announce('leave', connection, room)
  }

  /** Resolves once the last message of a connection was handled, or after the close timeout. Never during the socket's event. */
  #handled(connection: Connection): Promise<void> {
    const { limits, replyStreams } = this.#parts
    const { queue } = connection.core.receiver
    if (queue.isIdle && !replyStreams.isStreaming(connection)) return Promise.resolve()
    const handled = queue.idle().then(() => replyStreams.idle(connection))
    // A handler that waits for onClose must not delay it for ever.
    return waitAtMost(limits.closeTimeout, handled)
  }
}

function publishOpened(event: OpenedEventOf<LiveConnection>): void {
  EVENTS.opened.publish(event)
}

function headerBytesOf(handshake: Handshake): number {
  return handshake instanceof HandshakeRecord ? handshake.bytes : 0
}

/** Resolves when the work does, or after `ms` milliseconds. The timer keeps no process alive: `hub.close()` has its own deadline. */
async function waitAtMost(ms: number, work: Promise<void>): Promise<void> {
  let deadline: Deadline | undefined
  const late = new Promise<void>((resolve) => {
    deadline = after(ms, resolve, false)
  })
  await Promise.race([work, late])
  deadline?.cancel()
}

import { Connection, type ConnectionHost, type AcceptedHandshake } from '../api/connection.js'
import type { ConnectionSlot } from '../admission/connection-slot.js'
import type { Closure } from '../connection/closure.js'
import { HubError } from '../errors.js'
import type { ReportError } from '../broadcast/broadcast-host.js'
import type { Hooks } from './hooks.js'
import { isThenable } from '../util/thenable.js'
import { after, type Deadline } from '../util/timers.js'
import type { Transport } from '../connection/transport.js'
import type { Memberships } from '../rooms/memberships.js'
import { CloseCode } from '../protocol/index.js'

/** Seats that are taken from `upgrade()` on. */
export interface PendingAdmission {
  /** The one in the hub. */
  readonly slot: ConnectionSlot
  /** Gives up those in rooms: nobody will take them, or right before they are taken. A second call does nothing. */
  releaseRooms(): void
}

/** Who a handshake lets in, and the seats that it was promised. */
export interface Admission<Data> extends AcceptedHandshake<Data>, PendingAdmission {}

/** What a lifecycle is made of. */
export interface ConnectionLifecycleParts<Data, Events extends object> {
  readonly host: ConnectionHost<Data, Events>
  readonly memberships: Memberships<Data, Events>
  readonly hooks: Hooks<Data, Events>
  readonly fail: ReportError<Data, Events>
  /** Milliseconds. */
  readonly openTimeout: number
  /** Milliseconds. */
  readonly closeTimeout: number
  readonly onOpen: ((connection: Connection<Data, Events>) => unknown) | undefined
  readonly onClose: ((connection: Connection<Data, Events>, closure: Closure) => unknown) | undefined
}

/** From the transport to the last hook: connections come in through `open` and leave through `gone`. */
export class ConnectionLifecycle<Data, Events extends object> {
  readonly #parts: ConnectionLifecycleParts<Data, Events>
  readonly #expiries = new Map<Connection<Data, Events>, Deadline>()
  readonly #closeHooks = new Set<Promise<void>>()

  constructor(parts: ConnectionLifecycleParts<Data, Events>) {
    this.#parts = parts
  }

  /** Turns a transport into a connection and lets its messages through once `onOpen` is done. */
  open(transport: Transport, admission: Admission<Data>): Connection<Data, Events> {
    const { host, memberships } = this.#parts
    const { identity } = admission
    const connection = new Connection<Data, Events>(host, transport, admission)
    const expiry = expire(connection, identity.expiresAt)
    if (expiry) this.#expiries.set(connection, expiry)
    admission.releaseRooms()
    memberships.admit(connection, identity.rooms ?? [])
    this.#greet(connection)
    memberships.announceHeld(connection)
    return connection
  }

  /** Strikes off a connection whose socket is gone, and says farewell once its last message was handled. */
  gone(connection: Connection<Data, Events>, closure: Closure): void {
    connection.slot.release()
    this.#expiries.get(connection)?.cancel()
    this.#expiries.delete(connection)
    this.#parts.memberships.dismiss(connection)
    const farewell = this.#farewell(connection, closure)
    this.#closeHooks.add(farewell)
    void farewell.then(() => this.#closeHooks.delete(farewell))
  }

  /** Resolves once the hooks of every connection that has gone are through. */
  async settled(): Promise<void> {
    await Promise.all(this.#closeHooks)
  }

  #greet(connection: Connection<Data, Events>): void {
    const { onOpen } = this.#parts
    const { queue } = connection.core.receiver
    try {
      const result = onOpen && connection.scope.runInAsyncScope(onOpen, undefined, connection)
      if (isThenable(result)) void this.#await(connection, result)
      else queue.open()
    } catch (error) {
      this.#turnAway(connection, error)
    }
  }

  async #await(connection: Connection<Data, Events>, opening: PromiseLike<unknown>): Promise<void> {
    const { openTimeout } = this.#parts
    const { receiver } = connection.core
    const deadline = after(openTimeout, () => {
      // A loop over messages() in onOpen lasts as long as the connection.
      if (receiver.pulling) return
      this.#turnAway(connection, new HubError('open_timeout', `onOpen has not settled within ${openTimeout} ms.`))
    })
    try {
      await opening
      receiver.queue.open()
    } catch (error) {
      this.#turnAway(connection, error)
    } finally {
      deadline.cancel()
    }
  }

  #turnAway(connection: Connection<Data, Events>, error: unknown): void {
    this.#parts.fail(error, 'open', connection)
    connection.close(CloseCode.InternalError)
    connection.core.receiver.queue.open()
  }

  async #farewell(connection: Connection<Data, Events>, closure: Closure): Promise<void> {
    const { hooks, memberships, onClose, closeTimeout } = this.#parts
    // A handler that waits for onClose must not be waited for.
    await atMost(closeTimeout, connection.core.receiver.queue.idle())
    if (onClose) await hooks.run('close', connection, () => onClose(connection, closure))
    for (const room of connection.rooms) memberships.announce('leave', connection, room)
  }
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let deadline: Deadline | undefined
  const late = new Promise<void>((resolve) => {
    deadline = after(ms, resolve)
  })
  await Promise.race([work, late])
  deadline?.cancel()
}

interface ExpiringConnection {
  close(code: number, reason: string): void
}

function expire(connection: ExpiringConnection, expiresAt: number | Date | undefined): Deadline | undefined {
  if (expiresAt === undefined) return undefined
  return after(Math.max(0, Number(expiresAt) - Date.now()), () => connection.close(CloseCode.Unauthorized, 'expired'))
}

import { Connection, type Home, type Identity } from '../connection/connection.js'
import type { Place } from '../connection/place.js'
import type { Closure } from '../connection/closure.js'
import { HubError } from '../errors.js'
import type { Fail } from '../rooms/fanout-host.js'
import type { Hooks } from './hooks.js'
import { isThenable } from '../thenable.js'
import { after, type Deadline } from '../limits.js'
import type { Link } from '../connection/link.js'
import type { Memberships } from '../rooms/memberships.js'
import { CloseCode } from '../protocol/index.js'

/** Seats that are taken from `upgrade()` on. */
export interface Reservation {
  /** The one in the hub. */
  readonly place: Place
  /** Gives up those in rooms: nobody will take them, or right before they are taken. A second call does nothing. */
  releaseRooms(): void
}

/** Who a handshake lets in, and the seats that it was promised. */
export interface Admission<Data> extends Identity<Data>, Reservation {}

/** What a lifecycle is made of. */
export interface LifecycleParts<Data, Events extends object> {
  readonly home: Home<Data, Events>
  readonly memberships: Memberships<Data, Events>
  readonly hooks: Hooks<Data, Events>
  readonly fail: Fail<Data, Events>
  /** Milliseconds. */
  readonly openTimeout: number
  /** Milliseconds. */
  readonly closeTimeout: number
  readonly onOpen: ((connection: Connection<Data, Events>) => unknown) | undefined
  readonly onClose: ((connection: Connection<Data, Events>, closure: Closure) => unknown) | undefined
}

/** From the link to the last hook: connections come in through `open` and leave through `gone`. */
export class Lifecycle<Data, Events extends object> {
  readonly #parts: LifecycleParts<Data, Events>
  readonly #expiries = new Map<Connection<Data, Events>, Deadline>()
  readonly #farewells = new Set<Promise<void>>()

  constructor(parts: LifecycleParts<Data, Events>) {
    this.#parts = parts
  }

  /** Turns a link into a connection and lets its messages through once `onOpen` is done. */
  open(link: Link, admission: Admission<Data>): Connection<Data, Events> {
    const { home, memberships } = this.#parts
    const { description } = admission
    const connection = new Connection<Data, Events>(home, link, admission)
    const expiry = expire(connection, description.expiresAt)
    if (expiry) this.#expiries.set(connection, expiry)
    admission.releaseRooms()
    memberships.admit(connection, description.rooms ?? [])
    this.#greet(connection)
    memberships.announceHeld(connection)
    return connection
  }

  /** Strikes off a connection whose socket is gone, and says farewell once its last message was handled. */
  gone(connection: Connection<Data, Events>, closure: Closure): void {
    connection.place.release()
    this.#expiries.get(connection)?.cancel()
    this.#expiries.delete(connection)
    this.#parts.memberships.dismiss(connection)
    const farewell = this.#farewell(connection, closure)
    this.#farewells.add(farewell)
    void farewell.then(() => this.#farewells.delete(farewell))
  }

  /** Resolves once the hooks of every connection that has gone are through. */
  async settled(): Promise<void> {
    await Promise.all(this.#farewells)
  }

  #greet(connection: Connection<Data, Events>): void {
    const { onOpen } = this.#parts
    const { inbox } = connection.endpoint.reception
    try {
      const result = onOpen && connection.scope.runInAsyncScope(onOpen, undefined, connection)
      if (isThenable(result)) void this.#await(connection, result)
      else inbox.open()
    } catch (error) {
      this.#turnAway(connection, error)
    }
  }

  async #await(connection: Connection<Data, Events>, opening: PromiseLike<unknown>): Promise<void> {
    const { openTimeout } = this.#parts
    const { reception } = connection.endpoint
    const deadline = after(openTimeout, () => {
      // A loop over messages() in onOpen lasts as long as the connection.
      if (reception.pulling) return
      this.#turnAway(connection, new HubError('open_timeout', `onOpen has not settled within ${openTimeout} ms.`))
    })
    try {
      await opening
      reception.inbox.open()
    } catch (error) {
      this.#turnAway(connection, error)
    } finally {
      deadline.cancel()
    }
  }

  #turnAway(connection: Connection<Data, Events>, error: unknown): void {
    this.#parts.fail(error, 'open', connection)
    connection.close(CloseCode.InternalError)
    connection.endpoint.reception.inbox.open()
  }

  async #farewell(connection: Connection<Data, Events>, closure: Closure): Promise<void> {
    const { hooks, memberships, onClose, closeTimeout } = this.#parts
    // A handler that waits for onClose must not be waited for.
    await atMost(closeTimeout, connection.endpoint.reception.inbox.idle())
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

interface Closable {
  close(code: number, reason: string): void
}

function expire(connection: Closable, expiresAt: number | Date | undefined): Deadline | undefined {
  if (expiresAt === undefined) return undefined
  return after(Math.max(0, Number(expiresAt) - Date.now()), () => connection.close(CloseCode.Unauthorized, 'expired'))
}

import type { Connection } from '../api/connection.js'
import type { Broadcaster } from '../broadcast/broadcaster.js'
import type { Hooks } from '../lifecycle/hooks.js'
import { RefusedJoin } from './refused-join.js'

/** The app's hooks around rooms. */
export interface RoomHooks<Data, Events extends object> {
  readonly onJoin?: ((connection: Connection<Data, Events>, room: string) => unknown) | undefined
  readonly onLeave?: ((connection: Connection<Data, Events>, room: string) => unknown) | undefined
}

/** Where connections are listed: hub, user, session, rooms. With the first and last of each the topics come and go. */
export class Memberships<Data, Events extends object> {
  readonly #broadcaster: Broadcaster<Data, Events>
  readonly #hooks: Hooks<Data, Events>
  readonly #app: RoomHooks<Data, Events>
  readonly #held = new Map<Connection<Data, Events>, (() => unknown)[]>()

  constructor(broadcaster: Broadcaster<Data, Events>, hooks: Hooks<Data, Events>, app: RoomHooks<Data, Events>) {
    this.#broadcaster = broadcaster
    this.#hooks = hooks
    this.#app = app
  }

  /** Lists a new connection, its rooms included; nobody is told yet. */
  admit(connection: Connection<Data, Events>, rooms: readonly string[]): void {
    const { registry, bus, presences } = this.#broadcaster
    const { id, user, session } = connection
    registry.connections.set(id, connection)
    if (registry.connections.size === 1) void bus.listen('hub', '')
    if (user !== undefined && registry.users.add(user, connection)) void bus.listen('user', user)
    if (session !== undefined && registry.sessions.add(session, connection)) void bus.listen('session', session)
    presences.entered(connection)
    if (this.#app.onJoin || this.#app.onLeave) this.#held.set(connection, [])
    for (const room of rooms.length > 1 ? new Set(rooms) : rooms) {
      registry.rooms.seat(connection, room)
      void this.#arrived(connection, room)
      this.announce('join', connection, room)
    }
  }

  /** Tells the app what it was not told while `onOpen` began: that a connection joined rooms, or has left them since. */
  announceHeld(connection: Connection<Data, Events>): void {
    const held = this.#held.get(connection)
    this.#held.delete(connection)
    if (held) for (const tell of held) tell()
  }

  /** Strikes a connection off every list. It keeps the names of its rooms. */
  dismiss(connection: Connection<Data, Events>): void {
    const { registry, bus, presences } = this.#broadcaster
    const { id, user, session } = connection
    registry.connections.delete(id)
    if (registry.connections.size === 0) bus.ignore('hub', '')
    if (user !== undefined && registry.users.remove(user, connection)) bus.ignore('user', user)
    if (session !== undefined && registry.sessions.remove(session, connection)) bus.ignore('session', session)
    presences.left(connection)
    for (const room of connection.rooms) this.#departed(connection, room)
    for (const room of registry.rooms.evict(connection)) this.#broadcaster.ignore(room)
  }

  /**
   * Joins a room, or several, and tells the app. Resolves once messages of other servers arrive; rejects with the first
   * refusal. Refusals that nobody awaits are reported, and so are those beyond the first.
   */
  enter(connection: Connection<Data, Events>, rooms: string | readonly string[]): Promise<void> {
    if (!Array.isArray(rooms)) return this.#enter(connection, rooms as string)
    const entered = (rooms as readonly string[]).map((room) => this.#enter(connection, room))
    const refused = entered.find((one) => one instanceof RefusedJoin)
    return refused ?? all(entered)
  }

  #enter(connection: Connection<Data, Events>, room: string): Promise<void> {
    try {
      const entered = this.#broadcaster.registry.rooms.join(connection, room)
      if (!entered) return this.#broadcaster.listen(room)
      const heard = this.#arrived(connection, room)
      this.announce('join', connection, room)
      return heard
    } catch (error) {
      return RefusedJoin.of(error, () => this.#hooks.report(error, 'join', connection))
    }
  }

  /** Leaves a room and tells the app. */
  leave(connection: Connection<Data, Events>, room: string): void {
    const { gone, last } = this.#broadcaster.registry.rooms.leave(connection, room)
    if (gone) this.#departed(connection, room)
    if (last) this.#broadcaster.ignore(room)
    if (gone) this.announce('leave', connection, room)
  }

  /** Tells the other servers. Resolves once they are heard. */
  #arrived(connection: Connection<Data, Events>, room: string): Promise<void> {
    const { presences, recovery } = this.#broadcaster
    const heard = this.#broadcaster.listen(room)
    recovery.joined(connection, room)
    presences.entered(connection, room)
    return heard
  }

  #departed(connection: Connection<Data, Events>, room: string): void {
    this.#broadcaster.recovery.left(connection, room)
    this.#broadcaster.presences.left(connection, room)
  }

  /** Runs `onJoin` or `onLeave`. */
  announce(what: 'join' | 'leave', connection: Connection<Data, Events>, room: string): void {
    const hook = what === 'join' ? this.#app.onJoin : this.#app.onLeave
    if (!hook) return
    const tell = (): unknown => this.#hooks.run(what, connection, () => hook(connection, room))
    const held = this.#held.get(connection)
    if (held) held.push(tell)
    else tell()
  }
}

async function all(entered: readonly Promise<void>[]): Promise<void> {
  await Promise.all(entered)
}

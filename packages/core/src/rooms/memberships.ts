import type { Connection } from '../connection/connection.js'
import type { HubFanout } from './fanout.js'
import type { Hooks } from '../hub/hooks.js'
import { Refusal } from './refusal.js'

/** The app's hooks around rooms. */
export interface RoomHooks<Data, Events extends object> {
  readonly onJoin?: ((connection: Connection<Data, Events>, room: string) => unknown) | undefined
  readonly onLeave?: ((connection: Connection<Data, Events>, room: string) => unknown) | undefined
}

/** Where connections are listed: hub, user, session, rooms. With the first and last of each the topics come and go. */
export class Memberships<Data, Events extends object> {
  readonly #fanout: HubFanout<Data, Events>
  readonly #hooks: Hooks<Data, Events>
  readonly #app: RoomHooks<Data, Events>
  readonly #held = new Map<Connection<Data, Events>, (() => unknown)[]>()

  constructor(fanout: HubFanout<Data, Events>, hooks: Hooks<Data, Events>, app: RoomHooks<Data, Events>) {
    this.#fanout = fanout
    this.#hooks = hooks
    this.#app = app
  }

  /** Lists a new connection, its rooms included; nobody is told yet. */
  admit(connection: Connection<Data, Events>, rooms: readonly string[]): void {
    const { population, courier, presences } = this.#fanout
    const { id, user, session } = connection
    population.connections.set(id, connection)
    if (population.connections.size === 1) void courier.listen('hub', '')
    if (user !== undefined && population.users.add(user, connection)) void courier.listen('user', user)
    if (session !== undefined && population.sessions.add(session, connection)) void courier.listen('session', session)
    presences.entered(connection)
    if (this.#app.onJoin || this.#app.onLeave) this.#held.set(connection, [])
    for (const room of rooms.length > 1 ? new Set(rooms) : rooms) {
      population.rooms.seat(connection, room)
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
    const { population, courier, presences } = this.#fanout
    const { id, user, session } = connection
    population.connections.delete(id)
    if (population.connections.size === 0) courier.ignore('hub', '')
    if (user !== undefined && population.users.remove(user, connection)) courier.ignore('user', user)
    if (session !== undefined && population.sessions.remove(session, connection)) courier.ignore('session', session)
    presences.left(connection)
    for (const room of connection.rooms) this.#departed(connection, room)
    for (const room of population.rooms.evict(connection)) this.#fanout.ignore(room)
  }

  /**
   * Joins a room, or several, and tells the app. Resolves once messages of other servers arrive; rejects with the first
   * refusal. Refusals that nobody awaits are reported, and so are those beyond the first.
   */
  enter(connection: Connection<Data, Events>, rooms: string | readonly string[]): Promise<void> {
    if (!Array.isArray(rooms)) return this.#enter(connection, rooms as string)
    const entered = (rooms as readonly string[]).map((room) => this.#enter(connection, room))
    const refused = entered.find((one) => one instanceof Refusal)
    return refused ?? all(entered)
  }

  #enter(connection: Connection<Data, Events>, room: string): Promise<void> {
    try {
      const entered = this.#fanout.population.rooms.join(connection, room)
      if (!entered) return this.#fanout.listen(room)
      const heard = this.#arrived(connection, room)
      this.announce('join', connection, room)
      return heard
    } catch (error) {
      return Refusal.of(error, () => this.#hooks.report(error, 'join', connection))
    }
  }

  /** Leaves a room and tells the app. */
  leave(connection: Connection<Data, Events>, room: string): void {
    const { gone, last } = this.#fanout.population.rooms.leave(connection, room)
    if (gone) this.#departed(connection, room)
    if (last) this.#fanout.ignore(room)
    if (gone) this.announce('leave', connection, room)
  }

  /** Tells the other servers. Resolves once they are heard. */
  #arrived(connection: Connection<Data, Events>, room: string): Promise<void> {
    const { presences, recovery } = this.#fanout
    const heard = this.#fanout.listen(room)
    recovery.joined(connection, room)
    presences.entered(connection, room)
    return heard
  }

  #departed(connection: Connection<Data, Events>, room: string): void {
    this.#fanout.recovery.left(connection, room)
    this.#fanout.presences.left(connection, room)
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

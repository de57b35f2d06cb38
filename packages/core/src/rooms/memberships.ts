import type { Connection } from '../connection/connection.js'
import type { HubFanout } from './fanout.js'
import type { Hooks } from '../hub/hooks.js'

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
    const { population, courier } = this.#fanout
    const { id, user, session } = connection
    population.connections.set(id, connection)
    if (population.connections.size === 1) void courier.listen('hub', '')
    if (user !== undefined && population.users.add(user, connection)) void courier.listen('user', user)
    if (session !== undefined && population.sessions.add(session, connection)) void courier.listen('session', session)
    this.#held.set(connection, [])
    for (const room of new Set(rooms)) {
      if (population.rooms.seat(connection, room)) void courier.listen('room', room)
      this.announce('join', connection, room)
    }
  }

  /** Tells the app what it was not told while `onOpen` began: that a connection joined rooms, or has left them since. */
  announceHeld(connection: Connection<Data, Events>): void {
    const held = this.#held.get(connection) ?? []
    this.#held.delete(connection)
    for (const tell of held) tell()
  }

  /** Strikes a connection off every list. It keeps the names of its rooms. */
  dismiss(connection: Connection<Data, Events>): void {
    const { population, courier } = this.#fanout
    const { id, user, session } = connection
    population.connections.delete(id)
    if (population.connections.size === 0) courier.ignore('hub', '')
    if (user !== undefined && population.users.remove(user, connection)) courier.ignore('user', user)
    if (session !== undefined && population.sessions.remove(session, connection)) courier.ignore('session', session)
    for (const room of population.rooms.evict(connection)) courier.ignore('room', room)
  }

  /** Joins a room and tells the app. Resolves once messages of other servers arrive; a refusal may go unseen. */
  enter(connection: Connection<Data, Events>, room: string): Promise<void> {
    try {
      const { entered } = this.#fanout.population.rooms.join(connection, room)
      const heard = this.#fanout.courier.listen('room', room)
      if (entered) this.announce('join', connection, room)
      return heard
    } catch (error) {
      const refusal = Promise.reject(error)
      refusal.catch(() => {})
      return refusal
    }
  }

  /** Leaves a room and tells the app. */
  leave(connection: Connection<Data, Events>, room: string): void {
    const { gone, last } = this.#fanout.population.rooms.leave(connection, room)
    if (last) this.#fanout.courier.ignore('room', room)
    if (gone) this.announce('leave', connection, room)
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

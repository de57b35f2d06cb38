import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import type { ClusterBus } from '../cluster/cluster-bus.js'
import type { Recovery } from '../history/recovery.js'
import type { Streams } from '../history/streams.js'
import type { Hooks, ScopedConnection } from '../lifecycle/hooks.js'
import type { MembershipEventOf } from '../observability/diagnostics-payloads.js'
import { EVENTS } from '../observability/diagnostics.js'
import type { PresenceTracker, TrackedConnection } from '../presence/presence-tracker.js'
import type { Member } from './member.js'
import type { RenewedIdentity } from '../refresh/refresher.js'
import type { LeftCode } from '../protocol/index.js'
import { LeftNotices } from './left-notice.js'
import { RefusedJoin } from './refused-join.js'
import type { Rooms } from './rooms.js'

/** A function of the app that is called for a connection and a room. */
export type RoomHook<Connection> = (connection: Connection, room: string) => unknown

/** A connection that its app has accepted once more. */
export interface RenewedConnection<Data> {
  /** The rooms that the app named for it before. */
  readonly namedRooms: readonly string[] | undefined
  /** The presence state that the app set for it before, as JSON text. */
  readonly describedPresence: string | undefined
  renew(renewal: RenewedIdentity<Data>): void
}

/** A connection that gets `hub:left` for memberships that end. */
export interface ListedConnection extends TrackedConnection, ScopedConnection {
  readonly core: Member['core'] & {
    /** Whether the client speaks the protocol. */
    readonly speaksProtocol: boolean
    /** Sends what must not be dropped. */
    answer(text: string): void
  }
}

/** The requests of clients about rooms that are in progress. */
export interface RequestsInProgress<Connection> {
  /** A connection must leave a room: its request about the room is answered. */
  ended(connection: Connection, room: string): void
  /** A connection has closed. */
  gone(connection: Connection): void
}

/** The parts of a hub that memberships use or notify. */
export interface MembershipsParts<Connection extends ListedConnection> {
  readonly registry: ConnectionRegistry<Connection>
  readonly rooms: Pick<Rooms<Connection, unknown>, 'add' | 'join' | 'leave' | 'evict'>
  readonly bus: ClusterBus
  readonly streams: Streams
  readonly recovery: Recovery<Connection>
  readonly presence: PresenceTracker<Connection>
  readonly hooks: Hooks<Connection>
  readonly joins: () => RequestsInProgress<Connection>
  readonly onJoin?: RoomHook<Connection> | undefined
  readonly onLeave?: RoomHook<Connection> | undefined
}

/**
 * Lists connections under the hub, their user, their session and their rooms. The first connection under a name subscribes
 * to its topic, the last one unsubscribes.
 */
export class Memberships<Connection extends ListedConnection> {
  readonly #parts: MembershipsParts<Connection>
  readonly #held = new Map<Connection, (() => unknown)[]>()
  readonly #notices = new LeftNotices()
  /** The rooms that clients have joined by `hub:join`. */
  readonly #own = new Map<Connection, Set<string>>()

  constructor(parts: MembershipsParts<Connection>) {
    this.#parts = parts
  }

  /** Lists a new connection and its rooms. `onJoin` runs in {@link announceHeld}. */
  admit(connection: Connection, names: readonly string[]): void {
    const { registry, rooms, bus, presence } = this.#parts
    const { id, user, session } = connection
    registry.connections.set(id, connection)
    if (registry.connections.size === 1) void bus.listen('hub', '')
    if (user !== undefined && registry.users.add(user, connection)) void bus.listen('user', user)
    this.#listSession(connection, session)
    presence.entered(connection)
    if (this.#parts.onJoin || this.#parts.onLeave) this.#held.set(connection, [])
    for (const room of names.length > 1 ? new Set(names) : names) {
      rooms.add(connection, room)
      void this.#joined(connection, room)
      this.announce('join', connection, room)
    }
  }

  /** Runs the hooks that were held back until `onOpen` had begun. */
  announceHeld(connection: Connection): void {
    const held = this.#held.get(connection)
    this.#held.delete(connection)
    if (held) for (const run of held) run()
  }

  /** Removes a connection from every list. It keeps the names of its rooms. */
  dismiss(connection: Connection): void {
    const { registry, rooms, bus, presence } = this.#parts
    const { id, user, session } = connection
    registry.connections.delete(id)
    if (registry.connections.size === 0) bus.ignore('hub', '')
    if (user !== undefined && registry.users.remove(user, connection)) bus.ignore('user', user)
    this.#unlistSession(connection, session)
    presence.left(connection)
    this.#parts.joins().gone(connection)
    for (const room of connection.rooms) this.#left(connection, room)
    for (const room of rooms.evict(connection)) this.#unsubscribe(room)
  }

  /**
   * Joins a room, or several, and runs `onJoin`. Resolves once messages of other servers arrive; rejects with the first
   * refusal. A refusal that is not awaited is reported, and so are those beyond the first.
   */
  enter(connection: Connection, rooms: string | readonly string[]): Promise<void> {
    if (!Array.isArray(rooms)) return this.#enter(connection, rooms as string)
    const entered = (rooms as readonly string[]).map((room) => this.#enter(connection, room))
    const refused = entered.find((one) => one instanceof RefusedJoin)
    return refused ?? allEntered(entered)
  }

  #enter(connection: Connection, room: string): Promise<void> {
    try {
      if (!this.#parts.rooms.join(connection, room)) return this.#subscribe(room)
      const subscribed = this.#joined(connection, room)
      this.announce('join', connection, room)
      return subscribed
    } catch (error) {
      return RefusedJoin.of(error, () => this.#parts.hooks.report(error, 'join', connection))
    }
  }

  /** Lists a connection under its new session. It joins the rooms that the app names now, and leaves those it names no longer. */
  renew<Data>(connection: Connection & RenewedConnection<Data>, renewal: RenewedIdentity<Data>): void {
    const { session: before, namedRooms = [], describedPresence } = connection
    const { session, rooms = [], presence } = renewal.identity
    if (session !== before) this.#unlistSession(connection, before)
    connection.renew(renewal)
    if (session !== before) this.#listSession(connection, session)
    if (presence !== describedPresence) this.#parts.presence.restate(connection, presence)
    for (const room of namedRooms) if (!rooms.includes(room)) this.leave(connection, room, 'forbidden')
    // A refusal that is not awaited is reported.
    for (const room of rooms) if (!connection.in(room)) void this.enter(connection, room)
  }

  /**
   * Makes a connection a member because its client asks for it. Resolves once messages of other servers arrive; never
   * rejects. @throws HubError as {@link Rooms.join} does
   */
  enterOwn(connection: Connection, room: string): Promise<void> {
    if (!this.#parts.rooms.join(connection, room)) return this.#subscribe(room)
    const own = this.#own.get(connection) ?? new Set()
    this.#own.set(connection, own.add(room))
    const subscribed = this.#joined(connection, room)
    this.announce('join', connection, room)
    return subscribed
  }

  /** Whether the client of a connection has joined a room by itself. */
  isOwn(connection: Connection, room: string): boolean {
    return this.#own.get(connection)?.has(room) ?? false
  }

  /** Leaves a room and runs `onLeave`. @param code the code of `hub:left`; `undefined` if the client leaves by itself */
  leave(connection: Connection, room: string, code: LeftCode | undefined): void {
    this.#parts.joins().ended(connection, room)
    const { left, last } = this.#parts.rooms.leave(connection, room)
    if (left) this.#left(connection, room)
    if (last) this.#unsubscribe(room)
    if (left && code && connection.core.speaksProtocol) connection.core.answer(this.#notices.textOf(room, code))
    if (left) this.announce('leave', connection, room)
  }

  #listSession(connection: Connection, session: string | undefined): void {
    const { registry, bus } = this.#parts
    if (session !== undefined && registry.sessions.add(session, connection)) void bus.listen('session', session)
  }

  #unlistSession(connection: Connection, session: string | undefined): void {
    const { registry, bus } = this.#parts
    if (session !== undefined && registry.sessions.remove(session, connection)) bus.ignore('session', session)
  }

  /** Resolves once messages of other servers arrive. */
  #joined(connection: Connection, room: string): Promise<void> {
    const { presence, recovery } = this.#parts
    const subscribed = this.#subscribe(room)
    recovery.joined(connection, room)
    presence.entered(connection, room)
    return subscribed
  }

  #left(connection: Connection, room: string): void {
    const own = this.#own.get(connection)
    if (own?.delete(room) && own.size === 0) this.#own.delete(connection)
    this.#parts.recovery.left(connection, room)
    this.#parts.presence.left(connection, room)
  }

  #subscribe(room: string): Promise<void> {
    const { streams, bus } = this.#parts
    return streams.start(room) ?? bus.listen('room', room)
  }

  #unsubscribe(room: string): void {
    this.#parts.streams.stop(room)
    this.#parts.bus.ignore('room', room)
  }

  /** Runs `onJoin` or `onLeave`, and publishes the same. */
  announce(what: 'join' | 'leave', connection: Connection, room: string): void {
    publishMembership(what, { connection, room })
    const hook = what === 'join' ? this.#parts.onJoin : this.#parts.onLeave
    if (!hook) return
    const run = (): unknown => this.#parts.hooks.run(what, connection, () => hook(connection, room))
    const held = this.#held.get(connection)
    if (held) held.push(run)
    else run()
  }
}

function publishMembership<Connection>(what: 'join' | 'leave', event: MembershipEventOf<Connection>): void {
  const channel = what === 'join' ? EVENTS.joined : EVENTS.left
  if (channel.hasSubscribers) channel.publish(event)
}

async function allEntered(entered: readonly Promise<void>[]): Promise<void> {
  await Promise.all(entered)
}

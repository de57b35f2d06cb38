import type { BrokerPresence, PresenceEvent } from '../cluster/broker.js'
import type { ClusterBus } from '../cluster/cluster-bus.js'
import type { Member } from '../rooms/member.js'
import type { RoomConfigs } from '../rooms/room-config.js'
import { encodeHubEvent, type PresenceNews, type RoomList } from '../protocol/index.js'
import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import { MergedPresence } from './merged-presence.js'
import { MAX_LISTED_CONNECTIONS } from './present-user.js'
import type { LocalMember } from './presence-members.js'
import { memberOf, membersOf, type PresentConnection } from './present-connection.js'
import type { Presence } from './presence.js'
import { PresencePublisher } from './presence-publisher.js'
import type { PresencePlace } from './published-topic.js'
import { ServerRoster } from './server-roster.js'

/** A connection whose presence is tracked. */
export interface TrackedConnection extends Member, PresentConnection {
  readonly roomNames: readonly string[]
}

/** What presence is derived from. */
export interface PresenceTrackerParts<Connection extends TrackedConnection> {
  readonly bus: ClusterBus
  readonly registry: ConnectionRegistry<Connection>
  readonly configs: RoomConfigs
  readonly presence: BrokerPresence | undefined
  readonly host: {
    /** Delivers a text to the members of a room on this server. */
    send(room: string, text: string): void
    failed(error: unknown): void
  }
}

/** The presence of users in rooms and in the hub. Connections without a user are not listed. */
export class PresenceTracker<Connection extends TrackedConnection> {
  readonly #parts: PresenceTrackerParts<Connection>
  readonly #publisher: PresencePublisher | undefined
  readonly #servers: ServerRoster

  constructor(parts: PresenceTrackerParts<Connection>) {
    const { presence, bus } = parts
    const failed = (error: unknown): void => parts.host.failed(error)
    this.#parts = parts
    this.#servers = new ServerRoster({ bus, publisher: () => this.#publisher, failed })
    this.#publisher =
      presence &&
      new PresencePublisher({
        presence,
        members: (place) => this.#membersOf(place),
        subscription: ({ scope, name }) => bus.subscription(scope, name),
        occupied: ({ scope, name }) =>
          scope === 'server' ? this.#servers.members.length > 0 : !hasNone(parts.registry.list(scope, name)),
        notify: ({ name }, news) => this.#notify(name, news),
        failed,
      })
  }

  /** A connection has joined the hub, or a room. The registry lists it already. */
  entered(connection: Connection, room?: string): void {
    const place = this.#placeOf(connection, room)
    if (place) this.#publisher?.changed(place, { is: memberOf(connection), here: true })
  }

  /** A connection has left a room or has closed. */
  left(connection: Connection, room?: string): void {
    const place = this.#placeOf(connection, room)
    if (place) this.#publisher?.changed(place, { was: memberOf(connection), here: false })
  }

  /** Changes the presence state that others see. @param state JSON text; `undefined` removes it */
  restate(connection: Connection, state: string | undefined): void {
    if (connection.presenceState === state) return
    const was = memberOf(connection)
    connection.presenceState = state
    if (!was) return
    const change = { was, is: memberOf(connection), here: true }
    for (const room of [undefined, ...connection.roomNames]) {
      const place = this.#placeOf(connection, room)
      if (place) this.#publisher?.changed(place, change)
    }
  }

  /** The last connection has left a room. */
  emptied(room: string): void {
    this.#publisher?.emptied(this.#parts.bus.topic('room', room))
  }

  /** The users in a room, or one user, on all servers; on this server alone if the store fails. Never rejects. */
  async list(scope: 'room' | 'user', name: string): Promise<Presence[]> {
    const topic = this.#parts.bus.topic(scope, name)
    const read = scope === 'room' ? await this.#publisher?.read(topic) : undefined
    if (read) return read
    const users = await this.#listed(scope, name)
    // Before anything is awaited: this list did not come from `read`, so changes that members got before do not apply to it.
    this.#publisher?.bypassed(topic)
    return users
  }

  /** The list that a new member of a room gets. The changes that this server sends later apply to it. Never rejects. */
  async roomList(room: string): Promise<RoomList> {
    const topic = this.#parts.bus.topic('room', room)
    const before = this.#publisher?.notified(topic)
    if (before?.isCounted && before.users !== undefined) return { seq: before.seq, count: before.users }
    const users = await this.list('room', room)
    // In the same turn: members get later changes in a later turn.
    const { seq = 0, isCounted = false } = this.#publisher?.notified(topic) ?? {}
    const { limit = Infinity } = this.#parts.configs.of(room).presence ?? {}
    if (isCounted || users.length > limit) return { seq, count: users.length }
    return { seq, entries: users.map(listedMember) }
  }

  /** How many users are in a room on all servers; on this server alone if the store fails. Never rejects. */
  async count(room: string): Promise<number> {
    const { bus, host, presence } = this.#parts
    const topic = bus.topic('room', room)
    try {
      const count = this.#publisher?.notified(topic)?.users ?? (bus.alone ? undefined : await presence?.count?.(topic))
      if (count !== undefined) return count
    } catch (error) {
      host.failed(error)
    }
    return (await this.#listed('room', room)).length
  }

  /** The users of a room have changed on any server. */
  changed(room: string, event: PresenceEvent): void {
    this.#publisher?.event(this.#parts.bus.topic('room', room), event)
  }

  /** The link to the other servers is restored. */
  restored(): void {
    this.#publisher?.restored()
  }

  /** Lists this server among the servers of the hub, for as long as its lease lives. */
  enterServer(): void {
    this.#servers.enter()
  }

  /** The ids of the other servers that live; `undefined` if the broker has no presence or the store fails. Never rejects. */
  otherServers(): Promise<ReadonlySet<string> | undefined> {
    return this.#servers.others()
  }

  async close(): Promise<void> {
    this.#servers.leave()
    await this.#publisher?.close()
  }

  #membersOf({ scope, name }: PresencePlace): LocalMember[] {
    return scope === 'server' ? this.#servers.members : membersOf(this.#parts.registry.list(scope, name))
  }

  #notify(room: string, news: PresenceNews): void {
    if (!this.#parts.configs.of(room).presence) return
    this.#parts.host.send(room, encodeHubEvent('hub:presence', { room, ...news }))
  }

  async #listed(scope: 'room' | 'user', name: string): Promise<Presence[]> {
    const { bus, registry, host } = this.#parts
    await this.#publisher?.flush()
    const merged = new MergedPresence(membersOf(registry.list(scope, name)))
    try {
      const pages = bus.alone ? undefined : this.#publisher?.list(bus.topic(scope, name))
      for await (const page of pages ?? []) merged.add(page)
    } catch (error) {
      host.failed(error)
    }
    return merged.users
  }

  /** The place at which changes of a connection are published; undefined if they are not needed. */
  #placeOf(connection: Connection, room: string | undefined): PresencePlace | undefined {
    if (!this.#publisher) return undefined
    const { bus } = this.#parts
    const notify = room === undefined ? undefined : this.#parts.configs.of(room).presence
    // A single process knows its users without a store and needs the store only for the news to members.
    if (!notify && (bus.alone || connection.user === undefined)) return undefined
    const [scope, name] = room === undefined ? (['user', `${connection.user}`] as const) : (['room', room] as const)
    return { topic: bus.topic(scope, name), scope, name, notify }
  }
}

function listedMember({ connections, ...user }: Presence): Presence {
  return { ...user, connections: connections.slice(0, MAX_LISTED_CONNECTIONS) }
}

function hasNone(all: Iterable<unknown>): boolean {
  for (const _ of all) return false
  return true
}

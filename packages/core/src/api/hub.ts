import { type Address, NO_EXCEPTIONS } from '../rooms/address.js'
import type { Presence } from '../presence/presence.js'
import { Audience, type AudienceHost, Group } from './audience.js'
import { kindOf } from '../util/option-rules.js'
import type { Connection } from './connection.js'
import { brand } from '../util/package-copies.js'
import { HubParts } from '../lifecycle/hub-parts.js'
import { type HubOptions, resolveOptions } from './hub-options.js'
import { type ClusterStats, clusterStats, type HubStats, type StatsOptions } from '../observability/stats.js'
import type { Room } from './room.js'
import type { RoomOptions } from '../rooms/room-config.js'
import { handshakeCounters } from '../upgrade/handshake-counters.js'
import { type CloseOptions, shutDown } from '../lifecycle/shutdown.js'
import type { Summary } from '../util/inspect-summary.js'

/**
 * A place where clients meet: connections, rooms, messages. It knows no framework; `upgrade(hub, …)` of an adapter lets
 * clients in. As an audience it is everybody.
 *
 * `Data` is what `describe` gives each connection, `Events` what the server emits, by type.
 */
export class Hub<Data = unknown, Events extends object = Record<string, unknown>> extends Audience<Data, Events> {
  /** The name that isolates its topics from those of other hubs. */
  readonly name: string
  /** @internal */
  readonly engine: HubParts<Data, Events>
  protected readonly broadcaster: AudienceHost<Data, Events>
  protected readonly address: Address = { scope: 'hub', names: [''], except: NO_EXCEPTIONS }
  #closed: Promise<void> | undefined

  static {
    brand(this, 'Hub')
  }

  /**
   * @param options everything may be left out
   * @throws TypeError that names the option and its value, where one is unknown or not what it must be
   */
  constructor(options: HubOptions<Data, Events> = {}) {
    super()
    const settings = resolveOptions(options)
    this.name = settings.name
    this.engine = new HubParts(this, settings)
    this.broadcaster = this.engine.broadcaster
  }

  /** The connections of this server, by id. */
  get connections(): ReadonlyMap<string, Connection<Data, Events>> {
    return this.engine.broadcaster.registry.connections
  }

  /** The rooms of this server that have members or were created, by name. */
  get rooms(): ReadonlyMap<string, Room<Data, Events>> {
    return this.engine.broadcaster.registry.rooms.existing
  }

  /** A connection of this server. */
  connection(id: string): Connection<Data, Events> | undefined {
    return this.connections.get(id)
  }

  /** A room, whether or not anybody is in it. @throws TypeError where the name is no string */
  room(name: string): Room<Data, Events> {
    assertName('room', name)
    return this.engine.broadcaster.registry.rooms.get(name)
  }

  /** All connections of these users, on every server. @throws TypeError where an id is no string */
  user(...ids: string[]): Audience<Data, Events> {
    return this.#group('user', ids)
  }

  /** All connections of these logins, on every server. @throws TypeError where an id is no string */
  session(...ids: string[]): Audience<Data, Events> {
    return this.#group('session', ids)
  }

  /** Everybody who is in at least one of these rooms, each connection once. @throws TypeError where a name is no string */
  to(...rooms: string[]): Audience<Data, Events> {
    return this.#group('room', rooms)
  }

  /**
   * Makes a room that exists without members, and may be bounded, keep a history or tell who comes and goes. Every server
   * has to be told the same, before its first client comes.
   * @throws HubError `room_exists`, `invalid_room`; TypeError where an option is wrong or the broker keeps no history
   */
  createRoom(name: string, options?: RoomOptions): Room<Data, Events>
  /**
   * Says the same of every room whose name matches, whenever it comes to exist. The first pattern that matches counts. A
   * pattern with a capture group must match the whole name; one without may match a part of it.
   */
  createRoom(pattern: RegExp, options?: RoomOptions): void
  createRoom(name: string | RegExp, options: RoomOptions = {}): Room<Data, Events> | void {
    const { rooms } = this.engine.broadcaster.registry
    if (options?.history && !this.engine.settings.broker.history) {
      throw new TypeError('The option history needs a broker that keeps one, and this one does not.')
    }
    return name instanceof RegExp ? rooms.configs.addFamily(name, options) : rooms.create(name, options)
  }

  /** Undoes `createRoom`: every member leaves, and the room is gone. @returns whether it existed */
  removeRoom(name: string): boolean {
    const { rooms } = this.engine.broadcaster.registry
    const existed = rooms.existing.has(name)
    rooms.remove(name)
    this.engine.broadcaster.streams.remove(name)
    // A copy: who is told that it left may join again.
    for (const connection of Array.from(rooms.occupants(name))) connection.leave(name)
    return existed
  }

  /** Counts of this server, for a log or a metrics page. */
  stats(): HubStats
  /**
   * Counts of all servers. What could not be asked or has not answered in time is left out, and `partial` says so. Never
   * rejects.
   */
  stats(options: { readonly cluster: true } & StatsOptions): Promise<ClusterStats>
  stats(options?: { readonly cluster?: boolean } & StatsOptions): HubStats | Promise<ClusterStats>
  stats({ cluster = false, timeout }: { readonly cluster?: boolean } & StatsOptions = {}):
    | HubStats
    | Promise<ClusterStats> {
    const { connections, users, rooms } = this.engine.broadcaster.registry
    const { status: broker } = this.engine.broadcaster.bus
    const here = {
      name: this.name,
      connections: connections.size,
      users: users.size,
      rooms: rooms.existing.size,
      ...this.engine.counters,
      ...this.engine.labelled.breakdown,
      handshakes: handshakeCounters.counts,
      memory: this.engine.memory,
      ...(broker && { broker }),
    }
    return cluster ? clusterStats(this.engine.broadcaster.audienceRequests, here, timeout) : here
  }

  /** Where a person is connected, on all servers; without connections where nowhere. Never rejects. */
  async presence(user: string): Promise<Presence> {
    assertName('user', user)
    const [found] = await this.engine.broadcaster.presence('user', user)
    return found ?? { user, connections: [] }
  }

  /**
   * Resolves once the broker has connected; at once without one. Rejects where the broker was told that it is required and
   * can't be reached. Nobody needs to await it: a failure reaches `onError` too.
   */
  get ready(): Promise<void> {
    return this.engine.broadcaster.bus.ready
  }

  /**
   * Closes the hub for good: new upgrades get 503, handlers finish what has come in, what is queued leaves, clients get
   * 1001 with a hint when to come back, and the rest is dropped. Never closes an HTTP server. A second call waits for
   * the first.
   * @throws TypeError at once where `within` is no time
   * @returns resolves when the last connection has gone and its hooks have run, at the deadline at the latest
   */
  close({ within = 10_000 }: CloseOptions = {}): Promise<void> {
    if (!(within >= 0))
      throw new TypeError(`The option within must be a number of at least 0 (ms), not ${String(within)}.`)
    this.#closed ??= shutDown(this.engine, within)
    return this.#closed
  }

  override toJSON(): Summary {
    return { name: this.name, connections: this.connections.size, rooms: this.rooms.size }
  }

  #group(scope: Address['scope'], names: readonly string[]): Audience<Data, Events> {
    for (const name of names) assertName(scope, name)
    return new Group(this.engine.broadcaster, { scope, names: [...new Set(names)], except: NO_EXCEPTIONS })
  }
}

// Ids from a database are often numbers: they would reach nobody, and nobody would know why.
function assertName(scope: Address['scope'], name: unknown): void {
  if (typeof name === 'string') return
  throw new TypeError(`A ${scope} must be named by a string, not by ${kindOf(name)}.`)
}

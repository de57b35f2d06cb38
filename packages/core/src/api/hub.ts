import { type Address, NO_EXCEPTIONS } from '../rooms/address.js'
import type { Presence } from '../presence/presence.js'
import { registerTarget } from '../upgrade/upgrade-hub.js'
import { Audience, Group } from './audience.js'
import { kindOf } from '../util/option-rules.js'
import type { Connection } from './connection.js'
import { brand } from '../util/package-copies.js'
import { assembleHub, type HubParts } from './hub-assembly.js'
import type { HubOptions } from './hub-options.js'
import type { ConnectionPage, ListOptions } from '../cluster/connection-pages.js'
import type { OnServerMessage, Servers } from '../cluster/servers.js'
import { registerInspection } from '../observability/hub-inspection.js'
import { resolveOptions } from './hub-settings.js'
import type { HubTypes, PresenceOf } from './hub-types.js'
import type { Jsonify } from '../protocol/index.js'
import { clusterStats } from '../observability/cluster-stats.js'
import type { HubHealth } from '../observability/health.js'
import type { ClusterStats, HubStats, StatsOptions } from '../observability/stats.js'
import type { Room, RoomOptions } from './room.js'
import { closeTimes, type CloseOptions, shutDown } from '../lifecycle/shutdown.js'
import type { Summary } from '../util/inspect-summary.js'

/**
 * The connections and rooms of one WebSocket endpoint. `upgrade(hub, describe)` of an adapter connects clients to it. As an
 * audience, a hub is all of its connections on every server.
 *
 * `Types` is `{ data, events, asks, presence }`: the data of a connection, the events that the server emits, the requests that it
 * sends to clients, and the presence state of users. The hub infers it from its router; without a router write `new Hub<{ data: … }>()`.
 */
export class Hub<Types extends HubTypes = HubTypes> extends Audience<Types> {
  /** The option `name`: it separates this hub from other hubs on the same broker. */
  readonly name: string
  /** @internal */
  protected readonly address: Address = { scope: 'hub', names: [''], except: NO_EXCEPTIONS }
  readonly #parts: HubParts<Types>
  readonly #keepsHistory: boolean
  readonly #hasRouter: boolean
  #closed: Promise<void> | undefined

  static {
    brand(this, 'Hub')
  }

  /**
   * @param options all are optional
   * @throws TypeError if an option is unknown or invalid; the message names the option and its value
   */
  constructor(options: HubOptions<Types> = {}) {
    super()
    const settings = resolveOptions(options)
    this.name = settings.name
    this.#keepsHistory = settings.broker.history !== undefined
    this.#hasRouter = settings.router !== undefined
    this.#parts = assembleHub(this, settings)
    registerTarget(this, this.#parts.admission)
    registerInspection(this, this.#parts)
  }

  /** @internal */
  protected get parts(): HubParts<Types> {
    return this.#parts
  }

  /** The connections of this server, by id. */
  get connections(): ReadonlyMap<string, Connection<Types>> {
    return this.#parts.connections
  }

  /** The rooms of this server that have members or were created with `createRoom`, by name. */
  get rooms(): ReadonlyMap<string, Room<Types>> {
    return this.#parts.rooms.existing
  }

  /** A connection of this server by its id; `undefined` if there is none. {@link client} reaches it on every server. */
  connection(id: string): Connection<Types> | undefined {
    return this.connections.get(id)
  }

  /** The room with this name, whether or not it has members. @throws TypeError if the name is not a string */
  room(name: string): Room<Types> {
    assertName('room', name)
    return this.#parts.rooms.get(name)
  }

  /** All connections of these users, on every server. @throws TypeError if an id is not a string */
  user(...ids: string[]): Audience<Types> {
    return this.#group('user', ids)
  }

  /** All connections of these sessions, on every server. @throws TypeError if an id is not a string */
  session(...ids: string[]): Audience<Types> {
    return this.#group('session', ids)
  }

  /** Connections by their ids, on every server. @throws TypeError if an id is not a string */
  client(...ids: string[]): Audience<Types> {
    return this.#group('connection', ids)
  }

  /** The members of at least one of these rooms, each connection once. @throws TypeError if a name is not a string */
  to(...rooms: string[]): Audience<Types> {
    return this.#group('room', rooms)
  }

  /**
   * Creates a room with options. It exists without members until `removeRoom`. Call it on every server with the same options,
   * before the first client connects.
   * @throws HubError `room_exists`, `invalid_room`
   * @throws TypeError if an option is invalid, `history` is set and the broker keeps no history, or `authorize` is set and the
   * hub has no router
   */
  createRoom(name: string, options?: RoomOptions<Types, undefined>): Room<Types>
  /**
   * Sets the options of every room whose name matches the pattern, including rooms that do not exist yet. If several patterns
   * match, the first one counts. A pattern with a capture group or with `authorize` must match the whole name; any other
   * pattern may match a part of it.
   * @throws TypeError as for a room
   */
  createRoom(pattern: RegExp, options?: RoomOptions<Types, RegExpExecArray>): void
  createRoom(name: string | RegExp, options: RoomOptions<Types, never> = {}): Room<Types> | void {
    const { rooms } = this.#parts
    if (options?.history && !this.#keepsHistory) {
      throw new TypeError('The option history needs a broker that keeps one, and this one does not.')
    }
    if (options?.authorize && !this.#hasRouter) {
      throw new TypeError('The option authorize needs a hub with a router: clients of other hubs ask for nothing.')
    }
    return name instanceof RegExp ? rooms.configs.addPattern(name, options) : rooms.create(name, options)
  }

  /** Removes a room of this server and its options. Every member leaves with the code `room_removed`. @returns whether it existed */
  removeRoom(name: string): boolean {
    const { rooms, streams, joins, memberships } = this.#parts
    const existed = rooms.existing.has(name)
    rooms.remove(name)
    streams.remove(name)
    joins.removed((_, room) => room === name)
    // A copy: onLeave may make a connection join again.
    for (const connection of Array.from(rooms.occupants(name))) memberships.leave(connection, name, 'room_removed')
    return existed
  }

  /** The counts of this server, for a log or a metrics page. */
  stats(options?: { readonly cluster?: false | undefined } & StatsOptions): HubStats
  /**
   * The counts of all servers together. `partial` is `true` if a server did not answer within `timeout` (1,000 ms). Never
   * rejects.
   */
  stats(options: { readonly cluster: true } & StatsOptions): Promise<ClusterStats>
  stats(options?: { readonly cluster?: boolean | undefined } & StatsOptions): HubStats | Promise<ClusterStats>
  stats(options: { readonly cluster?: boolean | undefined } & StatsOptions = {}): HubStats | Promise<ClusterStats> {
    const { stats, requests } = this.#parts
    const here = stats.read(options.handlers)
    return options.cluster ? clusterStats(requests, here, options) : here
  }

  /**
   * Lists connections in pages, in the order of their ids: those of this server or, with `cluster`, those of all servers, one
   * server after the other. A connection that is there from the first page to the last is listed once. Servers that start while
   * the pages are read are not listed.
   * @throws (as a rejection) TypeError if an option is wrong; HubError `invalid_cursor`
   */
  async list(options: ListOptions = {}): Promise<ConnectionPage> {
    return this.#parts.pages.list(options)
  }

  /** The servers of the hub: the id of this one, and messages to the others. */
  get servers(): Servers {
    return this.#parts.servers
  }

  /**
   * Calls a function for each message that another server sends with `hub.servers.emit`, in the order of each server.
   * An error that it throws is reported to `onError` with the stage `server`.
   * @returns a function that removes it
   */
  onServerMessage(handler: OnServerMessage): () => void {
    return this.#parts.servers.listen(handler)
  }

  /** The connections of a user on all servers and the state of the newest; an empty list if there are none. Never rejects. */
  async presence(user: string): Promise<Presence<Jsonify<PresenceOf<Types>>>> {
    assertName('user', user)
    const [found] = await this.#parts.presence.list('user', user)
    return (found ?? { user, connections: [] }) as Presence<Jsonify<PresenceOf<Types>>>
  }

  /**
   * Whether the hub should get new clients, for `/healthz` and `/readyz`. It is not ready from the first call of `close()`
   * on, and with the option `health: { requireBroker: true }` while the broker is not connected.
   */
  health(): HubHealth {
    return this.#parts.health.current
  }

  /**
   * Resolves once the broker has connected; at once without a broker. Rejects if the broker is required and can't be reached.
   * You need not await it: the error is reported to `onError` too.
   */
  get ready(): Promise<void> {
    return this.#parts.bus.ready
  }

  /**
   * Closes the hub permanently. New handshakes get 503. Handlers finish the messages that were received, messages to
   * clients are sent, and every connection closes with 1001 and a hint when to reconnect. Connections that are still
   * open after `within` are terminated. It does not close the HTTP server. A second call waits for the first.
   * @param options `notice`: milliseconds in which the hub keeps working while `health()` reports that it is not ready, 0 by
   * default. `within`: milliseconds until the deadline, which begin after `notice`, 10,000 by default
   * @throws TypeError at once if an option is not a number of at least 0
   * @returns resolves when the last connection has closed and its hooks have run, at the deadline at the latest
   */
  close(options: CloseOptions = {}): Promise<void> {
    const times = closeTimes(options)
    this.#closed ??= shutDown(this.#parts, times)
    return this.#closed
  }

  override toJSON(): Summary {
    return { name: this.name, connections: this.connections.size, rooms: this.rooms.size }
  }

  /** The audience of the connections that an address selects. @internal */
  audience(address: Address): Audience<Types> {
    return new Group(this.#parts, address)
  }

  #group(scope: Address['scope'], names: readonly string[]): Audience<Types> {
    for (const name of names) assertName(scope, name)
    return this.audience({ scope, names: [...new Set(names)], except: NO_EXCEPTIONS })
  }
}

// Ids from a database are often numbers: a message to them would silently reach no connection.
function assertName(scope: Address['scope'], name: unknown): void {
  if (typeof name === 'string') return
  throw new TypeError(`A ${scope} must be named by a string, not by ${kindOf(name)}.`)
}

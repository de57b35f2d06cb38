import { type Address, Audience, type Fanout, Group, NOBODY } from '../rooms/audience.js'
import type { Connection } from '../connection/connection.js'
import { type Counters, Engine } from './engine.js'
import { type HubOptions, resolveOptions } from './options.js'
import type { Room } from '../rooms/room.js'
import type { RoomOptions } from '../rooms/rooms.js'
import { type CloseOptions, shutDown } from './shutdown.js'

/** What a hub looks like now, on this server. */
export interface HubStats extends Readonly<Counters> {
  readonly name: string
  /** Open connections. */
  readonly connections: number
  /** Different users among them. */
  readonly users: number
  readonly rooms: number
}

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
  readonly engine: Engine<Data, Events>
  protected readonly fanout: Fanout<Data, Events>
  protected readonly address: Address = { scope: 'hub', names: [''], except: NOBODY }
  #closed: Promise<void> | undefined

  /**
   * @param options everything may be left out
   * @throws TypeError that names the option and its value, where one is unknown or not what it must be
   */
  constructor(options: HubOptions<Data, Events> = {}) {
    super()
    const settings = resolveOptions(options)
    this.name = settings.name
    this.engine = new Engine(this, settings)
    this.fanout = this.engine.fanout
  }

  /** The connections of this server, by id. */
  get connections(): ReadonlyMap<string, Connection<Data, Events>> {
    return this.engine.fanout.population.connections
  }

  /** The rooms of this server that have members or were created, by name. */
  get rooms(): ReadonlyMap<string, Room<Data, Events>> {
    return this.engine.fanout.population.rooms.existing
  }

  /** A connection of this server. */
  connection(id: string): Connection<Data, Events> | undefined {
    return this.connections.get(id)
  }

  /** A room, whether or not anybody is in it. @throws TypeError where the name is no string */
  room(name: string): Room<Data, Events> {
    assertName('room', name)
    return this.engine.fanout.population.rooms.get(name)
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
   * Makes a room that exists without members, and may be bounded.
   * @throws HubError `room_exists`, `invalid_room`; TypeError where an option is wrong
   */
  createRoom(name: string, options: RoomOptions = {}): Room<Data, Events> {
    return this.engine.fanout.population.rooms.create(name, options)
  }

  /** Undoes `createRoom`: every member leaves, and the room is gone. @returns whether it existed */
  removeRoom(name: string): boolean {
    const { rooms } = this.engine.fanout.population
    const existed = rooms.existing.has(name)
    rooms.remove(name)
    // A copy: who is told that it left may join again.
    for (const connection of Array.from(rooms.occupants(name))) connection.leave(name)
    return existed
  }

  /** Counts for a log or a metrics page. */
  stats(): HubStats {
    const { connections, users, rooms } = this.engine.fanout.population
    return {
      name: this.name,
      connections: connections.size,
      users: users.size,
      rooms: rooms.existing.size,
      ...this.engine.counters,
    }
  }

  /**
   * Closes the hub for good: new upgrades get 503, handlers finish what has come in, what is queued leaves, clients get
   * 1001 with a hint when to come back, and the rest is dropped. Never closes an HTTP server. A second call waits for
   * the first.
   * @throws TypeError at once where `within` is no time
   * @returns resolves when the last connection has gone and its hooks have run, at the deadline at the latest
   */
  close({ within = 10_000 }: CloseOptions = {}): Promise<void> {
    if (!(within >= 0)) throw new TypeError(`The option within must be a number of at least 0 (ms), not ${within}.`)
    this.#closed ??= shutDown(this.engine, within)
    return this.#closed
  }

  #group(scope: Address['scope'], names: readonly string[]): Audience<Data, Events> {
    for (const name of names) assertName(scope, name)
    return new Group(this.engine.fanout, { scope, names: [...new Set(names)], except: NOBODY })
  }
}

// Ids from a database are often numbers: they would reach nobody, and nobody would know why.
function assertName(scope: Address['scope'], name: unknown): void {
  if (typeof name === 'string') return
  throw new TypeError(`A ${scope} must be named by a string, not by ${name === null ? 'null' : `a ${typeof name}`}.`)
}

import { type Address, type Excludable, hasExceptions, isExcepted } from '../rooms/address.js'
import type { Member } from '../rooms/member.js'
import type { MemberList } from './member-list.js'
import { NameIndex } from './name-index.js'

/** The members of rooms, by name. */
export interface RoomMembers<Connection> {
  occupants(room: string): ReadonlySet<Connection>
  /** A single member itself, or the list of a room that has had several; `undefined` for none. */
  find(room: string): Connection | MemberList<Connection> | undefined
}

/** The connections of this server by id, user, session and room. */
export class ConnectionRegistry<Connection extends Member> {
  readonly connections = new Map<string, Connection>()
  readonly users = new NameIndex<Connection>()
  readonly sessions = new NameIndex<Connection>()
  readonly #rooms: RoomMembers<Connection>

  constructor(rooms: RoomMembers<Connection>) {
    this.#rooms = rooms
  }

  /** The members of a room on this server: a single one itself, or the list of a room that has had several; `undefined` for none. */
  inRoom(room: string): Connection | MemberList<Connection> | undefined {
    return this.#rooms.find(room)
  }

  /** The connections of this server that an address selects, each once. */
  select(address: Address): Iterable<Connection> {
    const { scope, names } = address
    const [name] = names
    const all = names.length === 1 && name !== undefined ? this.list(scope, name) : this.#union(scope, names)
    return hasExceptions(address) ? without(all, address) : all
  }

  /** This server's connections under one name. */
  list(scope: Address['scope'], name: string): Iterable<Connection> {
    if (scope === 'room') return this.#rooms.occupants(name)
    if (scope === 'hub') return this.connections.values()
    if (scope === 'user') return this.users.list(name)
    if (scope === 'session') return this.sessions.list(name)
    const connection = this.connections.get(name)
    return connection ? [connection] : []
  }

  /** Whether an address would select a connection if it were a member of this room. */
  wouldSelect(address: Address, connection: Connection, room: string): boolean {
    const { scope, names } = address
    if (isExcepted(connection, address)) return false
    if (scope === 'room') return names.some((name) => name === room || connection.in(name))
    if (scope === 'user') return connection.user !== undefined && names.includes(connection.user)
    if (scope === 'session') return connection.session !== undefined && names.includes(connection.session)
    return scope === 'hub' || names.includes(connection.id)
  }

  #union(scope: Address['scope'], names: readonly string[]): Set<Connection> {
    const all = new Set<Connection>()
    for (const name of names) for (const connection of this.list(scope, name)) all.add(connection)
    return all
  }
}

function* without<One extends Excludable>(all: Iterable<One>, address: Address): Iterable<One> {
  for (const one of all) if (!isExcepted(one, address)) yield one
}

import type { AudienceHost } from '../api/audience.js'
import { type Address, type Excludable, isExcepted } from '../rooms/address.js'
import type { Connection } from '../api/connection.js'
import { NameIndex } from './name-index.js'
import { type RoomLimits, Rooms } from '../rooms/rooms.js'

/** Everybody on this server: who is connected, who they are and where. */
export class ConnectionRegistry<Data, Events extends object> {
  readonly connections = new Map<string, Connection<Data, Events>>()
  readonly users = new NameIndex<Connection<Data, Events>>()
  readonly sessions = new NameIndex<Connection<Data, Events>>()
  readonly rooms: Rooms<Connection<Data, Events>, Data, Events>

  constructor(broadcaster: AudienceHost<Data, Events>, limits: RoomLimits) {
    this.rooms = new Rooms(broadcaster, limits)
  }

  /** This server's connections that an address means, each once. */
  select(address: Address): Iterable<Connection<Data, Events>> {
    const { scope, names, except, exceptRooms } = address
    const [name] = names
    const all = names.length === 1 && name !== undefined ? this.list(scope, name) : this.#union(scope, names)
    return except.size === 0 && !exceptRooms ? all : without(all, address)
  }

  /** This server's connections under one name. */
  list(scope: Address['scope'], name: string): Iterable<Connection<Data, Events>> {
    if (scope === 'room') return this.rooms.occupants(name)
    if (scope === 'hub') return this.connections.values()
    if (scope === 'user') return this.users.list(name)
    if (scope === 'session') return this.sessions.list(name)
    const connection = this.connections.get(name)
    return connection ? [connection] : []
  }

  #union(scope: Address['scope'], names: readonly string[]): Set<Connection<Data, Events>> {
    const all = new Set<Connection<Data, Events>>()
    for (const name of names) for (const connection of this.list(scope, name)) all.add(connection)
    return all
  }
}

function* without<One extends Excludable>(all: Iterable<One>, address: Address): Iterable<One> {
  for (const one of all) if (!isExcepted(one, address)) yield one
}

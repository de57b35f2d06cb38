import { kindOf } from '../util/option-rules.js'

/** Selects connections: those with one of these names in this scope, each once, without the exceptions. */
export interface Address {
  readonly scope: 'hub' | 'room' | 'user' | 'session' | 'connection' | 'server'
  readonly names: readonly string[]
  /** Ids of connections that are left out. */
  readonly except: ReadonlySet<string>
  /** The users of the connections in `except`, as far as they are known. A recovery uses them if it knows no former connection. */
  readonly exceptUsers?: ReadonlySet<string>
  /** Names of rooms whose members are left out. */
  readonly exceptRooms?: readonly string[]
}

/** An action for every member of an audience. */
export type Command =
  | { readonly do: 'disconnect'; readonly code: number; readonly reason: string }
  | { readonly do: 'join' | 'leave'; readonly room: string }

/** The part of a connection that exceptions are compared with. */
export interface Excludable {
  readonly id: string
  in(room: string): boolean
}

/** The rooms of a connection that is in none. */
export const NO_ROOMS: ReadonlySet<string> = new Set()

/** No connection is left out. */
export const NO_EXCEPTIONS: ReadonlySet<string> = new Set()

/** The address of one server itself, by its id. */
export function serverAddress(server: string): Address {
  return { scope: 'server', names: [server], except: NO_EXCEPTIONS }
}

/** The address of all servers themselves. */
export function allServers(): Address {
  return serverAddress('')
}

/** Narrows an address of several rooms to one of them. */
export function onlyRoom(address: Address, room: string): Address {
  return address.names.length > 1 ? { ...address, names: [room] } : address
}

/** The room of an address with exactly one room; `undefined` for any other address. */
export function roomOf({ scope, names }: Address): string | undefined {
  return scope === 'room' && names.length === 1 ? names[0] : undefined
}

/** Whether an address may leave connections out. */
export function hasExceptions({ except, exceptRooms }: Address): boolean {
  return except.size > 0 || exceptRooms !== undefined
}

/** Whether an address leaves this connection out. */
export function isExcepted(connection: Excludable, { except, exceptRooms = [] }: Address): boolean {
  return except.has(connection.id) || exceptRooms.some((room) => connection.in(room))
}

/** One room name or several as a list. @throws TypeError for a name that is not a string */
export function roomNames(rooms: string | readonly string[]): readonly string[] {
  const names = typeof rooms === 'string' ? [rooms] : rooms
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names
  throw new TypeError(`A room must be named by a string, not by ${kindOf(rooms)}.`)
}

/** The id of a connection, which is given as an object or by its id. @throws TypeError if it is neither */
export function idOf(one: string | { readonly id: string }): string {
  const id: unknown = typeof one === 'string' ? one : (one as { id?: unknown } | null | undefined)?.id
  if (typeof id === 'string') return id
  throw new TypeError(`A connection must be given as such or by its id, which is a string, not as ${kindOf(one)}.`)
}

import type { NameIndex } from '../broadcast/name-index.js'
import { isConnectionId } from '../connection/random-id.js'
import { encode } from '../protocol/codec.js'
import { smallest } from '../util/smallest.js'

/** One connection in a list. */
export interface ConnectionInfo {
  readonly id: string
  /** The user of the connection; absent if there is none. */
  readonly user?: string
  /** The client's address. */
  readonly address: string
  /** When its handshake arrived, in milliseconds since 1970 on the clock of its server. */
  readonly since: number
  /** The rooms that it is in, as many as fit into 8,192 characters of their names. */
  readonly rooms: readonly string[]
  /** The number of its other rooms; absent if all are listed. */
  readonly omittedRooms?: number
  /** Bytes that wait to be sent to it. */
  readonly bufferedAmount: number
  /** Milliseconds of the last heartbeat's round trip; absent before the first. */
  readonly latency?: number
  /** The id of its server, as in `hub.servers.id`. */
  readonly server: string
}

/** One connection in the list of a server. */
type PageEntry = Omit<ConnectionInfo, 'server'>

/** Selects the connections of one server to list. */
export interface ListQuery {
  readonly room?: string | undefined
  readonly user?: string | undefined
  readonly address?: string | undefined
  readonly limit: number
  /** Only those with a greater id. */
  readonly after: string
}

/** Connections of one server, by id. */
export interface ServerPage {
  readonly connections: readonly PageEntry[]
  /** Whether other connections follow. */
  readonly more: boolean
}

/** A connection as a list reads it. */
export interface ListableMember {
  readonly id: string
  readonly user: string | undefined
  readonly handshake: { readonly address: string; readonly time: Date }
  readonly roomNames: Iterable<string>
  readonly bufferedAmount: number
  readonly latency: number | undefined
}

/** The connections that a list chooses from. */
export interface ListableConnections<Connection extends ListableMember> {
  readonly connections: ReadonlyMap<string, Connection>
  readonly users: Pick<NameIndex<Connection>, 'list'>
  list(scope: 'room', name: string): Iterable<Connection>
}

/** The most connections in one page. */
export const MAX_LIST_LIMIT = 1000
/** The most bytes of a page as JSON. A page holds at least one connection, whatever its size. */
const MAX_PAGE_BYTES = 524_288
/** The most characters of names of rooms in one entry. */
const MAX_ROOM_CHARACTERS = 8192

/** The next connections of this server. */
export function listHere<Connection extends ListableMember>(
  registry: ListableConnections<Connection>,
  query: ListQuery,
): ServerPage {
  const { limit } = query
  const found = smallest(chosen(registry, query), limit + 1, ({ id }) => id)
  const connections: PageEntry[] = []
  let bytes = 0
  for (const connection of found.slice(0, limit)) {
    const entry = entryOf(connection)
    bytes += Buffer.byteLength(encode(entry)) + 1
    if (connections.length > 0 && bytes > MAX_PAGE_BYTES) break
    connections.push(entry)
  }
  return { connections, more: connections.length < found.length }
}

/** Whether a value can be the limit of a page. */
export function isListLimit(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_LIST_LIMIT
}

/** Reads the query of another server. @returns undefined if it is invalid */
export function readQuery(about: unknown): ListQuery | undefined {
  const { room, user, address, limit, after } = (about ?? {}) as Partial<Record<keyof ListQuery, unknown>>
  const isFilter = isNameOrAbsent(room) && isNameOrAbsent(user) && isNameOrAbsent(address)
  if (!isFilter || !isListLimit(limit) || typeof after !== 'string') return undefined
  return { room, user, address, limit, after }
}

/** Reads the answer of another server. @returns undefined if it is not a page for the query */
export function readPage(payload: unknown, { address, limit, after }: ListQuery): ServerPage | undefined {
  const { connections, more } = (payload ?? {}) as Partial<Record<keyof ServerPage, unknown>>
  if (!Array.isArray(connections) || typeof more !== 'boolean') return undefined
  const entries = (connections as unknown[]).flatMap((one) => readEntry(one) ?? [])
  const areInOrder = entries.every(({ id }, n) => id > (entries[n - 1]?.id ?? after))
  // A server of an earlier version does not filter by address.
  const areMeant = address === undefined || entries.every((entry) => entry.address === address)
  const isWhole = entries.length === connections.length && entries.length <= limit && areInOrder && areMeant
  return isWhole && (entries.length > 0 || !more) ? { connections: entries, more } : undefined
}

function chosen<Connection extends ListableMember>(
  registry: ListableConnections<Connection>,
  { room, user, address, after }: ListQuery,
): Iterable<Connection> {
  return those(room === undefined ? ofUser(registry, user) : registry.list('room', room), { user, address, after })
}

function ofUser<Connection extends ListableMember>(
  { connections, users }: ListableConnections<Connection>,
  user: string | undefined,
): Iterable<Connection> {
  return user === undefined ? connections.values() : users.list(user)
}

function* those<One extends ListableMember>(
  all: Iterable<One>,
  { user, address, after }: Pick<ListQuery, 'user' | 'address' | 'after'>,
): Iterable<One> {
  for (const one of all) {
    const isMeant = (user === undefined || one.user === user) && (address === undefined || hasAddress(one, address))
    if (isMeant && one.id > after) yield one
  }
}

function hasAddress({ handshake }: ListableMember, address: string): boolean {
  return handshake.address === address
}

function entryOf(connection: ListableMember): PageEntry {
  const { id, user, handshake, bufferedAmount, latency } = connection
  const names = [...connection.roomNames]
  let characters = 0
  const rooms = names.filter((name) => (characters += name.length) <= MAX_ROOM_CHARACTERS)
  return {
    id,
    ...(user !== undefined && { user }),
    address: handshake.address,
    since: handshake.time.getTime(),
    rooms,
    ...(rooms.length < names.length && { omittedRooms: names.length - rooms.length }),
    bufferedAmount,
    ...(latency !== undefined && { latency }),
  }
}

function readEntry(value: unknown): PageEntry | undefined {
  const said = (value ?? {}) as Partial<Record<keyof ConnectionInfo, unknown>>
  const { id, user, address, since, rooms, omittedRooms, bufferedAmount, latency } = said
  const isNamed = typeof id === 'string' && isConnectionId(id) && isNameOrAbsent(user) && typeof address === 'string'
  const areRooms = Array.isArray(rooms) && rooms.every((room) => typeof room === 'string')
  const areNumbers = typeof since === 'number' && typeof bufferedAmount === 'number'
  const areOptional = [omittedRooms, latency].every((one) => one === undefined || typeof one === 'number')
  if (!isNamed || !areRooms || !areNumbers || !areOptional) return undefined
  return { id, user, address, since, rooms, omittedRooms, bufferedAmount, latency } as PageEntry
}

function isNameOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

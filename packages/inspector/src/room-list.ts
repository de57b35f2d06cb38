import { smallest } from '@wshub/core/internal'

/** A room and the number of its members on one server. */
export type RoomSize = readonly [name: string, members: number]

/** Which rooms are listed. */
export interface RoomQuery {
  /** Only rooms whose name contains this. */
  readonly search: string
  /** Only names that come after this one. */
  readonly after: string | undefined
  readonly limit: number
}

/** Rooms of one server, in the order of their names. */
export interface RoomPage {
  readonly rooms: readonly RoomSize[]
  /** Whether more rooms follow. */
  readonly more: boolean
}

/** A room on all servers. */
export interface ClusterRoom {
  readonly name: string
  /** Connections in it, on all servers that answered. */
  readonly members: number
  /** Servers that have it. */
  readonly servers: number
}

/** The part of a hub that a list reads. */
export interface RoomSource {
  readonly rooms: ReadonlyMap<string, { readonly size: number }>
}

/** The most rooms in one page. */
export const MAX_ROOM_LIMIT = 200

/** The next rooms of this server. It needs memory for `2 * limit` names, however many rooms there are. */
export function roomsHere({ rooms }: RoomSource, query: RoomQuery): RoomPage {
  const { limit } = query
  const found = smallest(matching(rooms.keys(), query), limit + 1, (name) => name)
  const names = found.slice(0, limit)
  return {
    rooms: names.map((name) => [name, rooms.get(name)?.size ?? 0]),
    more: found.length > names.length,
  }
}

function* matching(names: Iterable<string>, { search, after }: RoomQuery): Iterable<string> {
  for (const name of names) {
    if ((after === undefined || name > after) && name.includes(search)) yield name
  }
}

/** Reads the query of another server. @returns `undefined` if it is invalid */
export function readRoomQuery(about: unknown): RoomQuery | undefined {
  const { search, after, limit } = (about ?? {}) as Partial<Record<keyof RoomQuery, unknown>>
  const isPlace = after === undefined || typeof after === 'string'
  const isLimit = typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= MAX_ROOM_LIMIT
  return typeof search === 'string' && isPlace && isLimit ? { search, after, limit } : undefined
}

/** Reads the answer of another server. @returns `undefined` if it is not a page of rooms */
export function readRoomPage(payload: unknown): RoomPage | undefined {
  const { rooms, more } = (payload ?? {}) as Partial<Record<keyof RoomPage, unknown>>
  if (!Array.isArray(rooms) || typeof more !== 'boolean' || rooms.length > MAX_ROOM_LIMIT) return undefined
  return rooms.every(isRoomSize) ? { rooms, more } : undefined
}

/** The first rooms of all pages, each room once. All pages must begin after the same name. */
export function mergeRooms(pages: readonly RoomPage[], limit: number): { rooms: ClusterRoom[]; more: boolean } {
  const byName = new Map<string, ClusterRoom>()
  for (const [name, size] of pages.flatMap(({ rooms }) => rooms)) {
    const { members = 0, servers = 0 } = byName.get(name) ?? {}
    byName.set(name, { name, members: members + size, servers: servers + 1 })
  }
  // A page that was cut has `limit` names, so the names that it left out are not among the first `limit` names of all pages.
  const rooms = smallest(byName.values(), limit, ({ name }) => name)
  return { rooms, more: rooms.length < byName.size || pages.some(({ more }) => more) }
}

function isRoomSize(value: unknown): value is RoomSize {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number'
}

import { kindOf } from '../util/option-rules.js'
import { NameIndex } from '../broadcast/name-index.js'
import { HubError, quote } from '../errors.js'
import { type RoomOptions, RoomConfigs } from './room-config.js'
import type { AudienceHost } from '../api/audience.js'
import { type Member, Room } from '../api/room.js'

/** What bounds the rooms of a hub. */
export interface RoomLimits {
  readonly maxRoomsPerConnection: number
  readonly maxRoomNameLength: number
}

function nothingPromised(): void {}

/** The rooms of one server: who is in which. A room is listed while it has members, or since it was created by name. */
export class Rooms<Connection extends Member, Data, Events extends object> {
  /** The rooms that exist, by name. */
  readonly existing = new Map<string, Room<Data, Events>>()
  readonly configs = new RoomConfigs()
  readonly #members = new NameIndex<Connection>()
  // Seats of handshakes that are not through, in rooms that are bounded.
  readonly #promised = new Map<string, number>()
  readonly #broadcaster: AudienceHost<Data, Events>
  readonly #limits: RoomLimits

  constructor(broadcaster: AudienceHost<Data, Events>, limits: RoomLimits) {
    this.#broadcaster = broadcaster
    this.#limits = limits
  }

  /** A room by name, whether or not it exists. */
  get(name: string): Room<Data, Events> {
    return this.existing.get(name) ?? new Room(name, this.#broadcaster, this)
  }

  occupants(name: string): ReadonlySet<Connection> {
    return this.#members.list(name)
  }

  /** Keeps a room without members. @throws HubError `invalid_room`, `room_exists`; TypeError for a wrong option */
  create(name: string, options: RoomOptions): Room<Data, Events> {
    this.check(name)
    this.configs.add(name, options)
    return this.#list(name)
  }

  /** Forgets that a room was created. Its members stay; without members it is gone. */
  remove(name: string): void {
    this.configs.remove(name)
    this.#unlist(name)
  }

  /**
   * Makes a connection a member.
   * @returns whether it was none before
   * @throws HubError `closed`, `invalid_room`, `too_many_rooms`, `room_full`
   */
  join(connection: Connection, name: string): boolean {
    if (connection.rooms.has(name)) return false
    if (!connection.accepting) throw new HubError('closed', 'The connection is closed and can join no room.')
    this.check(name)
    this.#checkCount(connection.rooms.size + 1)
    this.#checkSeat(name)
    this.seat(connection, name)
    return true
  }

  /** Makes a connection a member whose seat was promised before. @returns whether it is the room's first */
  seat(connection: Connection, name: string): boolean {
    const first = this.#members.add(name, connection)
    connection.entered(name)
    this.#list(name)
    return first
  }

  /** Ends a membership. @returns whether there was one, and whether it was the room's last */
  leave(connection: Connection, name: string): { readonly gone: boolean; readonly last: boolean } {
    if (!this.#members.list(name).has(connection)) return { gone: false, last: false }
    const last = this.#members.remove(name, connection)
    connection.left(name)
    this.#unlist(name)
    return { gone: true, last }
  }

  /** Ends every membership of a connection that has gone; it keeps the names. @returns rooms that are now empty */
  evict(connection: Connection): string[] {
    const emptied: string[] = []
    for (const name of connection.rooms) {
      if (this.#members.remove(name, connection)) emptied.push(name)
      this.#unlist(name)
    }
    return emptied
  }

  /** @throws HubError `invalid_room` where this can't be the name of a room */
  check(name: unknown): asserts name is string {
    const longest = this.#limits.maxRoomNameLength
    if (typeof name !== 'string' || name.length === 0 || name.length > longest)
      throw invalid(`a string of 1 to ${longest} characters`, name)
    if (!isPlain(name)) throw invalid('well-formed text without control characters', name)
  }

  /**
   * Promises a seat in each of these rooms.
   * @returns gives the seats back; whoever takes them does so right before joining
   * @throws HubError as {@link join} does
   */
  reserve(names: readonly string[]): () => void {
    const rooms = names.length > 1 ? [...new Set(names)] : names
    this.#checkCount(rooms.length)
    for (const name of rooms) {
      this.check(name)
      this.#checkSeat(name)
    }
    const promising = rooms.filter((name) => this.configs.of(name).maxMembers !== Infinity)
    if (promising.length === 0) return nothingPromised
    for (const room of promising) this.#promise(room, 1)
    return () => {
      for (const room of promising.splice(0)) this.#promise(room, -1)
    }
  }

  /** @throws HubError `too_many_rooms` where a connection may not be in so many */
  #checkCount(count: number): void {
    const most = this.#limits.maxRoomsPerConnection
    if (count <= most) return
    throw new HubError('too_many_rooms', `A connection may be in ${most} rooms at once.`, { status: 429 })
  }

  /** @throws HubError `room_full` where the room takes no other member */
  #checkSeat(name: string): void {
    const { maxMembers } = this.configs.of(name)
    if (maxMembers === Infinity || this.#members.list(name).size + (this.#promised.get(name) ?? 0) < maxMembers) return
    throw new HubError('room_full', `The room ${quote(name)} is full.`, { status: 503 })
  }

  #promise(name: string, by: 1 | -1): void {
    const count = (this.#promised.get(name) ?? 0) + by
    if (count > 0) this.#promised.set(name, count)
    else this.#promised.delete(name)
  }

  #list(name: string): Room<Data, Events> {
    const room = this.get(name)
    this.existing.set(name, room)
    return room
  }

  #unlist(name: string): void {
    if (this.#members.list(name).size === 0 && !this.configs.created(name)) this.existing.delete(name)
  }
}

function invalid(expected: string, name: unknown): HubError {
  const what = typeof name === 'string' ? quote(name) : kindOf(name)
  return new HubError('invalid_room', `The name of a room must be ${expected}, not ${what}.`)
}

/** Whether a name looks the same to everybody: no control characters, and no half of a character (UTF-16). */
function isPlain(name: string): boolean {
  return !/\p{Cc}/u.test(name) && name.isWellFormed()
}

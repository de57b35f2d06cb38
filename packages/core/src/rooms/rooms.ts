import type { MemberList } from '../broadcast/member-list.js'
import { NameIndex } from '../broadcast/name-index.js'
import { HubError, quote } from '../errors.js'
import { type RoomOptionsOf, RoomConfigs } from './room-config.js'
import type { RoomMember } from './member.js'
import { assertRoomCount, assertRoomName, type RoomLimits } from './room-limits.js'

function nothingReserved(): void {}

/**
 * The rooms of one server and their members. A room is listed while it has members, and from `create` to `remove`. `Room` is
 * how the app sees a room.
 */
export class Rooms<Connection extends RoomMember, Room> {
  /** The rooms that exist, by name. */
  readonly existing = new Map<string, Room>()
  readonly configs = new RoomConfigs<Connection>()
  readonly #members = new NameIndex<Connection>()
  /** Places that are reserved for handshakes, in rooms with a limit. */
  readonly #reserved = new Map<string, number>()
  readonly #makeRoom: (name: string) => Room
  readonly #limits: RoomLimits

  constructor(limits: RoomLimits, makeRoom: (name: string) => Room) {
    this.#limits = limits
    this.#makeRoom = makeRoom
  }

  /** A room by name, whether or not it exists. */
  get(name: string): Room {
    return this.existing.get(name) ?? this.#makeRoom(name)
  }

  /** The members of a room: the connection if there is one, a list if there are several, `undefined` if there are none. */
  find(name: string): Connection | MemberList<Connection> | undefined {
    return this.#members.find(name)
  }

  occupants(name: string): ReadonlySet<Connection> {
    return this.#members.list(name)
  }

  /** Keeps a room without members. @throws HubError `invalid_room`, `room_exists`; TypeError for a wrong option */
  create(name: string, options: RoomOptionsOf<Connection>): Room {
    this.check(name)
    this.configs.add(name, options)
    return this.#list(name)
  }

  /** Undoes `create`. Members stay; a room without members is not listed any more. */
  remove(name: string): void {
    this.configs.remove(name)
    this.#unlist(name)
  }

  /**
   * Makes a connection a member.
   * @returns false if it was a member before
   * @throws HubError `closed`, `invalid_room`, `too_many_rooms`, `room_full`
   */
  join(connection: Connection, name: string): boolean {
    if (connection.rooms.has(name)) return false
    if (!connection.accepting) throw new HubError('closed', 'The connection is closed and can join no room.')
    this.check(name)
    assertRoomCount(connection.rooms.size + 1, this.#limits)
    this.#checkSpace(name)
    this.add(connection, name)
    return true
  }

  /** Makes a connection a member whose place was reserved before. @returns whether it is the room's first */
  add(connection: Connection, name: string): boolean {
    const first = this.#members.add(name, connection)
    connection.entered(name)
    this.#list(name)
    return first
  }

  /** Ends a membership. @returns whether there was one, and whether it was the room's last */
  leave(connection: Connection, name: string): { readonly left: boolean; readonly last: boolean } {
    if (!this.#members.list(name).has(connection)) return { left: false, last: false }
    const last = this.#members.remove(name, connection)
    connection.left(name)
    this.#unlist(name)
    return { left: true, last }
  }

  /** Ends every membership of a closed connection, which keeps the names. @returns rooms that are now empty */
  evict(connection: Connection): string[] {
    const emptied: string[] = []
    for (const name of connection.rooms) {
      if (this.#members.remove(name, connection)) emptied.push(name)
      this.#unlist(name)
    }
    return emptied
  }

  /** @throws HubError `invalid_room` if this can't be the name of a room */
  check(name: unknown): asserts name is string {
    assertRoomName(name, this.#limits)
  }

  /**
   * Reserves a place in each of these rooms.
   * @returns a function that releases the places; also called right before members take them
   * @throws HubError as {@link join} does
   */
  reserve(names: readonly string[]): () => void {
    const rooms = names.length > 1 ? [...new Set(names)] : names
    assertRoomCount(rooms.length, this.#limits)
    for (const name of rooms) {
      this.check(name)
      this.#checkSpace(name)
    }
    const limited = rooms.filter((name) => this.configs.of(name).maxMembers !== Infinity)
    if (limited.length === 0) return nothingReserved
    for (const room of limited) this.#reserve(room, 1)
    return () => {
      for (const room of limited.splice(0)) this.#reserve(room, -1)
    }
  }

  /** @throws HubError `room_full` if the room takes no other member */
  #checkSpace(name: string): void {
    const { maxMembers } = this.configs.of(name)
    if (maxMembers === Infinity || this.#members.list(name).size + (this.#reserved.get(name) ?? 0) < maxMembers) return
    throw new HubError('room_full', `The room ${quote(name)} is full.`)
  }

  #reserve(name: string, by: 1 | -1): void {
    const count = (this.#reserved.get(name) ?? 0) + by
    if (count > 0) this.#reserved.set(name, count)
    else this.#reserved.delete(name)
  }

  #list(name: string): Room {
    const room = this.get(name)
    this.existing.set(name, room)
    return room
  }

  #unlist(name: string): void {
    if (this.#members.list(name).size === 0 && !this.configs.created(name)) this.existing.delete(name)
  }
}

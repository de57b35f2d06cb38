import type { Fanout } from './audience.js'
import { atMost, check, type Rules } from '../checks.js'
import { Directory } from './directory.js'
import { HubError, quote } from '../errors.js'
import { type Member, Room } from './room.js'

/** What a room may be told when it is made. */
export interface RoomOptions {
  /** Connections of this server that it takes; default: any number. */
  readonly maxMembers?: number
}

const RULES: Rules<RoomOptions> = { maxMembers: atMost('connections') }

interface Created {
  readonly maxMembers: number
  /** Seats of handshakes that are not through. */
  promised: number
}

/** What bounds the rooms of a hub. */
export interface RoomLimits {
  readonly maxRoomsPerConnection: number
  readonly maxRoomNameLength: number
}

/** The rooms of one server: who is in which. A room is listed while it has members, or since it was created by name. */
export class Rooms<Connection extends Member, Data, Events extends object> {
  /** The rooms that exist, by name. */
  readonly existing = new Map<string, Room<Data, Events>>()
  readonly #members = new Directory<Connection>()
  readonly #created = new Map<string, Created>()
  readonly #fanout: Fanout<Data, Events>
  readonly #limits: RoomLimits

  constructor(fanout: Fanout<Data, Events>, limits: RoomLimits) {
    this.#fanout = fanout
    this.#limits = limits
  }

  /** A room by name, whether or not it exists. */
  get(name: string): Room<Data, Events> {
    return this.existing.get(name) ?? new Room(name, this.#fanout, this)
  }

  occupants(name: string): ReadonlySet<Connection> {
    return this.#members.list(name)
  }

  /** Keeps a room without members. @throws HubError `invalid_room`, `room_exists`; TypeError for a wrong option */
  create(name: string, options: RoomOptions): Room<Data, Events> {
    this.check(name)
    check('', options, RULES)
    if (this.#created.has(name)) throw new HubError('room_exists', `The room ${quote(name)} has been created before.`)
    this.#created.set(name, { maxMembers: options.maxMembers ?? Infinity, promised: 0 })
    return this.#list(name)
  }

  /** Forgets that a room was created. Its members stay; without members it is gone. */
  remove(name: string): void {
    this.#created.delete(name)
    this.#unlist(name)
  }

  /**
   * Makes a connection a member.
   * @returns whether it was none before, and whether it is the room's first
   * @throws HubError `closed`, `invalid_room`, `too_many_rooms`, `room_full`
   */
  join(connection: Connection, name: string): { readonly entered: boolean; readonly first: boolean } {
    if (connection.rooms.has(name)) return { entered: false, first: false }
    if (!connection.accepting) throw new HubError('closed', 'The connection is closed and can join no room.')
    this.check(name)
    this.#checkCount(connection.rooms.size + 1)
    this.#checkSeat(name)
    return { entered: true, first: this.seat(connection, name) }
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
    if (typeof name === 'string' && name.length > 0 && name.length <= longest) return
    const what = typeof name === 'string' ? quote(name) : `a ${name === null ? 'null' : typeof name}`
    throw new HubError(
      'invalid_room',
      `The name of a room must be a string of 1 to ${longest} characters, not ${what}.`,
      {
        status: 400,
      },
    )
  }

  /**
   * Promises a seat in each of these rooms.
   * @returns gives the seats back; whoever takes them does so right before joining
   * @throws HubError as {@link join} does
   */
  reserve(names: readonly string[]): () => void {
    const rooms = [...new Set(names)]
    this.#checkCount(rooms.length)
    for (const name of rooms) {
      this.check(name)
      this.#checkSeat(name)
    }
    const promising = rooms.flatMap((name) => this.#created.get(name) ?? [])
    for (const room of promising) room.promised += 1
    return () => {
      for (const room of promising.splice(0)) room.promised -= 1
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
    const { maxMembers = Infinity, promised = 0 } = this.#created.get(name) ?? {}
    if (this.#members.list(name).size + promised < maxMembers) return
    throw new HubError('room_full', `The room ${quote(name)} is full.`, { status: 503 })
  }

  #list(name: string): Room<Data, Events> {
    const room = this.get(name)
    this.existing.set(name, room)
    return room
  }

  #unlist(name: string): void {
    if (this.#members.list(name).size === 0 && !this.#created.has(name)) this.existing.delete(name)
  }
}

import { randomUUID } from 'node:crypto'
import { type Connection, Hub, HubError, Router } from '@wshub/core'
import { roomInput, sayInput, typingInput } from './schemas.js'

// The chat itself. It knows no framework: Express, or whatever else serves it, says who somebody is and lets him in.

export interface Person {
  /** Two tabs, or two devices, with the same id are one person. */
  readonly id: string
  readonly name: string
}

export interface Line {
  readonly id: string
  readonly room: string
  readonly from: Person
  readonly text: string
  /** ISO 8601, by the server's clock. */
  readonly time: string
}

export interface RoomSummary {
  readonly room: string
  readonly people: number
}

/** What the server tells its clients, by type. */
export interface Events {
  line: Line
  presence: { readonly room: string; readonly people: readonly Person[] }
  typing: { readonly room: string; readonly person: Person; readonly typing: boolean }
  rooms: readonly RoomSummary[]
}

export type ChatConnection = Connection<Person, Events>
/** What a typed client infers messages and replies from. */
export type ChatRouter = ReturnType<typeof routerOf>

/** Rooms that are always there. */
const FOUNDED = ['lobby', 'random', 'help']
const LINES_PER_ROOM = 50
const MOST_ROOMS = 100
/** Milliseconds in which changes of the list of rooms travel as one. */
const SOON = 50

export class Chat {
  readonly hub: Hub<Person, Events>
  readonly #histories = new Map<string, Line[]>(FOUNDED.map((room) => [room, []]))
  #announcing: NodeJS.Timeout | undefined

  constructor() {
    this.hub = new Hub<Person, Events>({
      name: 'chat',
      router: routerOf(this),
      limits: { maxMessageSize: 16 * 1024, maxConnectionsPerUser: 20, messageRate: { perSecond: 20, burst: 100 } },
      onOpen: (connection) => connection.emit('rooms', this.rooms()),
      onJoin: (connection, room) => this.#tell(connection, room, 1),
      onLeave: (connection, room) => this.#tell(connection, room, 0),
    })
  }

  /** Every room, the founded ones first. */
  rooms(): RoomSummary[] {
    return [...this.#histories.keys()].map((room) => ({ room, people: this.people(room).length }))
  }

  /** Who is in a room, each person once. */
  people(room: string): Person[] {
    const people = new Map<string, Person>()
    for (const { data } of this.hub.room(room).members()) people.set(data.id, data)
    return [...people.values()].toSorted((one, other) => one.name.localeCompare(other.name))
  }

  /** The last lines of a room, oldest first. @throws HubError `unknown_room` */
  lines(room: string): readonly Line[] {
    const lines = this.#histories.get(room)
    if (lines) return lines
    throw new HubError('unknown_room', `There is no room "${room}".`, { status: 404 })
  }

  /** Counts of a room. @throws HubError `unknown_room` */
  stats(room: string) {
    const lines = this.lines(room)
    return {
      room,
      people: this.people(room).length,
      connections: this.hub.room(room).size,
      lines: lines.length,
      lastLineAt: lines.at(-1)?.time ?? null,
    }
  }

  /**
   * Says something in a room, from wherever it came. The same id of the same person is the same line.
   * @throws HubError `unknown_room`, `id_taken`
   */
  post(room: string, from: Person, { text, id = randomUUID() }: { text: string; id?: string | undefined }): Line {
    const lines = this.lines(room) as Line[]
    const earlier = lines.find((line) => line.id === id)
    if (earlier && earlier.from.id !== from.id) throw new HubError('id_taken', 'The id is taken.', { status: 409 })
    if (earlier) return earlier
    const line = { id, room, from, text, time: new Date().toISOString() }
    lines.push(line)
    if (lines.length > LINES_PER_ROOM) lines.shift()
    this.hub.room(room).emit('line', line)
    return line
  }

  /** Makes sure that a room is there. When there are too many, an empty one makes way. @throws HubError `too_many_rooms` */
  open(room: string): void {
    if (this.#histories.has(room)) return
    if (this.#histories.size >= MOST_ROOMS) this.#makeWay()
    this.#histories.set(room, [])
    this.#announceRooms()
  }

  #makeWay(): void {
    for (const room of this.#histories.keys()) {
      if (FOUNDED.includes(room) || this.hub.room(room).size > 0) continue
      this.#histories.delete(room)
      return
    }
    throw new HubError('too_many_rooms', `There are ${MOST_ROOMS} rooms already, and somebody in each.`, {
      status: 409,
    })
  }

  /** Tells a room who is there, when a person's first connection came or the last one went. */
  #tell({ user }: ChatConnection, room: string, tabs: 0 | 1): void {
    const others = this.hub.room(room).members()
    if (others.filter((connection) => connection.user === user).length !== tabs) return
    this.hub.room(room).emit('presence', { room, people: this.people(room) })
    this.#announceRooms()
  }

  #announceRooms(): void {
    if (this.#announcing) return
    const announce = (): void => {
      this.#announcing = undefined
      this.hub.emit('rooms', this.rooms())
    }
    this.#announcing = setTimeout(announce, SOON).unref()
  }
}

function routerOf(chat: Chat) {
  return new Router<Person, Events>()
    .handle('join', { payload: roomInput }, async ({ connection, payload: { room } }) => {
      chat.open(room)
      await connection.join(room)
      return { room, people: chat.people(room), lines: chat.lines(room) }
    })
    .handle('leave', { payload: roomInput }, ({ connection, payload: { room } }) => {
      connection.leave(room)
      return { room }
    })
    .handle('say', { payload: sayInput }, ({ connection, payload: { room, ...line } }) => {
      assertIn(connection, room)
      return chat.post(room, connection.data, line)
    })
    .handle('typing', { payload: typingInput }, ({ connection, hub, payload: { room, typing } }) => {
      assertIn(connection, room)
      hub.room(room).except(connection).emit('typing', { room, person: connection.data, typing })
    })
}

function assertIn(connection: ChatConnection, room: string): void {
  if (!connection.in(room)) throw new HubError('not_in_room', `Join "${room}" first.`, { status: 403 })
}

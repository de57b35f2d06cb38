import { randomUUID } from 'node:crypto'
import { type Broker, type Connection, Hub, HubError, type RoomHistory, Router } from '@wshub/core'
import { parse, roomInput, roomName, sayInput, typingInput } from './schemas.js'
import type { Store } from './store.js'

// The chat without a framework. The app of a framework authenticates users and accepts their upgrades.

export interface Person {
  /** Connections with the same id belong to one user, from any tab or device. */
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

/** The events of the server by type. Rooms also send `hub:presence` when users join and leave. */
export interface Events {
  line: Line
  typing: { readonly room: string; readonly person: Person; readonly typing: boolean }
  rooms: readonly RoomSummary[]
  server: { readonly name: string }
}

/** The types of the hub. */
export interface ChatTypes {
  data: Person
  events: Events
}

export type ChatConnection = Connection<ChatTypes>
/** The type from which a typed client infers messages and replies. */
export type ChatRouter = ReturnType<typeof routerOf>

/** Rooms that always exist. */
const FOUNDED = ['lobby', 'random', 'help']
const MOST_ROOMS = 100
/** Lines that a new member gets. */
const LINES_SHOWN = 50
/** What a room keeps for clients that reconnect: milliseconds and messages. */
const HISTORY = { size: 1000, ttl: 24 * 60 * 60 * 1000 }
/** Milliseconds in which changes of the list of rooms are sent as one. */
const SOON = 50
/** Milliseconds after which users of a crashed server are removed from the list of rooms. */
const SOMETIMES = 3000

/** The environment of a chat. */
export interface ChatOptions {
  /** The broker, if there are several servers. */
  readonly broker?: Broker
  /** The name of this server on the page. */
  readonly server?: string | undefined
}

export class Chat {
  readonly hub: Hub<ChatTypes>
  readonly #store: Store
  #announcing: NodeJS.Timeout | undefined
  #announced = ''

  constructor(store: Store, { broker, server }: ChatOptions = {}) {
    this.#store = store
    this.hub = new Hub<ChatTypes>({
      name: 'chat',
      router: routerOf(this),
      limits: { maxMessageSize: 16 * 1024, maxConnectionsPerUser: 20, messageRate: { perSecond: 20, burst: 300 } },
      onOpen: async (connection) => {
        if (server) connection.emit('server', { name: server })
        connection.emit('rooms', await this.rooms())
      },
      onJoin: () => this.#announceRooms(),
      onLeave: () => this.#announceRooms(),
      ...(broker && { broker }),
    })
    this.hub.createRoom(/.+/su, {
      history: HISTORY,
      presence: true,
      authorize: (_, { room }) => this.#admit(room),
    })
    setInterval(() => this.#announceRooms(), SOMETIMES).unref()
  }

  /** Every room, those that always exist first. */
  async rooms(): Promise<RoomSummary[]> {
    const rooms = await this.#names()
    return Promise.all(rooms.map(async (room) => ({ room, people: (await this.hub.room(room).presence()).length })))
  }

  /** The users in a room on all servers, each once. */
  async people(room: string): Promise<Person[]> {
    const ids = (await this.hub.room(room).presence()).map(({ user }) => user)
    const people = await this.#store.people(ids).catch(() => ids.map((id) => ({ id, name: id })))
    return people.toSorted((one, other) => one.name.localeCompare(other.name))
  }

  /** The last lines of a room, oldest first. */
  async lines(room: string): Promise<Line[]> {
    const messages = await this.#history(room).last(LINES_SHOWN)
    return messages.map(({ payload }) => payload as Line)
  }

  /** Counts of a room. @throws HubError `unknown_room` */
  async stats(room: string) {
    await this.#assertOpen(room)
    const [present, lines] = await Promise.all([this.hub.room(room).presence(), this.lines(room)])
    return {
      room,
      people: present.length,
      connections: present.reduce((sum, { connections }) => sum + connections.length, 0),
      lines: lines.length,
      lastLineAt: lines.at(-1)?.time ?? null,
    }
  }

  /**
   * Adds a line to a room, from a WebSocket or over HTTP. A repeated id of the same user is the same line.
   * @returns the line, once the room keeps it
   * @throws HubError `unknown_room`, `id_taken`
   */
  async post(room: string, from: Person, { text, id = randomUUID() }: { text: string; id?: string | undefined }) {
    if (this.hub.room(room).size === 0) await this.#assertOpen(room)
    const earlier = (await this.#linesIfKept(room)).find((line) => line.id === id)
    if (earlier && earlier.from.id !== from.id) throw new HubError('id_taken', 'The id is taken.', { status: 409 })
    if (earlier) return earlier
    const line: Line = { id, room, from, text, time: new Date().toISOString() }
    this.hub.room(room).emit('line', line)
    // The store answers in order, so an acknowledged line is in the history, also if this server ends.
    await this.#history(room)
      .position()
      .catch(() => {})
    return line
  }

  /** The last lines of a room and their position. Later lines arrive as events. */
  async view(room: string) {
    // The position is read first. A line that is added in between arrives twice, and pages recognise it by its id.
    const position = await this.#history(room).position()
    return { lines: await this.lines(room), position }
  }

  /**
   * Allows every user to join any room. A new room is created; if there are too many, an empty one is removed.
   * @throws HubError `too_many_rooms`, or `invalid_body` for a name that no room may have
   */
  async #admit(room: string): Promise<boolean> {
    if (FOUNDED.includes(room)) return true
    if (parse(roomName, room) !== room) return false
    const names = await this.#names()
    if (names.includes(room)) return true
    if (names.length >= MOST_ROOMS) await this.#makeWay(names)
    await this.#store.addRoom(room)
    this.#announceRooms()
    return true
  }

  async #names(): Promise<string[]> {
    return [...FOUNDED, ...(await this.#store.rooms())]
  }

  async #assertOpen(room: string): Promise<void> {
    if (FOUNDED.includes(room) || (await this.#names()).includes(room)) return
    throw new HubError('unknown_room', `There is no room "${room}".`, { status: 404 })
  }

  async #makeWay(names: readonly string[]): Promise<void> {
    for (const room of names) {
      if (FOUNDED.includes(room) || (await this.hub.room(room).presence()).length > 0) continue
      return this.#store.dropRoom(room)
    }
    throw new HubError('too_many_rooms', `There are ${MOST_ROOMS} rooms already, and somebody in each.`, {
      status: 409,
    })
  }

  #history(room: string): RoomHistory {
    return this.hub.room(room).history as RoomHistory
  }

  // While the store is down the chat cannot check whether a line is new. Pages recognise a repeated line by its id.
  #linesIfKept(room: string): Promise<Line[]> {
    return this.lines(room).catch(() => [])
  }

  #announceRooms(): void {
    if (this.#announcing) return
    this.#announcing = setTimeout(() => void this.#announce(), SOON).unref()
  }

  async #announce(): Promise<void> {
    this.#announcing = undefined
    try {
      const rooms = await this.rooms()
      const text = JSON.stringify(rooms)
      if (text === this.#announced) return
      this.#announced = text
      this.hub.emit('rooms', rooms)
    } catch {
      // The store is down; the next change tries again.
    }
  }
}

function routerOf(chat: Chat) {
  return new Router<ChatTypes>()
    .handle('lines', roomInput, ({ connection, payload: { room } }) => {
      assertIn(connection, room)
      return chat.view(room)
    })
    .handle('people', { payload: roomInput }, async ({ connection, payload: { room } }) => {
      assertIn(connection, room)
      return { room, people: await chat.people(room) }
    })
    .handle('say', sayInput, ({ connection, payload: { room, ...line } }) => {
      assertIn(connection, room)
      return chat.post(room, connection.data, line)
    })
    .handle('typing', typingInput, ({ connection, hub, payload: { room, typing } }) => {
      assertIn(connection, room)
      const payload: Events['typing'] = { room, person: connection.data, typing }
      // Sent, not emitted, because the room would keep an emitted event in its history.
      hub.room(room).except(connection).json({ type: 'typing', payload })
    })
}

function assertIn(connection: ChatConnection, room: string): void {
  if (!connection.in(room)) throw new HubError('not_in_room', `Join "${room}" first.`, { status: 403 })
}

import type { Hub } from '@wshub/core'
import WebSocket from 'ws'

/** Rooms with presence. The first server has no witness in the second one. */
export const PRESENCE_ROOMS = ['told0', 'told1']
/** The users who come and go. */
export const USERS = ['ann', 'bob', 'cat']

interface Named {
  readonly user: string
}

interface PresencePayload {
  readonly room: string
  readonly joined?: readonly Named[]
  readonly changed?: readonly Named[]
  readonly left?: readonly string[]
  readonly entries?: readonly Named[]
}

/** A connection in a room with presence, and what it was told of the room. */
class Visitor {
  readonly server: number
  readonly user: string
  readonly room: string
  /** The last list that it was given, with the changes since; `undefined` before. */
  users: Set<string> | undefined
  readonly #socket: WebSocket

  constructor({ server, user, room }: Pick<Visitor, 'server' | 'user' | 'room'>, socket: WebSocket) {
    this.server = server
    this.user = user
    this.room = room
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) =>
      this.#take(JSON.parse(data.toString()) as { type: string; payload: unknown }),
    )
  }

  get isThere(): boolean {
    return this.#socket.readyState <= WebSocket.OPEN
  }

  leave(): void {
    this.#socket.terminate()
  }

  #take({ type, payload }: { readonly type: string; readonly payload: unknown }): void {
    if (type === 'list') this.users = new Set(payload as string[])
    if (type !== 'hub:presence') return
    const { joined = [], left = [], entries } = payload as PresencePayload
    if (entries) this.users = new Set(entries.map(({ user }) => user))
    for (const { user } of joined) this.users?.add(user)
    for (const user of left) this.users?.delete(user)
  }
}

/** What visitors need of the servers. */
export interface VisitorsHost {
  readonly servers: readonly { readonly hub: Hub; readonly alive: boolean }[]
  connect(server: number, user: string, rooms: readonly string[]): WebSocket
}

/** Everybody in the rooms with presence. What is true follows from their sockets alone. */
export class Visitors {
  readonly #host: VisitorsHost
  #visitors: Visitor[] = []

  constructor(host: VisitorsHost) {
    this.#host = host
  }

  /** Members who stay. */
  open(): void {
    for (const server of this.#host.servers.keys())
      for (const room of PRESENCE_ROOMS)
        if (room !== PRESENCE_ROOMS[1] || server > 0) this.come(server, `witness${server}`, room)
  }

  come(server: number, user: string, room: string): void {
    if (!this.#host.servers[server]?.alive || this.#find(server, user, room)) return
    const socket = this.#host.connect(server, user, [room])
    this.#visitors.push(new Visitor({ server, user, room }, socket))
  }

  go(server: number, user: string, room: string): void {
    const visitor = this.#find(server, user, room)
    visitor?.leave()
    this.#visitors = this.#visitors.filter((one) => one !== visitor)
  }

  /** The app gives the witness of a server the list of a room. */
  async read(server: number, room: string): Promise<void> {
    const { hub, alive } = this.#host.servers[server] ?? {}
    if (!alive || !hub) return
    const users = (await hub.room(room).presence()).map(({ user }) => user)
    for (const connection of hub.room(room).members()) {
      if (connection.user === `witness${server}`) connection.emit('list', users)
    }
  }

  /** A server is killed, and its connections end. */
  kill(server: number): void {
    for (const { user, room } of this.#visitors.filter((one) => one.server === server)) this.go(server, user, room)
  }

  close(): void {
    for (const visitor of this.#visitors) visitor.leave()
  }

  /** Compares what servers list, and what members were told, with who is there. Resolves within a few ways to the store. */
  async problems(): Promise<string[]> {
    const living = [...this.#host.servers.entries()].filter(([, { alive }]) => alive)
    const lists = living.flatMap(([server, { hub }]) =>
      PRESENCE_ROOMS.map(async (room) => {
        const listed = (await hub.room(room).presence()).map(({ user }) => user)
        return this.#differences(room, `server ${server}`, listed)
      }),
    )
    const told = this.#visitors.map(({ users, user, room, server }) =>
      users ? this.#differences(room, `${user} on server ${server}`, [...users]) : [],
    )
    return [...(await Promise.all(lists)), ...told].flat()
  }

  #differences(room: string, who: string, users: readonly string[]): string[] {
    const there = new Set(this.#visitors.filter((one) => one.room === room).map(({ user }) => user))
    const list = [...users].toSorted().join(' ')
    const truth = [...there].toSorted().join(' ')
    return list === truth ? [] : [`presence of ${room}: ${who} has "${list}", there are "${truth}"`]
  }

  #find(server: number, user: string, room: string): Visitor | undefined {
    return this.#visitors.find((one) => one.server === server && one.user === user && one.room === room)
  }
}

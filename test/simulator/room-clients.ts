import type { Hub } from '@wshub/core'
import WebSocket from 'ws'

/** Rooms with presence. On the first server the second room has no observer. */
export const PRESENCE_ROOMS = ['presence0', 'presence1']
/** The users who join and leave. */
export const USERS = ['ann', 'bob', 'cat']

interface Named {
  readonly user: string
  readonly state?: unknown
}

/** The states of the users of a room, by user. */
type Seen = ReadonlyMap<string, unknown>

interface PresencePayload {
  readonly room: string
  readonly joined?: readonly Named[]
  readonly changed?: readonly Named[]
  readonly left?: readonly string[]
  readonly entries?: readonly Named[]
}

/** A connection in a room with presence, and what it got from the room. */
class RoomClient {
  readonly server: number
  readonly user: string
  readonly room: string
  /** The last list with the later changes; `undefined` before the first list. */
  users: Map<string, unknown> | undefined
  /** The state of the user if this is its newest connection. */
  state: unknown
  readonly #socket: WebSocket

  constructor({ server, user, room }: Pick<RoomClient, 'server' | 'user' | 'room'>, socket: WebSocket) {
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
    if (type === 'list') this.users = seenIn(payload as Named[])
    if (type !== 'hub:presence') return
    const { joined = [], changed = [], left = [], entries } = payload as PresencePayload
    if (entries) this.users = seenIn(entries)
    for (const { user, state } of [...joined, ...changed]) this.users?.set(user, state)
    for (const user of left) this.users?.delete(user)
  }
}

function seenIn(entries: readonly Named[]): Map<string, unknown> {
  return new Map(entries.map(({ user, state }) => [user, state]))
}

/** What the clients need of the servers. */
export interface RoomClientsHost {
  readonly servers: readonly { readonly hub: Hub; readonly alive: boolean }[]
  connect(server: number, user: string, rooms: readonly string[]): WebSocket
}

/** All clients in the rooms with presence. Their sockets determine the expected lists. */
export class RoomClients {
  readonly #host: RoomClientsHost
  #clients: RoomClient[] = []
  #states = 0

  constructor(host: RoomClientsHost) {
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
    this.#clients.push(new RoomClient({ server, user, room }, socket))
  }

  go(server: number, user: string, room: string): void {
    const client = this.#find(server, user, room)
    client?.leave()
    this.#clients = this.#clients.filter((one) => one !== client)
  }

  /** Lets the app change the presence state of a client. */
  restate(server: number, user: string, room: string): void {
    const client = this.#find(server, user, room)
    const connections = this.#host.servers[server]?.hub.room(room).members() ?? []
    const connection = connections.find((one) => one.user === user)
    if (!client?.isThere || !connection?.accepting) return
    this.#states += 1
    client.state = this.#states % 4 === 0 ? undefined : { n: this.#states }
    connection.setPresence(client.state)
  }

  /** Lets the app send the list of a room to the client that stays on a server. */
  async read(server: number, room: string): Promise<void> {
    const { hub, alive } = this.#host.servers[server] ?? {}
    if (!alive || !hub) return
    const users = await hub.room(room).presence()
    for (const connection of hub.room(room).members()) {
      if (connection.user === `witness${server}`) connection.emit('list', users)
    }
  }

  /** Ends the connections of a killed server. */
  kill(server: number): void {
    for (const { user, room } of this.#clients.filter((one) => one.server === server)) this.go(server, user, room)
  }

  close(): void {
    for (const client of this.#clients) client.leave()
  }

  /** Compares the lists of servers, and those that members got, with the connected users. Needs a few round trips to the store. */
  async problems(): Promise<string[]> {
    const living = [...this.#host.servers.entries()].filter(([, { alive }]) => alive)
    const listed = living.flatMap(([server, { hub }]) =>
      PRESENCE_ROOMS.map(async (room) => {
        const seen = seenIn(await hub.room(room).presence())
        return { room, who: `server ${server}`, seen }
      }),
    )
    const notified = this.#clients.flatMap(({ users, user, room, server }) =>
      users ? [{ room, who: `${user} on server ${server}`, seen: users }] : [],
    )
    const views = [...(await Promise.all(listed)), ...notified]
    return views.flatMap(({ room, who, seen }) => {
      const [first = seen] = views.filter((one) => one.room === room).map((one) => one.seen)
      return [...this.#differences(room, who, seen), ...this.#wrongStates(room, who, { seen, first })]
    })
  }

  #differences(room: string, who: string, seen: Seen): string[] {
    const there = new Set(this.#clients.filter((one) => one.room === room).map(({ user }) => user))
    const list = [...seen.keys()].toSorted().join(' ')
    const truth = [...there].toSorted().join(' ')
    return list === truth ? [] : [`presence of ${room}: ${who} has "${list}", there are "${truth}"`]
  }

  /** Two connections may be opened too close together to know which is the newest, but all servers must agree on it. */
  #wrongStates(room: string, who: string, { seen, first }: { readonly seen: Seen; readonly first: Seen }): string[] {
    return [...seen].flatMap(([user, state]) => {
      const text = JSON.stringify(state)
      const clients = this.#clients.filter((one) => one.room === room && one.user === user)
      const isTrue = clients.some((one) => JSON.stringify(one.state) === text)
      const isCommon = !first.has(user) || JSON.stringify(first.get(user)) === text
      if (isTrue && isCommon) return []
      return [`presence of ${room}: ${who} sees ${text} of ${user}${isTrue ? ', others see something else' : ''}`]
    })
  }

  #find(server: number, user: string, room: string): RoomClient | undefined {
    return this.#clients.find((one) => one.server === server && one.user === user && one.room === room)
  }
}

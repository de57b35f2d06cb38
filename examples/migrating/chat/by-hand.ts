import type { WebSocket } from 'ws'
import { type Audience, type Events, type Forward, mayJoin, type Said } from './messages.js'

// The chat before the move, on sockets of ws. ws, express-ws, koa-websocket and @fastify/websocket have no rooms, no
// requests and no messages with a type: apps write them by hand, as here.

interface Message {
  readonly id?: number
  readonly type: string
  readonly room?: string
  readonly text?: string
}

interface Member {
  readonly user: string
  readonly rooms: Set<string>
}

export class SocketChat implements Audience {
  readonly #members = new Map<WebSocket, Member>()
  readonly #forward: Forward
  #count = 0

  /** @param forward gets what the clients of this server say, while another library serves the chat too */
  constructor(forward: Forward = () => {}) {
    this.#forward = forward
  }

  /** Serves a client until it closes. */
  add(socket: WebSocket, user: string): void {
    const member = { user, rooms: new Set<string>() }
    this.#members.set(socket, member)
    socket.on('message', (data: Buffer) => this.#receive(socket, member, data.toString()))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      this.#members.delete(socket)
      for (const room of member.rooms) this.#send(room, 'left', { room, user })
    })
  }

  deliver(said: Said, except?: WebSocket): void {
    this.#send(said.room, 'said', said, except)
  }

  announce(text: string): void {
    for (const socket of this.#members.keys()) socket.send(JSON.stringify({ type: 'announced', payload: { text } }))
  }

  kick(user: string): void {
    for (const [socket, member] of this.#members) if (member.user === user) socket.close(4401, 'logged out')
  }

  #receive(socket: WebSocket, member: Member, text: string): void {
    let message: Message
    try {
      message = JSON.parse(text)
    } catch {
      return socket.close(1007)
    }
    socket.send(JSON.stringify({ id: message.id, ...this.#answer(socket, member, message) }))
  }

  #answer(socket: WebSocket, { user, rooms }: Member, { type, room = '', text = '' }: Message): object {
    if (type === 'join') {
      if (!mayJoin(user, room)) return { error: 'forbidden' }
      rooms.add(room)
      return {}
    }
    if (type !== 'say') return { error: 'unknown_type' }
    if (!rooms.has(room)) return { error: 'not_in_room' }
    const said = { room, from: user, text }
    this.deliver(said, socket)
    this.#forward(said)
    this.#count += 1
    return { reply: { id: this.#count } }
  }

  #send<Type extends keyof Events>(room: string, type: Type, payload: Events[Type], except?: WebSocket): void {
    const text = JSON.stringify({ type, payload })
    for (const [socket, { rooms }] of this.#members) if (rooms.has(room) && socket !== except) socket.send(text)
  }
}

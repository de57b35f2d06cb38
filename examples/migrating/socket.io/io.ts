import type { Server as HttpServer } from 'node:http'
import type { Request, RequestHandler } from 'express'
import { Server, type Socket } from 'socket.io'
import { type Audience, type Forward, mayJoin, type Said } from '../chat/messages.js'

type Answer = (answer: { error: string } | { id?: number }) => void

/** The chat on socket.io. @param forward gets what its clients say, while another library serves the chat too */
export function createIo(server: HttpServer, sessions: RequestHandler, forward: Forward = () => {}): Server {
  const io = new Server(server)
  io.engine.use(sessions)
  io.use((socket, next) => next(userOf(socket) ? undefined : new Error('login first')))
  let count = 0
  io.on('connection', (socket) => {
    const user = userOf(socket) ?? ''
    void socket.join(`user:${user}`)
    socket.on('join', ({ room }: Said, answer: Answer) => {
      if (!mayJoin(user, room)) return answer({ error: 'forbidden' })
      void socket.join(room)
      answer({})
    })
    socket.on('say', ({ room, text }: Said, answer: Answer) => {
      if (!socket.rooms.has(room)) return answer({ error: 'not_in_room' })
      const said = { room, from: user, text }
      socket.to(room).emit('said', said)
      forward(said)
      answer({ id: (count += 1) })
    })
    socket.on('disconnecting', () => {
      for (const room of socket.rooms) socket.to(room).emit('left', { room, user })
    })
  })
  return io
}

export function audienceOf(io: Server): Audience {
  return {
    announce: (text) => void io.emit('announced', { text }),
    kick: (user) => io.in(`user:${user}`).disconnectSockets(true),
  }
}

function userOf(socket: Socket): string | undefined {
  return (socket.request as Request).session.user
}

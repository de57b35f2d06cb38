import { io, type ManagerOptions, type SocketOptions } from 'socket.io-client'
import type { Chat } from './chat.js'

/** What the server answers to a request: the app's own convention for errors. */
interface Answer {
  readonly error?: string
  readonly id?: number
}

/** The page before the move from socket.io. */
export async function enter(url: string, options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Chat> {
  const socket = io(url, options)
  const closed = new Promise((resolve) => socket.on('disconnect', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })

  async function request(type: string, payload: object): Promise<Answer> {
    const answer: Answer = await socket.timeout(10_000).emitWithAck(type, payload)
    if (answer.error) throw new Error(answer.error)
    return answer
  }

  return {
    closed,
    join: async (room) => void (await request('join', { room })),
    say: async (room, text) => ({ id: Number((await request('say', { room, text })).id) }),
    on: (type, listener) => void socket.on<string>(type, listener),
    leave: () => void socket.disconnect(),
  }
}

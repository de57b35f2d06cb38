import type { Events } from '../chat/messages.js'
import type { Chat } from './chat.js'

interface Incoming {
  readonly id?: number
  readonly error?: string
  readonly reply?: { readonly id: number }
  readonly type: keyof Events
  readonly payload: Events[keyof Events]
}

/** The page before the move from ws, express-ws, koa-websocket or @fastify/websocket: a WebSocket and JSON. */
export async function enter(url: string, { WebSocket: Socket = WebSocket } = {}): Promise<Chat> {
  const socket = new Socket(url)
  const listeners: { type: string; listener: (payload: never) => void }[] = []
  const waiting = new Map<number, (message: Incoming) => void>()
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
  socket.addEventListener('message', ({ data }) => {
    const message: Incoming = JSON.parse(data)
    if (message.id !== undefined) waiting.get(message.id)?.(message)
    for (const { type, listener } of listeners) if (type === message.type) listener(message.payload as never)
  })

  let count = 0
  function request(type: string, payload: object): Promise<Incoming> {
    const id = (count += 1)
    socket.send(JSON.stringify({ id, type, ...payload }))
    return new Promise((resolve, reject) => {
      waiting.set(id, (answer) => {
        waiting.delete(id)
        if (answer.error) reject(new Error(answer.error))
        else resolve(answer)
      })
      void closed.then(() => reject(new Error('closed')))
    })
  }

  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('refused')))
  })
  return {
    closed,
    join: async (room) => void (await request('join', { room })),
    say: async (room, text) => ({ id: Number((await request('say', { room, text })).reply?.id) }),
    on: (type, listener) => void listeners.push({ type, listener }),
    leave: () => socket.close(),
  }
}

import websocket from '@fastify/websocket'
import { SocketChat } from '../chat/by-hand.js'
import { createApp, requireUser } from '../chat/fastify-app.js'
import type { Running } from '../chat/running.js'
import { userOf } from '../chat/tokens.js'

/** The chat on @fastify/websocket alone. */
export async function start(port = 0): Promise<Running> {
  const chat = new SocketChat()
  const app = createApp(chat)
  await app.register(websocket)
  app.get('/chat', { websocket: true, onRequest: requireUser }, (socket, request) => {
    chat.add(socket, userOf(request.raw) ?? '')
  })
  const address = await app.listen({ port })
  return { port: Number(new URL(address).port), close: () => app.close() }
}

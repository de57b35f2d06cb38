import type { Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import { SocketChat } from '../chat/by-hand.js'
import { createApp, requireUser } from '../chat/fastify-app.js'
import { audienceOf, createHub } from '../chat/hub.js'
import { both, type Events } from '../chat/messages.js'
import type { Running } from '../chat/running.js'
import { userOf } from '../chat/tokens.js'

/** Both in one app: old pages use `/chat` and new pages `/ws`, in the same rooms. */
export async function start(port = 0): Promise<Running> {
  const hub: Hub<{ events: Events }> = createHub((said) => chat.deliver(said))
  const chat = new SocketChat((said) => hub.room(said.room).emit('said', said))
  const app = createApp(both(chat, audienceOf(hub)))
  // It registers @fastify/websocket, so the old route stays as it is.
  await app.register(wshub, { refusals: 'close', bearerProtocol: true })
  app.get('/chat', { websocket: true, onRequest: requireUser }, (socket, request) => {
    chat.add(socket, userOf(request.raw) ?? '')
  })
  app.get(
    '/ws',
    { websocket: true, onRequest: requireUser },
    upgrade(hub, (request) => ({ user: userOf(request.raw) })),
  )
  const address = await app.listen({ port })
  return { port: Number(new URL(address).port), close: () => app.close() }
}

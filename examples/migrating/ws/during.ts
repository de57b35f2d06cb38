import { createServer } from 'node:http'
import type { Hub } from '@wshub/core'
import { attach, handOver, upgrade } from '@wshub/express'
import { WebSocketServer } from 'ws'
import { SocketChat } from '../chat/by-hand.js'
import { audienceOf, createHub } from '../chat/hub.js'
import { both, type Events } from '../chat/messages.js'
import { type Running, running } from '../chat/running.js'
import { createApp, requireUser } from './app.js'
import { userOf } from '../chat/tokens.js'

/** Both in one app: old pages use `/chat` and new pages `/ws`, in the same rooms. */
export function start(port = 0): Promise<Running> {
  const hub: Hub<{ events: Events }> = createHub((said) => chat.deliver(said))
  const chat = new SocketChat((said) => hub.room(said.room).emit('said', said))
  const app = createApp(both(chat, audienceOf(hub)))
  // A route in place of the listener for 'upgrade'.
  const sockets = new WebSocketServer({ noServer: true })
  sockets.on('connection', (client, request) => chat.add(client, userOf(request) ?? ''))
  app.get('/chat', requireUser, handOver(sockets))
  app.get(
    '/ws',
    requireUser,
    upgrade(hub, (req) => ({ user: userOf(req) })),
  )
  const server = createServer(app)
  attach(server, { refusals: 'close', bearerProtocol: true })
  return running(server.listen(port), async () => {
    for (const client of sockets.clients) client.close(1001)
    await hub.close()
  })
}

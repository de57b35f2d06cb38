import type { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import expressWs from 'express-ws'
import { SocketChat } from '../chat/by-hand.js'
import { addRoutes, requireUser, sessions } from '../chat/express-app.js'
import { audienceOf, createHub } from '../chat/hub.js'
import { both, type Events } from '../chat/messages.js'
import { type Running, running } from '../chat/running.js'

/** Both on one server: old pages use `/chat` and new pages `/ws`, in the same rooms. */
export function start(port = 0): Promise<Running> {
  const sockets = expressWs(express())
  const { app } = sockets
  const hub: Hub<{ events: Events }> = createHub((said) => chat.deliver(said))
  const chat = new SocketChat((said) => hub.room(said.room).emit('said', said))
  app.use(sessions())
  addRoutes(app, both(chat, audienceOf(hub)))
  app.ws('/chat', (socket, req) => {
    const { user } = req.session
    if (user) chat.add(socket, user)
    else socket.close(4401, 'login first')
  })
  app.get(
    '/ws',
    requireUser,
    upgrade(hub, (req) => ({ user: req.session.user })),
  )
  const server = app.listen(port)
  // Without `claims`, express-ws would accept the clients of the hub.
  attach(server, { refusals: 'close', claims: ({ url }) => url?.startsWith('/ws') === true })
  return running(server, async () => {
    for (const client of sockets.getWss().clients) client.close(1001)
    await hub.close()
  })
}

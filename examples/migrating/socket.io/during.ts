import { createServer } from 'node:http'
import type { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import { addRoutes, requireUser, sessions } from '../chat/express-app.js'
import { audienceOf as audienceOfHub, createHub } from '../chat/hub.js'
import { both, type Events } from '../chat/messages.js'
import { type Running, running } from '../chat/running.js'
import { audienceOf, createIo } from './io.js'

/** Both on one server: old pages use socket.io and new pages the hub, in the same rooms. */
export function start(port = 0): Promise<Running> {
  const app = express()
  const server = createServer(app)
  const withSession = sessions()
  const hub: Hub<{ events: Events }> = createHub((said) => void io.to(said.room).emit('said', said))
  const io = createIo(server, withSession, (said) => hub.room(said.room).emit('said', said))
  app.use(withSession)
  addRoutes(app, both(audienceOf(io), audienceOfHub(hub)))
  app.get(
    '/ws',
    requireUser,
    upgrade(hub, (req) => ({ user: req.session.user })),
  )
  // Without `claims`, socket.io would close the clients of the hub whose auth takes longer than a second.
  attach(server, { refusals: 'close', claims: ({ url }) => url?.startsWith('/ws') === true })
  return running(server.listen(port), async () => {
    await hub.close()
    await io.close()
  })
}

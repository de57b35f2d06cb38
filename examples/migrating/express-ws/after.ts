import { attach, upgrade } from '@wshub/express'
import express from 'express'
import { addRoutes, requireUser, sessions } from '../chat/express-app.js'
import { audienceOf, createHub } from '../chat/hub.js'
import { type Running, running } from '../chat/running.js'

/** The chat on wshub and Express. */
export function start(port = 0): Promise<Running> {
  const app = express()
  const hub = createHub()
  app.use(sessions())
  addRoutes(app, audienceOf(hub))
  // requireUser is the middleware of the pages.
  app.get(
    '/ws',
    requireUser,
    upgrade(hub, (req) => ({ user: req.session.user })),
  )
  const server = app.listen(port)
  attach(server, { refusals: 'close' })
  return running(server, () => hub.close())
}

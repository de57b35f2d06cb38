import { attach, upgrade } from '@wshub/koa'
import { audienceOf, createHub } from '../chat/hub.js'
import { createApp, requireUser, routesOf, session } from '../chat/koa-app.js'
import { type Running, running } from '../chat/running.js'

/** The chat on wshub and Koa. */
export function start(port = 0): Promise<Running> {
  const app = createApp()
  const hub = createHub()
  const router = routesOf(audienceOf(hub))
  router.get(
    '/ws',
    requireUser,
    upgrade(hub, (ctx) => ({ user: ctx.session?.['user'] })),
  )
  app.use(session(app))
  app.use(router.routes())
  const server = app.listen(port)
  attach(server, { refusals: 'close' })
  return running(server, () => hub.close())
}

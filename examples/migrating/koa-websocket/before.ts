import { SocketChat } from '../chat/by-hand.js'
import { createApp, routesOf, session } from '../chat/koa-app.js'
import { type Running, running } from '../chat/running.js'
import { websockify } from './websockify.js'

/** The chat on koa-websocket. */
export function start(port = 0): Promise<Running> {
  const app = websockify(createApp())
  const chat = new SocketChat()
  app.use(session(app))
  app.use(routesOf(chat).routes())
  // The middleware of the pages does not run for sockets. It has to be added again.
  app.ws.use(session(app))
  app.ws.use((ctx, next) => {
    const user: unknown = ctx.session?.['user']
    if (ctx.path !== '/chat') return next()
    if (typeof user === 'string') chat.add(ctx.websocket, user)
    else ctx.websocket.close(4401, 'login first')
    return undefined
  })
  return running(app.listen(port), () => {
    for (const client of app.ws.server?.clients ?? []) client.close(1001)
  })
}

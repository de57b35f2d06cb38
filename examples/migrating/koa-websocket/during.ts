import type { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import { SocketChat } from '../chat/by-hand.js'
import { audienceOf, createHub } from '../chat/hub.js'
import { createApp, requireUser, routesOf, session } from '../chat/koa-app.js'
import { both, type Events } from '../chat/messages.js'
import { type Running, running } from '../chat/running.js'
import { websockify } from './websockify.js'

/** Both on one server: old pages use `/chat` and new pages `/ws`, in the same rooms. */
export function start(port = 0): Promise<Running> {
  const app = websockify(createApp())
  const hub: Hub<{ events: Events }> = createHub((said) => chat.deliver(said))
  const chat = new SocketChat((said) => hub.room(said.room).emit('said', said))
  const router = routesOf(both(chat, audienceOf(hub)))
  router.get(
    '/ws',
    requireUser,
    upgrade(hub, (ctx) => ({ user: ctx.session?.['user'] })),
  )
  app.use(session(app))
  app.use(router.routes())
  app.ws.use(session(app))
  app.ws.use((ctx) => {
    const user: unknown = ctx.session?.['user']
    if (typeof user === 'string') chat.add(ctx.websocket, user)
    else ctx.websocket.close(4401, 'login first')
  })
  const server = app.listen(port)
  // Without `claims`, koa-websocket would accept the clients of the hub.
  attach(server, { refusals: 'close', claims: ({ url }) => url?.startsWith('/ws') === true })
  return running(server, async () => {
    for (const client of app.ws.server?.clients ?? []) client.close(1001)
    await hub.close()
  })
}

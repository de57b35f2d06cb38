import { createServer } from 'node:http'
import Router from '@koa/router'
import { Hub, HubError, Router as MessageRouter } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import Koa from 'koa'
import { z } from 'zod'

// Who is online, and who is typing. A user with several connections comes once, and leaves with the last of them.

interface Types {
  events: { typing: { user: string | undefined; typing: boolean } }
  presence: { status: 'online' | 'away' }
}

const messages = new MessageRouter<Types>()
  .handle('typing', z.object({ room: z.string(), typing: z.boolean() }), ({ connection, hub, payload }) => {
    if (!connection.in(payload.room)) throw new HubError('not_in_room')
    hub
      .room(payload.room)
      .except(connection)
      .emit(
        'typing',
        { user: connection.user, typing: payload.typing },
        // A slow client gets the newest state of each user and not all of them.
        { volatile: { key: connection.id } },
      )
  })
  .handle('status', z.enum(['online', 'away']), ({ connection, payload }) => {
    connection.setPresence({ status: payload })
  })

export const hub = new Hub({ router: messages })
hub.createRoom('everyone', { presence: true, authorize: () => true })
hub.createRoom(/chat:(\w+)/, { presence: true, authorize: ({ user }) => user !== undefined })

const routes = new Router()
// The query in place of a login.
routes.get(
  '/ws',
  upgrade(hub, (ctx) => ({ user: String(ctx.query['user']), presence: { status: 'online' as const } })),
)
export const app = new Koa()
app.use(routes.routes())

const handle = app.callback()
export const server = createServer((req, res) => void handle(req, res))
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws?user=ada`))

import { createServer } from 'node:http'
import Router from '@koa/router'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import Koa from 'koa'

// Routes in a group share a prefix and a middleware. What the middleware finds out reaches the connection.

interface User {
  readonly id: string
  readonly name: string
}

const users = new Map([['Bearer secret-of-ada', { id: 'ada', name: 'Ada' }]])

/** What a connection holds, beside what `describe` of the route returns. */
export const echo = new Hub<{ data: User }>({
  onText: (connection, text) => connection.send(`${connection.data.name}: ${text}`),
})

/** Its own options: larger messages, compressed. */
export const chat = new Hub<{ data: User & { messages: number } }>({
  name: 'chat',
  limits: { maxMessageSize: 1024 * 1024 },
  compression: { level: 6 },
  onText(connection, text) {
    connection.data.messages += 1
    chat.send(`${connection.data.name} (${connection.data.messages}): ${text}`)
  },
})

const group = new Router<{ user: User }>({ prefix: '/api/v1' })
group.use(async (ctx, next) => {
  const user = users.get(ctx.get('authorization'))
  if (!user) return ctx.throw(401, 'Authentication required')
  ctx.state.user = user
  return next()
})
group.get(
  '/ws',
  upgrade(echo, (ctx) => ({ user: ctx.state.user.id, data: ctx.state.user })),
)
group.get(
  '/chat',
  upgrade(chat, (ctx) => ({ user: ctx.state.user.id, data: { ...ctx.state.user, messages: 0 } })),
)

export const app = new Koa()
app.use(group.routes())

const handle = app.callback()
export const server = createServer((req, res) => void handle(req, res))
// A page can not set headers: new WebSocket(url, ['wshub', 'bearer.secret-of-ada']) sends the same header.
attach(server, { bearerProtocol: true })

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/api/v1/ws`))

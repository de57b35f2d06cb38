import jwt from '@fastify/jwt'
import { Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify from 'fastify'

// A JSON Web Token in the Authorization header. It is checked before the connection exists, and the connection closes with
// 4401 when the token expires.

declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: { readonly sub: string; readonly exp: number }
  }
}

export const hub = new Hub({
  onOpen: (connection) => connection.send('Authenticated'),
  onText: (connection, text) => connection.hub.room('members').send(`${connection.user}: ${text}`),
})

export const app = Fastify()
void app.register(jwt, { secret: process.env['SECRET'] ?? 'only for this example' })
// A page can not set headers: new WebSocket(url, ['wshub', 'bearer.' + token]) sends the same header.
void app.register(wshub, { bearerProtocol: true })
void app.register(async (routes) => {
  routes.get(
    '/ws',
    { websocket: true, onRequest: (request) => request.jwtVerify() },
    upgrade(hub, ({ user }) => ({ user: user.sub, expiresAt: user.exp * 1000, rooms: ['members'] })),
  )
  // In place of a login.
  routes.post<{ Params: { user: string } }>('/tokens/:user', ({ params }) => ({
    token: app.jwt.sign({ sub: params.user }, { expiresIn: '1h' }),
  }))
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) void app.listen({ port }).then(() => console.log(`ws://localhost:${port}/ws`))

import { Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify, { type FastifyRequest } from 'fastify'

// Users with several connections: HTTP counts them, finds them, sends to one, to some and to all, and closes their connections.

export const hub = new Hub()

const groups = new Map([['staff', ['ada', 'bob']]])

export const app = Fastify()
void app.register(wshub)
void app.register(async (routes) => {
  routes.get(
    '/ws',
    { websocket: true },
    // The query in place of a login.
    upgrade(hub, ({ query }: FastifyRequest<{ Querystring: { user: string } }>) => ({ user: query.user })),
  )

  routes.get('/stats', () => {
    const { connections, users, rooms } = hub.stats()
    return { connections, users, rooms }
  })

  routes.get<{ Params: { id: string } }>('/users/:id', ({ params }) => hub.presence(params.id))

  routes.post<{ Params: { id: string }; Body: object }>('/users/:id/messages', ({ params, body }, reply) => {
    hub.user(params.id).emit('notification', body)
    return reply.code(202).send()
  })

  routes.post<{ Params: { name: string }; Body: object }>('/groups/:name/messages', ({ params, body }, reply) => {
    hub.user(...(groups.get(params.name) ?? [])).emit('notification', body)
    return reply.code(202).send()
  })

  routes.post<{ Body: object }>('/messages', ({ body }, reply) => {
    hub.emit('announcement', body)
    return reply.code(202).send()
  })

  // Milliseconds of a round trip, or nothing if the connection is not of this server.
  routes.get<{ Params: { id: string } }>('/connections/:id/ping', async ({ params }) => {
    return { ms: await hub.connection(params.id)?.ping() }
  })

  routes.delete<{ Params: { id: string } }>('/connections/:id', ({ params }, reply) => {
    hub.client(params.id).disconnect(4403, 'removed by an administrator')
    return reply.code(204).send()
  })
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) void app.listen({ port }).then(() => console.log(`ws://localhost:${port}/ws?user=ada`))

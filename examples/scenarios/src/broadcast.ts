import { Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify from 'fastify'

// What a client sends, and what is posted over HTTP, goes to all clients.

export const hub = new Hub({ onMessage: (connection, data) => connection.hub.send(data) })

export const app = Fastify()
void app.register(wshub)
void app.register(async (routes) => {
  routes.get('/ws', { websocket: true }, upgrade(hub))

  const body = {
    type: 'object',
    properties: { message: { type: 'string', maxLength: 1000 } },
    required: ['message'],
  }
  routes.post<{ Body: { message: string } }>('/broadcast', { schema: { body } }, (request) => {
    hub.send(request.body.message)
    return { success: true }
  })

  routes.get('/clients', () => Array.from(hub.connections.values(), ({ id, handshake }) => [id, handshake.address]))
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) void app.listen({ port }).then(() => console.log(`ws://localhost:${port}/ws`))

import { Hub, Router } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify from 'fastify'
import { z } from 'zod'

// Messages {"type", "payload"}: each type has a handler. Unknown types and invalid messages are answered with an error.

const router = new Router()
  .handle('echo', z.string().max(1000), ({ connection, payload }) => {
    connection.emit('echo', payload)
  })
  // The reply of a message with an id. Without an id it is not sent.
  .handle('uppercase', z.string().max(1000), ({ payload }) => payload.toUpperCase())
  .handle('broadcast', z.string().max(1000), ({ hub, payload }) => {
    hub.room('lobby').emit('broadcast', payload)
  })

export const hub = new Hub({ router })

export const app = Fastify()
void app.register(wshub)
void app.register(async (routes) => {
  routes.get(
    '/ws',
    { websocket: true },
    upgrade(hub, () => ({ rooms: ['lobby'] })),
  )
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) void app.listen({ port }).then(() => console.log(`ws://localhost:${port}/ws`))

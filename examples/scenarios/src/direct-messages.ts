import { createServer } from 'node:http'
import { Hub, HubError, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import { z } from 'zod'

// Each client learns the id of its connection, and others reach it by this id.

const router = new Router().handle(
  'whisper',
  z.object({ to: z.string(), text: z.string().max(1000) }),
  ({ connection, hub, payload: { to, text } }) => {
    if (!hub.connection(to)) throw new HubError('not_found', `There is no connection ${to}.`)
    hub.client(to).emit('whispered', { from: connection.id, text })
  },
)

export const hub = new Hub({
  router,
  onOpen(connection) {
    const { id, handshake } = connection
    connection.emit('welcome', {
      id,
      hub: connection.hub.name,
      url: handshake.url,
      address: handshake.address,
      userAgent: handshake.headers['user-agent'],
    })
  },
})

export const app = express()
app.get('/ws', upgrade(hub))

export const server = createServer(app)
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws`))

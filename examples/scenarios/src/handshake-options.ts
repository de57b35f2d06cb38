import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'

// What a handshake must fulfil: the page's origin, the host, and a subprotocol that the server knows.

export const hub = new Hub({
  limits: { maxMessageSize: 64 * 1024 },
  compression: { threshold: 512 },
  onText(connection, text) {
    if (connection.handshake.protocol === 'json') connection.json({ text })
    else connection.send(text)
  },
})

export const app = express()
app.get(
  '/ws',
  upgrade(hub, () => ({}), { protocols: ['chat', 'json'] }),
)

export const server = createServer(app)
attach(server, {
  // Pages of the server's own host may connect too, and programs, which send no origin.
  origins: ['https://example.com', 'https://*.example.com'],
  hosts: ['ws.example.com', 'localhost'],
  handshakeTimeout: 10_000,
  // Shows the app's own pages why they were refused.
  refusals: 'close',
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws`))

import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, isUpgrade, upgrade } from '@wshub/express'
import express from 'express'

// A chat of callbacks alone: no message types, no JSON. The same path serves a page to browsers.

export const hub = new Hub({
  onOpen(connection) {
    hub.room('general').except(connection).send('A user joined the chat')
    connection.send(`Connected with ID: ${connection.id}`)
  },
  onText(connection, text) {
    if (text.length > 1000) connection.send('Message too long')
    else hub.room('general').send(text)
  },
  onBinary(connection, bytes) {
    hub.room('general').except(connection).send(bytes)
  },
  // A connection leaves its rooms by itself.
  onClose() {
    hub.room('general').send('A user left the chat')
  },
  onError(error, { stage }) {
    console.error(`[chat] ${stage}:`, error)
  },
})

export const app = express()
app.get(
  '/chat',
  (req, res, next) => {
    if (isUpgrade(req)) next()
    else res.send('Connect to this address with a WebSocket client.')
  },
  upgrade(hub, () => ({ rooms: ['general'] })),
)

export const server = createServer(app)
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/chat`))

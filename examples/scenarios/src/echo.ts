import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'

// Sends back what it gets: texts with a prefix, bytes as they are.

export const hub = new Hub({
  onText: (connection, text) => connection.send(`Echo: ${text}`),
  onBinary: (connection, bytes) => connection.send(bytes),
})

export const app = express()
app.get('/ws', upgrade(hub))

export const server = createServer(app)
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws`))

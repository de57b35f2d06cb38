import { createServer } from 'node:http'
import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'

// A room keeps its last messages. A client of @wshub/client that lost its connection reconnects by itself, joins its rooms
// again, and gets what it missed, once and in order:
//
//   const client = new Client('ws://localhost:3000/ws')
//   client.room('news').on('headline', (text) => console.log(text))

export const hub = new Hub<{ events: { headline: string } }>({ router: new Router() })
hub.createRoom('news', { history: { size: 1000, ttl: 600_000 }, authorize: () => true })

export const app = express()
app.get('/ws', upgrade(hub))
app.post('/headlines', express.json(), async (req, res) => {
  // Resolves once the message is kept. `emit` does the same without an answer.
  await hub.room('news').history?.append('headline', String(req.body.text))
  res.sendStatus(201)
})

export const server = createServer(app)
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws`))

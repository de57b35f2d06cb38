import { createServer } from 'node:http'
import { join } from 'node:path'
import { Hubs, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express, { type RequestHandler } from 'express'
import { z } from 'zod'

// A chat whose rooms are hubs, each with a route of its own. The hub `vip` is behind a middleware, and HTTP reaches all of them.

const author = z.object({ username: z.string().max(40) })

const router = new Router()
  .handle('join', author, ({ hub, payload }) => hub.emit('user_joined', payload))
  .handle('message', author.extend({ message: z.string().max(2000) }), ({ hub, payload }) => {
    hub.emit('message', payload)
  })
  .handle('leave', author, ({ hub, payload }) => hub.emit('user_left', payload))

export const hubs = new Hubs()

const requireVip: RequestHandler = (req, res, next) => {
  if (req.get('authorization') === 'Bearer vip123') next()
  else res.status(401).json({ error: 'Invalid VIP token' })
}

export const app = express()
app.use('/static', express.static(join(__dirname, '../public')))
app.use('/ws/vip', requireVip)
for (const name of ['general', 'tech', 'random', 'vip']) app.get(`/ws/${name}`, upgrade(hubs.create(name, { router })))

app.get('/api/rooms', (_req, res) => {
  res.json({ rooms: hubs.names })
})

app.use('/api/rooms/:room', (req, res, next) => {
  if (hubs.get(req.params.room)) next()
  else res.status(404).json({ error: 'Room not found' })
})

app.get('/api/rooms/:room/stats', (req, res) => {
  res.json({ room: req.params.room, connections: hubs.get(req.params.room)?.connections.size })
})

app.post('/api/rooms/:room/message', express.json(), (req, res) => {
  hubs.get(req.params.room)?.emit('message', { username: 'API', message: String(req.body.message) })
  res.json({ status: 'sent' })
})

export const server = createServer(app)
// A page can not set headers: new WebSocket(url, ['wshub', 'bearer.vip123']) sends the same header.
attach(server, { bearerProtocol: true })

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`http://localhost:${port}/static/`))

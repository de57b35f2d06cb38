import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import { z } from 'zod'

// The server sends, and clients only listen: POST /api/notify reaches all connections of one user, or everybody.

interface Notification {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly timestamp: Date
}

const schema = z.object({ user_id: z.string().optional(), title: z.string(), body: z.string() })

export const hub = new Hub<{ events: { notification: Notification } }>()

export const app = express()
app.get(
  '/ws/notifications',
  // The query in place of a login.
  upgrade(hub, (req) => ({ user: z.string().parse(req.query['user_id']) })),
)

app.post('/api/notify', express.json(), (req, res) => {
  const { data, error } = schema.safeParse(req.body)
  if (error) {
    res.status(400).json({ issues: error.issues })
    return
  }
  const { user_id: user, title, body } = data
  const notification = { id: randomUUID(), title, body, timestamp: new Date() }
  const audience = user === undefined ? hub : hub.user(user)
  audience.emit('notification', notification)
  res.json({ id: notification.id })
})

export const server = createServer(app)
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module)
  server.listen(port, () => console.log(`ws://localhost:${port}/ws/notifications?user_id=ada`))

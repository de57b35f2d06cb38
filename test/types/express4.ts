import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express, { type RequestHandler } from 'express4'

// The same example on the types of Express 4.

declare const requireUser: RequestHandler
const hub = new Hub<{ data: { name: string } }>()
const app = express()

app.get(
  '/ws/:room',
  requireUser,
  upgrade(hub, (req) => ({ user: req.user.id, data: { name: req.user.name }, rooms: [req.params.room] })),
)
export const detach: () => void = attach(app.listen(3000))

app.use('/prefix', express.Router({ mergeParams: true }).get('/ws', upgrade(new Hub())))
app.get(
  '/rooms/:room',
  (_req, _res, next) => next(),
  upgrade(hub, (req) => ({ data: { name: req.params.room } })),
)

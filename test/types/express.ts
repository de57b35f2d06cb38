import { Hub } from '@wshub/core'
import { attach, isUpgrade, upgrade } from '@wshub/express'
import express, { type Request, type RequestHandler } from 'express'
import { same } from './equal.js'

// The example of the documentation, with the user that the app's own auth middleware puts on the request.

declare global {
  // The way in which apps add to the request.
  // oxlint-disable-next-line typescript/no-namespace
  namespace Express {
    interface Request {
      user: { readonly id: string; readonly name: string }
    }
  }
}

interface Data {
  readonly name: string
}

declare const requireUser: RequestHandler
const hub = new Hub<Data>()
const app = express()

app.get(
  '/ws/:room',
  requireUser,
  upgrade(hub, (req) => ({ user: req.user.id, data: { name: req.user.name }, rooms: [req.params.room] })),
)
export const detach: () => void = attach(app.listen(3000))
attach(app.listen(3000), { refusals: 'close' })

app.get('/plain', upgrade(hub))
app.get(
  '/async',
  upgrade(hub, async (req) => Promise.resolve({ data: { name: req.user.name } })),
)
app.use(
  '/prefix',
  express.Router({ mergeParams: true }).get(
    '/ws',
    upgrade(hub, () => ({}), { protocols: ['v1'] }),
  ),
)
app.get('/both', (req, res, next) => (isUpgrade(req) ? next() : res.send('a page')), upgrade(hub))
app.get<'/typed/:id'>('/typed/:id', upgrade(hub))

// In describe, params are strings by name, and the request is an Express request.
upgrade(hub, (req) => {
  same<Record<string, string>, typeof req.params>(true)
  same<string | undefined, ReturnType<typeof req.get>>(true)
  const request: Request<Record<string, string>> = req
  return { rooms: [request.path] }
})

// Unless the app says otherwise, on the request or as the third type.
upgrade(hub, (req: Request<{ room: string }>) => {
  same<{ room: string }, typeof req.params>(true)
  return { rooms: [req.params.room] }
})
upgrade<Data, Record<string, unknown>, { room: string }>(hub, ({ params }) => {
  same<{ room: string }, typeof params>(true)
  // @ts-expect-error There is no such param.
  return { rooms: [params.rom] }
})

// @ts-expect-error The data is not of the hub's type.
upgrade(hub, () => ({ data: { name: 1 } }))
// @ts-expect-error A user is named by a string.
upgrade(hub, () => ({ user: 1 }))
// @ts-expect-error Rooms are an array.
upgrade(hub, () => ({ rooms: 'lobby' }))
// @ts-expect-error No hub.
upgrade({})
// @ts-expect-error There is no such option.
upgrade(hub, () => ({}), { protocol: ['v1'] })
// @ts-expect-error There is no such option.
attach(app.listen(3000), { claim: () => true })
// @ts-expect-error There are two ways to refuse.
attach(app.listen(3000), { refusals: 'none' })
// @ts-expect-error An app is no server.
attach(app)

attach(app.listen(3000), {
  claims: (request) => request.url?.startsWith('/ws') ?? false,
  origins: ['https://app.example.com'],
  handshakeTimeout: 5000,
  bearerProtocol: true,
})

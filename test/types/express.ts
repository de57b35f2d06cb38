import { Hub, type HubTypes, type Identity } from '@wshub/core'
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
const hub = new Hub<{ data: Data }>()
const plain = new Hub()
const app = express()

app.get(
  '/ws/:room',
  requireUser,
  upgrade(hub, (req) => ({ user: req.user.id, data: { name: req.user.name }, rooms: [req.params.room] })),
)
export const detach: () => void = attach(app.listen(3000))
attach(app.listen(3000), { refusals: 'close' })

app.get('/plain', upgrade(plain))
app.get(
  '/async',
  upgrade(hub, async (req) => Promise.resolve({ data: { name: req.user.name } })),
)
app.use(
  '/prefix',
  express.Router({ mergeParams: true }).get(
    '/ws',
    upgrade(plain, () => ({}), { protocols: ['v1'] }),
  ),
)
app.get('/both', (req, res, next) => (isUpgrade(req) ? next() : res.send('a page')), upgrade(plain))
app.get<'/typed/:id'>('/typed/:id', upgrade(plain))

// Params come from the path, regardless of middleware before.
app.get(
  '/rooms/:room/:seat',
  (_req, _res, next) => next(),
  upgrade(plain, (req) => {
    same<{ room: string; seat: string }, { [Key in keyof typeof req.params]: (typeof req.params)[Key] }>(true)
    // @ts-expect-error There is no such param.
    return { rooms: [req.params.rom] }
  }),
)
app.get(
  '/rooms/:room',
  requireUser,
  upgrade(plain, (req) => ({ rooms: [req.params.room] })),
)

// A handler of the app may call the one of upgrade().
app.get('/wrapped', (req, res, next) => upgrade(plain)(req, res, next))
app.use((req, res, next) => upgrade(hub, ({ params }) => ({ data: { name: params.name } }))(req, res, next))

// In describe, params are strings by name, and the request is an Express request.
upgrade(plain, (req) => {
  same<Record<string, string>, typeof req.params>(true)
  same<string | undefined, ReturnType<typeof req.get>>(true)
  const request: Request<Record<string, string>> = req
  return { rooms: [request.path] }
})

// Unless the app says otherwise, on the request or as the second type.
upgrade(plain, (req: Request<{ room: string }>) => {
  same<{ room: string }, typeof req.params>(true)
  return { rooms: [req.params.room] }
})
upgrade<HubTypes, { room: string }>(plain, ({ params }) => {
  same<{ room: string }, typeof params>(true)
  // @ts-expect-error There is no such param.
  return { rooms: [params.rom] }
})

// @ts-expect-error The data is not of the hub's type.
upgrade(hub, () => ({ data: { name: 1 } }))
// @ts-expect-error A user is named by a string.
upgrade(plain, () => ({ user: 1 }))
// @ts-expect-error Rooms are an array.
upgrade(plain, () => ({ rooms: 'lobby' }))
// Unknown properties of an identity, alone or beside others, at once or later, in one of several results.
// @ts-expect-error There is no such property.
upgrade(plain, () => ({ tenant: 'acme' }))
// @ts-expect-error There is no such property.
upgrade(plain, () => ({ user: 'ada', tenant: 'acme' }))
// @ts-expect-error There is no such property.
upgrade(plain, async () => Promise.resolve({ user: 'ada', tenant: 'acme' }))
// @ts-expect-error There is no such property.
upgrade(hub, () => ({ data: { name: 'ada' }, tenant: 'acme' }))
// @ts-expect-error There is no such property.
upgrade(plain, (req) => (req.secure ? { user: 'ada' } : { rooms: ['a'], tenant: 'acme' }))
upgrade(plain, (req) => (req.secure ? { user: 'ada' } : {}))
upgrade(plain, (req) => {
  if (req.secure) return { user: 'ada', rooms: ['a'] }
  throw new Error('not secure')
})

// An identity that a function of the app finds.
declare const find: () => Promise<Identity<Data>>
upgrade(hub, find)
upgrade(hub, async () => ({ ...(await find()), rooms: ['a'] }))
// @ts-expect-error The identity has no data.
upgrade(hub, async (): Promise<Identity> => find())

// Data of several shapes.
const shapes = new Hub<{ data: { kind: 'page'; url: string } | { kind: 'bot' } | [number, string] }>()
upgrade(shapes, () => ({ data: { kind: 'bot' } }))
upgrade(shapes, async () => Promise.resolve({ data: [1, 'a'] }))
// @ts-expect-error There is no such shape.
upgrade(shapes, () => ({ data: { kind: 'spider' } }))

// A hub that holds data is mounted with its data.
// @ts-expect-error There is no describe.
upgrade(hub)
// @ts-expect-error The data is missing.
upgrade(hub, () => ({ user: 'ada' }))
// @ts-expect-error The data may not be undefined.
upgrade(hub, () => ({ data: undefined }))
upgrade(new Hub<{ data: Data | undefined }>())
upgrade(new Hub<{ data: Data | undefined }>(), () => ({
  user: undefined,
  rooms: undefined,
  session: undefined,
  expiresAt: undefined,
}))
upgrade(plain, undefined, { protocols: undefined, origins: undefined })
// @ts-expect-error No hub.
upgrade({})
// @ts-expect-error There is no such option.
upgrade(plain, () => ({}), { protocol: ['v1'] })
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
attach(app.listen(3000), { claims: undefined, dispatch: undefined, origins: undefined, refusals: undefined })

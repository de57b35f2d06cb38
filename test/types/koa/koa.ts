import Router from '@koa/router'
import { Hub } from '@wshub/core'
import { attach, isUpgrade, upgrade, type UpgradeContext } from '@wshub/koa'
import Koa, { type Middleware } from 'koa'
import { same } from '../equal.js'

// The example of the documentation, with the user that the app's own auth middleware puts on the state.

interface Data {
  readonly name: string
}

declare const requireUser: Middleware
const hub = new Hub<{ data: Data }>()
const plain = new Hub()
const app = new Koa()
const router = new Router()

router.get(
  '/ws/:room',
  requireUser,
  upgrade(hub, (ctx) => ({ user: ctx.state.user.id, data: { name: ctx.state.user.name }, rooms: [ctx.params.room] })),
)
app.use(router.routes())
export const detach: () => void = attach(app.listen(3000))

router.get('/plain', upgrade(plain))
router.get(
  '/async',
  upgrade(hub, async () => Promise.resolve({ data: { name: 'ada' } })),
)
app.use(upgrade(plain, () => ({}), { protocols: ['v1'] }))
app.use((ctx, next) => (isUpgrade(ctx) ? next() : undefined))

// In describe, params are strings by name, and the context is a Koa context.
upgrade(plain, (ctx) => {
  same<Record<string, string>, typeof ctx.params>(true)
  same<string, typeof ctx.ip>(true)
  return { rooms: [ctx.path] }
})

// @ts-expect-error data must be what the hub was made for
upgrade(hub, () => ({ data: { name: 1 } }))
// @ts-expect-error there is no such option
upgrade(plain, () => ({}), { protocol: 'v1' })

// The type of the context gives the types of the params.
upgrade(plain, (ctx: UpgradeContext<{ room: string }>) => ({ rooms: [ctx.params.room] }))

// A path gives the names of the params.
upgrade(plain, ({ params }: UpgradeContext<'/rooms/:room/:seat'>) => {
  same<{ readonly room: string; readonly seat: string }, typeof params>(true)
  return { rooms: [params.room] }
})
upgrade(plain, ({ params }: UpgradeContext<'/:a-:b{/:c}/*d'>) => {
  same<{ readonly a: string; readonly b: string; readonly c?: string; readonly d: string }, typeof params>(true)
  return {}
})
upgrade(plain, ({ params }: UpgradeContext<'/rooms/:room(\\d+)/:seat?'>) => {
  same<{ readonly room: string; readonly seat?: string }, typeof params>(true)
  return {}
})
// @ts-expect-error The path has no such param.
upgrade(plain, ({ params }: UpgradeContext<'/rooms/:room'>) => ({ rooms: [params.rom] }))
upgrade(plain, ({ params }: UpgradeContext<string>) => {
  same<Record<string, string>, typeof params>(true)
  return {}
})

// A hub with a type of data requires a `describe` that returns data.
// @ts-expect-error There is no describe.
upgrade(hub)
// @ts-expect-error The data is missing.
upgrade(hub, () => ({ user: 'ada' }))
// @ts-expect-error There is no such property.
upgrade(plain, () => ({ user: 'ada', tenant: 'acme' }))
// @ts-expect-error There is no such property.
upgrade(hub, async () => Promise.resolve({ data: { name: 'ada' }, tenant: 'acme' }))
upgrade(plain, () => ({ user: undefined, rooms: undefined }), { origins: undefined })

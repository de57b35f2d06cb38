import { Hub, type HubTypes } from '@wshub/core'
import wshub, { isUpgrade, upgrade } from '@wshub/fastify'
import Fastify, { type FastifyRequest, type FastifyTypeProvider, type preHandlerAsyncHookHandler } from 'fastify'
import { same } from './equal.js'

// The example of the documentation, with the user that the app's own auth hook puts on the request.

declare module 'fastify' {
  interface FastifyRequest {
    user: { readonly id: string; readonly name: string }
  }
}

interface Data {
  readonly name: string
}

declare const requireUser: preHandlerAsyncHookHandler
const hub = new Hub<{ data: Data }>()
const plain = new Hub()
const app = Fastify()

export async function example(): Promise<void> {
  await app.register(wshub)
  await app.register(wshub, { refusals: 'close' })
  await app.register(wshub, { claims: (request) => request.url === '/ws', closeHubs: false })
  app.get(
    '/ws/:room',
    { websocket: true, preHandler: requireUser },
    upgrade(hub, (request) => ({
      user: request.user.id,
      data: { name: request.user.name },
      rooms: [request.params.room],
    })),
  )
}

app.get('/plain', upgrade(plain))
app.get('/options', { preHandler: requireUser }, upgrade(plain))
app.route({ method: 'GET', url: '/both', handler: () => 'a page', wsHandler: upgrade(plain) })
app.get('/either', async (request) => (isUpgrade(request) ? 'socket' : 'page'))

// In describe, params are strings by name, and the request is a Fastify request.
upgrade(plain, (request) => {
  same<Record<string, string>, typeof request.params>(true)
  return { rooms: [request.url] }
})

// Unless the app says otherwise, on the request or as the second type.
upgrade(plain, (request: FastifyRequest<{ Params: { room: string } }>) => ({ rooms: [request.params.room] }))
app.get(
  '/typed/:room',
  { websocket: true },
  upgrade(plain, ({ params, query }: FastifyRequest<{ Params: { room: string }; Querystring: { token: string } }>) => {
    same<{ room: string }, typeof params>(true)
    same<{ token: string }, typeof query>(true)
    return { rooms: [params.room], session: query.token }
  }),
)
upgrade<HubTypes, wshub.UpgradeRequest<{ room: string }>>(plain, ({ params }) => ({
  rooms: [params.room],
}))

// The types of a schema, by the app's type provider.
interface Provider extends FastifyTypeProvider {
  readonly validator: this['schema'] extends { readonly as: infer Type } ? Type : unknown
}
const schema = { params: { as: { room: 'a' } }, querystring: { as: { seat: 1 } } }
upgrade(plain, (request: wshub.SchemaRequest<Provider, typeof schema>) => {
  same<string, typeof request.params.room>(true)
  same<number, typeof request.query.seat>(true)
  return { rooms: [request.params.room] }
})

// A hub that holds data is mounted with its data.
// @ts-expect-error There is no describe.
upgrade(hub)
// @ts-expect-error The data is missing.
upgrade(hub, () => ({ user: 'ada' }))
// @ts-expect-error There is no such property.
upgrade(plain, () => ({ user: 'ada', tenant: 'acme' }))
// @ts-expect-error There is no such property.
upgrade(hub, async () => Promise.resolve({ data: { name: 'ada' }, tenant: 'acme' }))
upgrade(plain, () => ({ user: undefined, rooms: undefined }), { origins: undefined })

// @ts-expect-error data must be what the hub was made for
upgrade(hub, () => ({ data: { name: 1 } }))
// @ts-expect-error there is no such option
upgrade(plain, () => ({}), { protocol: 'v1' })
export const wrong = async (): Promise<void> => {
  // @ts-expect-error there is no such option
  await app.register(wshub, { claim: () => true })
}
export type { WshubOptions } from '@wshub/fastify'

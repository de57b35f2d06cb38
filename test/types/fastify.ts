import { Hub } from '@wshub/core'
import wshub, { isUpgrade, upgrade } from '@wshub/fastify'
import Fastify, { type FastifyRequest, type preHandlerAsyncHookHandler } from 'fastify'
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
const hub = new Hub<Data>()
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

app.get('/plain', upgrade(hub))
app.get('/options', { preHandler: requireUser }, upgrade(hub))
app.route({ method: 'GET', url: '/both', handler: () => 'a page', wsHandler: upgrade(hub) })
app.get('/either', async (request) => (isUpgrade(request) ? 'socket' : 'page'))

// In describe, params are strings by name, and the request is a Fastify request.
upgrade(hub, (request) => {
  same<Record<string, string>, typeof request.params>(true)
  return { rooms: [request.url] }
})

// Unless the app says otherwise, on the request or as the third type.
upgrade(hub, (request: FastifyRequest<{ Params: { room: string } }>) => ({ rooms: [request.params.room] }))

// @ts-expect-error data must be what the hub was made for
upgrade(hub, () => ({ data: { name: 1 } }))
// @ts-expect-error there is no such option
upgrade(hub, () => ({}), { protocol: 'v1' })
export const wrong = async (): Promise<void> => {
  // @ts-expect-error there is no such option
  await app.register(wshub, { claim: () => true })
}
export type { WshubOptions } from '@wshub/fastify'

import wshub, { upgrade } from '@wshub/fastify'
import { createApp, requireUser } from '../chat/fastify-app.js'
import { audienceOf, createHub } from '../chat/hub.js'
import type { Running } from '../chat/running.js'
import { userOf } from '../chat/tokens.js'

/** The chat on wshub and Fastify. */
export async function start(port = 0): Promise<Running> {
  const hub = createHub()
  const app = createApp(audienceOf(hub))
  await app.register(wshub, { refusals: 'close', bearerProtocol: true })
  app.get(
    '/ws',
    { websocket: true, onRequest: requireUser },
    upgrade(hub, (request) => ({ user: userOf(request.raw) })),
  )
  const address = await app.listen({ port })
  // It closes the hub, too.
  return { port: Number(new URL(address).port), close: () => app.close() }
}

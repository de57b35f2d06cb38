import { Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify from 'fastify'

// Each client may send ten messages a second, and twenty at once. A further message is answered with the error `rate_limited`.
// A client that keeps sending is closed with 4429.

export const hub = new Hub({
  limits: { messageRate: { perSecond: 10, burst: 20 } },
  onText: (connection, text) => connection.send(text),
})

export const app = Fastify()
void app.register(wshub)
void app.register(async (routes) => {
  routes.get('/ws', { websocket: true }, upgrade(hub))
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) void app.listen({ port }).then(() => console.log(`ws://localhost:${port}/ws`))

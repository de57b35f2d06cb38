import { Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify from 'fastify'

// On SIGTERM the clients get a message, then the close code 1001 with a time to reconnect, and the process ends by itself.

export const hub = new Hub({
  onText: (connection, text) => connection.send(text),
})

export const app = Fastify()
// Before the plugin, which closes the hub in this hook.
app.addHook('preClose', async () => {
  hub.emit('server_shutdown', { message: 'The server is shutting down.' })
})
void app.register(wshub)
void app.register(async (routes) => {
  routes.get('/ws', { websocket: true }, upgrade(hub))
  // For load balancers: 503 from the beginning of the shutdown on.
  routes.get('/readyz', (_request, reply) => reply.code(hub.health().ready ? 200 : 503).send(hub.health()))
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) {
  process.once('SIGTERM', () => void app.close())
  process.once('SIGINT', () => void app.close())
  void app.listen({ port }).then(() => console.log(`ws://localhost:${port}/ws`))
}

import { Hub, Router } from '@wshub/core'
import wshub from '@wshub/fastify'
import Fastify from 'fastify'

const router = new Router().handle('add', ({ payload }) => payload.reduce((sum, value) => sum + value, 0))
const app = Fastify()
app.addHook('onRequest', async (_request, reply) => void reply.header('x-app', 'fastify'))
await app.register(wshub)
app.get('/ws', { websocket: true }, wshub.upgrade(new Hub({ router })))
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(app.server.address().port)

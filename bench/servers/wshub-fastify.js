import wshub, { upgrade } from '@wshub/fastify'
import { createFastify } from './apps/fastify.js'
import { announce } from './host.js'
import { describe, hub } from './wshub-hub.js'

const app = createFastify()
await app.register(wshub)
app.get('/ws/:room', { websocket: true }, upgrade(hub, describe))
await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
announce(app.server.address().port)

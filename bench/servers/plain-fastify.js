import { createFastify } from './apps/fastify.js'
import { announce } from './host.js'

const app = createFastify()
await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
announce(app.server.address().port)

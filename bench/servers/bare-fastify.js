import { createFastify } from './apps/fastify.js'
import { bareUpgrades } from './bare.js'
import { announce } from './host.js'

const app = createFastify()
app.get('/ws/:room', async (_, reply) => void reply.code(101))
bareUpgrades(app.server)
await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
announce(app.server.address().port)

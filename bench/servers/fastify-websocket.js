import websocket from '@fastify/websocket'
import { createFastify } from './apps/fastify.js'
import { announce, settings } from './host.js'
import { serve } from './naive-rooms.js'

const app = createFastify()
await app.register(websocket, { options: { perMessageDeflate: settings.compression } })
app.get('/ws/:room', { websocket: true }, (socket, request) => serve(socket, request.url))
await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
announce(app.server.address().port)

import { createServer } from 'node:http'
import expressWs from 'express-ws'
import { createExpress } from './apps/express.js'
import { listen } from './host.js'
import { serve } from './naive-rooms.js'

const app = createExpress()
const server = createServer(app)
expressWs(app, server)
app.ws('/ws/:room', (socket, request) => serve(socket, request.originalUrl.replace('/.websocket', '')))
listen(server)

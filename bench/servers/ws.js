import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { listen, settings } from './host.js'
import { serve } from './naive-rooms.js'
import { sweep } from './sweep.js'

const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: settings.compression })
sockets.on('connection', (socket, request) => serve(socket, request.url))
if (settings.pingInterval) sweep(sockets, settings.pingInterval)
listen(server)

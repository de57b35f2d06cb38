import { createServer } from 'node:http'
import { serveBare } from './bare-client.js'
import { listen, roomOf } from './host.js'

/* Bare clients on the sockets of an HTTP server, which every library that shares the port of an app has. */

const server = createServer()
server.on('upgrade', ({ url, headers }, socket, head) => {
  serveBare(socket, { key: headers['sec-websocket-key'], room: roomOf(url), head })
})
listen(server)

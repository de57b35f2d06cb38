import { createServer } from 'node:net'
import { serveBare } from './bare-client.js'
import { announce, roomOf } from './host.js'

/* Bare clients without an HTTP server: the handshake is read here. */

const NOTHING = Buffer.alloc(0)

function awaitHandshake(socket) {
  let bytes = NOTHING
  const read = (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return
    socket.off('data', read)
    const head = bytes.latin1Slice(0, end)
    const key = /^sec-websocket-key: *(.+)$/im.exec(head)[1].trim()
    serveBare(socket, { key, room: roomOf(head.slice(0, head.indexOf(' HTTP'))), head: bytes.subarray(end + 4) })
  }
  socket.on('data', read)
}

const server = createServer(awaitHandshake)
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => announce(server.address().port))

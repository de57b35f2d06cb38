import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const HANDLE = '_handle'

/** The handle to which a socket passes its writes. Node has no public name for it. */
export function handleOf(socket) {
  return socket[HANDLE]
}

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const socket = connect(server.address().port, '127.0.0.1')
await once(socket, 'connect')

/** The class of the handles of TCP sockets. */
export const TCP = handleOf(socket).constructor

socket.destroy()
server.close()

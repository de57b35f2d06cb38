import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Running } from './host.js'

/** Collects the sockets of a server, upgraded ones too. Call it before any other listener is added. */
export function socketsOf(server: Server): Set<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    // If an upgrade is served as an ordinary request, the server emits its socket a second time.
    if (sockets.has(socket)) return
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/** Listens on a free port of the loopback interface. */
export async function listen(server: Server, sockets: Set<Socket>, detach: () => void): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return runningOf(server, { detach, close: () => close(server, sockets) })
}

/** A server that listens. */
export function runningOf(server: Server, ends: Pick<Running, 'detach' | 'close'>): Running {
  const { port } = server.address() as AddressInfo
  const scheme = 'setSecureContext' in server ? 'https' : 'http'
  return { server, port, url: `${scheme}://127.0.0.1:${port}`, ...ends }
}

function close(server: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })
}

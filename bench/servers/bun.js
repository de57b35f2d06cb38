import { announce, roomOf, settings } from './host.js'
import { answerRequest } from './request.js'

const { mode, compression } = settings

const MODES = {
  broadcast: (socket, text) => void server.publish(socket.data.room, text, compression),
  echo: (socket, text) => void socket.send(text, compression),
  request: (socket, text) => void socket.send(answerRequest(text)),
}

const server = globalThis.Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch(request, own) {
    const room = roomOf(request.url)
    return own.upgrade(request, { data: { room } }) ? undefined : new Response('', { status: 426 })
  },
  websocket: {
    perMessageDeflate: compression,
    open: (socket) => socket.subscribe(socket.data.room),
    message: MODES[mode],
  },
})
announce(server.port)

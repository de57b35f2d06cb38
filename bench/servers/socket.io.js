import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { listen, settings } from './host.js'
import { add } from './request.js'

const { compression, pingInterval = 25_000 } = settings
const server = createServer()
const io = new Server(server, {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: compression && { threshold: 1024 },
  pingInterval,
})

const MODES = {
  broadcast(socket, room) {
    socket.on('m', (text) => io.to(room).emit('m', text))
  },
  echo(socket) {
    socket.on('m', (text) => socket.emit('m', text))
  },
  request(socket) {
    socket.on('add', (payload, reply) => reply(add(payload)))
  },
}

io.on('connection', (socket) => {
  const { room } = socket.handshake.query
  void socket.join(room)
  MODES[settings.mode](socket, room)
})
listen(server)

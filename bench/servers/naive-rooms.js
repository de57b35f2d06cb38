import { roomOf, settings } from './host.js'
import { answerRequest } from './request.js'
import { tokens } from './tokens.js'

const rooms = new Map()

/** What everybody writes first over a bare WebSocket: rooms as sets, a broadcast as a loop of sends. */
export function serve(socket, url) {
  const name = roomOf(url)
  const room = rooms.get(name) ?? new Set()
  rooms.set(name, room.add(socket))
  socket.on('close', () => room.delete(socket))
  const handle = MODES[settings.mode]
  socket.on('message', (data) => handle(socket, data.toString(), room))
}

const MODES = {
  broadcast(_, text, room) {
    for (const one of room) one.send(text)
  },
  echo(socket, text) {
    socket.send(text)
  },
  request(socket, text) {
    socket.send(answerRequest(text))
  },
  async stream(socket, text) {
    const { payload, id } = JSON.parse(text)
    for await (const token of tokens(payload)) socket.send(JSON.stringify({ type: 'hub:next', payload: token, id }))
    socket.send(JSON.stringify({ type: 'reply', id }))
  },
}

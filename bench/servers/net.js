import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { announce, roomOf, settings } from './host.js'
import { answerRequest } from './request.js'

/*
 * What Node's sockets can do at best: no HTTP server, no checks, no WebSocket library; the same writes that wshub makes,
 * which is one a connection and turn of the event loop, and one frame for the whole room.
 */

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const rooms = new Map()

class Room {
  members = new Set()
  #frames = []
  #flush = () => {
    const bytes = this.#frames.length === 1 ? this.#frames[0] : Buffer.concat(this.#frames)
    this.#frames = []
    for (const client of this.members) client.socket.write(bytes)
  }

  push(frame) {
    if (this.#frames.push(frame) === 1) setImmediate(this.#flush)
  }
}

class Client {
  #room
  #alone = new Room()
  #rest = Buffer.alloc(0)

  constructor(socket) {
    this.socket = socket
    this.#alone.members.add(this)
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#read(this.#rest.length ? Buffer.concat([this.#rest, chunk]) : chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#room?.members.delete(this))
  }

  #read(bytes) {
    this.#rest = bytes.subarray(this.#room ? this.#frames(bytes) : this.#handshake(bytes))
  }

  #handshake(bytes) {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return 0
    const head = bytes.latin1Slice(0, end)
    const key = /^sec-websocket-key: *(.+)$/im.exec(head)[1]
    const accept = createHash('sha1').update(`${key.trim()}${GUID}`).digest('base64')
    this.socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    this.#enter(roomOf(head.slice(0, head.indexOf(' HTTP'))))
    return end + 4
  }

  #enter(name) {
    this.#room = rooms.get(name) ?? new Room()
    rooms.set(name, this.#room)
    this.#room.members.add(this)
  }

  /** Handles every whole masked frame. @returns where the rest begins */
  #frames(bytes) {
    let at = 0
    while (bytes.length >= at + 6) {
      const short = bytes[at + 1] & 0x7f
      const mask = at + (short === 126 ? 4 : 2)
      const length = short === 126 ? bytes.readUInt16BE(at + 2) : short
      const end = mask + 4 + length
      if (end > bytes.length) break
      for (let index = 0; index < length; index += 1) bytes[mask + 4 + index] ^= bytes[mask + (index & 3)]
      this.#handle(bytes.utf8Slice(mask + 4, end))
      at = end
    }
    return at
  }

  #handle(text) {
    if (settings.mode === 'broadcast') this.#room.push(frameOf(text))
    else this.#alone.push(frameOf(settings.mode === 'request' ? answerRequest(text) : text))
  }
}

function frameOf(text) {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? 2 : 4
  const bytes = Buffer.allocUnsafe(head + length)
  bytes[0] = 0x81
  bytes[1] = head === 2 ? length : 126
  if (head === 4) bytes.writeUInt16BE(length, 2)
  bytes.utf8Write(text, head)
  return bytes
}

const server = createServer((socket) => new Client(socket))
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => announce(server.address().port))

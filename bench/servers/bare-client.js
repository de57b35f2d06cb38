import { createHash } from 'node:crypto'
import { settings } from './host.js'
import { answerRequest } from './request.js'

/*
 * What Node's sockets can do at best: no checks, no WebSocket library; the same writes that wshub makes, which is one a
 * connection and turn of the event loop, and one frame for the whole room.
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

/**
 * Makes the socket of a client a WebSocket.
 * @param handshake its key, the room, and what has come after it (`head`)
 */
export function serveBare(socket, handshake) {
  return new BareClient(socket, handshake)
}

class BareClient {
  #room
  #alone = new Room()
  #rest

  constructor(socket, { key, room, head }) {
    this.socket = socket
    this.#alone.members.add(this)
    this.#room = rooms.get(room) ?? new Room()
    rooms.set(room, this.#room)
    this.#room.members.add(this)
    socket.setNoDelay(true)
    socket.write(switchingProtocols(key))
    this.#read(head)
    socket.on('data', (chunk) => this.#read(this.#rest.length ? Buffer.concat([this.#rest, chunk]) : chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#room.members.delete(this))
  }

  /** Handles every whole masked frame. */
  #read(bytes) {
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
    this.#rest = bytes.subarray(at)
  }

  #handle(text) {
    if (settings.mode === 'broadcast') this.#room.push(frameOf(text))
    else this.#alone.push(frameOf(settings.mode === 'request' ? answerRequest(text) : text))
  }
}

function switchingProtocols(key) {
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
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

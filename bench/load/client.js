import { connect } from 'node:net'
import { maskedFrame, PONG } from './frame.js'

// One buffer for all sockets: what is read is dealt with before anything else is read.
const SHARED = Buffer.allocUnsafeSlow(256 * 1024)
const NOTHING = Buffer.alloc(0)
const BLANK_LINE = Buffer.from('\r\n\r\n')

/**
 * A WebSocket client that does as little as can be: it finds where frames begin and end, answers pings, and hands
 * messages to its listener as a range of bytes.
 */
export class Client {
  readAt = 0
  pings = 0
  state = 'connecting'
  #rest = NOTHING
  #socket
  #dialect
  #listener
  #settle

  /** @param listener `message(client, bytes, start, end)`, and if it likes `chunk(client)` after each read */
  constructor(index, { port, dialect }, listener) {
    this.index = index
    this.#dialect = dialect
    this.#listener = listener
    this.connected = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    const callback = (length) => this.#read(length)
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: SHARED, callback } })
    this.#socket.once('connect', () => this.#settle.resolve())
    this.#socket.on('error', (error) => this.#lose(error.message))
    this.#socket.on('close', () => this.#lose('closed'))
  }

  /** Sends an HTTP request. @returns resolves once its answer is there and the server takes messages */
  handshake(head) {
    const opened = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.#socket.write(head)
    return opened
  }

  open() {
    this.state = 'open'
    this.#settle.resolve()
  }

  write(bytes) {
    this.#socket.write(bytes)
  }

  /** Ends without leaving a port behind that can't be used for a while. */
  destroy() {
    if (this.state === 'gone') return undefined
    this.state = 'gone'
    return new Promise((resolve) => {
      this.#socket.once('close', resolve)
      this.#socket.resetAndDestroy()
    })
  }

  #lose(why) {
    if (this.state === 'gone') return
    const wasOpen = this.state === 'open'
    this.state = 'gone'
    const error = new Error(`Client ${this.index} has lost its server: ${why}.`)
    if (wasOpen) throw error
    this.#settle.reject(error)
  }

  #read(length) {
    this.readAt = performance.now()
    let bytes = SHARED
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, SHARED.subarray(0, length)])
      length = bytes.length
    }
    const at = this.state === 'connecting' ? this.#head(bytes, length) : this.#frames(bytes, 0, length)
    this.#rest = at < length ? Buffer.from(bytes.subarray(at, length)) : NOTHING
    if (this.#listener.chunk) this.#listener.chunk(this)
  }

  #head(bytes, length) {
    const end = bytes.subarray(0, length).indexOf(BLANK_LINE)
    if (end < 0) return 0
    const status = bytes.latin1Slice(9, 12)
    if (status !== '101' && status !== '200') {
      this.#settle.reject(new Error(`A handshake was refused: ${bytes.latin1Slice(0, length)}`))
      return length
    }
    this.state = 'greeting'
    if (status === '200' || !this.#dialect.take) this.open()
    return status === '200' ? length : this.#frames(bytes, end + 4, length)
  }

  #frames(bytes, at, end) {
    while (end - at >= 2) {
      let length = bytes[at + 1]
      let start = at + 2
      if (length === 126) {
        start = at + 4
        length = (bytes[at + 2] << 8) | bytes[at + 3]
      } else if (length > 126) {
        throw new Error(`A frame with a length byte of ${length}: masked, or larger than any that was sent.`)
      }
      if (start + length > end) break
      const stop = start + length
      const first = bytes[at]
      if ((first & 0x0f) >= 8) this.#control(bytes, at, stop)
      else if (!this.#dialect.take || this.#dialect.take(this, { bytes, start, end: stop, first })) {
        this.#listener.message(this, bytes, start, stop, first)
      }
      at = stop
    }
    return at
  }

  #control(bytes, at, end) {
    const opcode = bytes[at] & 0x0f
    if (opcode === 9) {
      this.pings += 1
      this.#socket.write(maskedFrame(PONG, bytes.subarray(at + 2, end)))
    } else if (opcode === 8) {
      const code = end - at > 2 ? bytes.readUInt16BE(at + 2) : 1005
      this.#lose(`close frame ${code} ${bytes.latin1Slice(Math.min(at + 4, end), end)}`)
    }
  }
}

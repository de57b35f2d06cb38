import { connect } from 'node:net'

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
]

/** A bare TCP client that counts what the server has taken of it. */
export class Attacker {
  #sent = 0

  /** @param server its port and the path of its WebSocket */
  constructor({ port, path }) {
    this.path = path
    this.socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
  }

  get sent() {
    return this.#sent
  }

  /** Asks for the upgrade, with more header lines. @param reads whether what the server sends is read afterwards */
  async open({ lines = [], reads = true, answered = true } = {}) {
    await this.send([`GET ${this.path} HTTP/1.1`, 'Host: 127.0.0.1', ...UPGRADE, ...lines, '', ''].join('\r\n'))
    if (!answered) return this
    await Promise.race([this.#event('data'), this.closed])
    if (reads) this.socket.resume()
    else this.socket.pause()
    return this
  }

  /** Sends bytes until the server stops taking them for a while, or closes. */
  async send(bytes) {
    const before = this.socket.bytesWritten - this.socket.writableLength
    if (!this.socket.destroyed && !this.socket.write(bytes)) await this.#drained()
    this.#sent += Math.max(0, this.socket.bytesWritten - this.socket.writableLength - before)
  }

  #event(name) {
    return new Promise((resolve) => this.socket.once(name, resolve))
  }

  async #drained() {
    let timer
    const late = new Promise((resolve) => (timer = setTimeout(resolve, 300)))
    await Promise.race([this.#event('drain'), this.closed, late])
    clearTimeout(timer)
  }

  end() {
    this.socket.destroy()
  }
}

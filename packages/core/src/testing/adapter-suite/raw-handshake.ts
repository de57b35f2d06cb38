import { connect, type Socket } from 'node:net'
import { realAfter } from '../real-timers.js'

/** Options of a raw handshake. */
export interface RawHandshakeOptions {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds that the answer may take. */
  readonly timeout: number
}

/** A TCP client that sends a handshake, with frames in the same packet. */
export class RawHandshake {
  /** Resolves once the socket has closed. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #options: RawHandshakeOptions
  readonly #answer: Promise<string>
  #sent = false

  constructor(port: number, options: RawHandshakeOptions) {
    this.#options = options
    this.#socket = connect(port, '127.0.0.1').on('error', () => {})
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#answer = this.#read()
    // Without this, an answer that the test does not await could cause an unhandled rejection.
    this.#answer.catch(() => {})
  }

  /** Sends the handshake and text frames after it, in one packet. */
  send(...texts: string[]): this {
    this.#sent = true
    const { path, headers } = this.#options
    const fields = { ...HEADERS, ...headers }
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#socket.write(
      Buffer.concat([Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), ...texts.map(frame)]),
    )
    return this
  }

  /** The status of the answer. */
  async status(): Promise<number> {
    if (!this.#sent) this.send()
    return Number((await this.#answer).split(' ', 2)[1])
  }

  /** The lines of the answer's head, the first one included. */
  async head(): Promise<string[]> {
    if (!this.#sent) this.send()
    return (await this.#answer).split('\r\n')
  }

  /** Resets the connection. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  #read(): Promise<string> {
    const { path, timeout } = this.#options
    return new Promise((resolve, reject) => {
      let text = ''
      const late = (): void => reject(new Error(`expected an answer to ${path} within ${timeout} ms`))
      const cancel = realAfter(timeout, late)
      this.#socket.once('close', () => {
        cancel()
        reject(new Error(`the server closed the socket without an answer to ${path}`))
      })
      this.#socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        const end = text.indexOf('\r\n\r\n')
        if (end < 0) return
        cancel()
        resolve(text.slice(0, end))
      })
    })
  }
}

const HEADERS: Readonly<Record<string, string>> = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
}

/** A text frame of a client, of at most 125 bytes. Its mask is zero. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}

import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { decode, type Frame } from './frame.js'

/** An HTTP answer as it was received. */
export interface Answer {
  readonly status: number
  /** Header lines, unchanged and in order. */
  readonly lines: readonly string[]
  readonly body: string
  /** The value of a header; `undefined` if it is missing. */
  header(name: string): string | undefined
  /** All values of a header that may be repeated. */
  all(name: string): string[]
}

/** Options of a raw client. */
export interface RawOptions {
  readonly tls?: boolean
  /** Milliseconds that each wait may take. @default 10,000 */
  readonly timeout?: number
}

/** A TCP client that sends exactly the given bytes, never closes by itself and keeps every received byte. */
export class RawClient {
  readonly socket: Socket
  /** Resolves when the server has ended the stream or reset it. */
  readonly ended: Promise<void>
  #buffer: Buffer = Buffer.alloc(0)
  #over = false
  #wake: () => void = () => {}
  readonly #timeout: number

  constructor(port: number, { tls = false, timeout = 10_000 }: RawOptions = {}) {
    const target = { host: '127.0.0.1', port, allowHalfOpen: true }
    this.#timeout = timeout
    this.socket = tls ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target)
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake()
    })
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.#over = true
        this.#wake()
        resolve()
      }
      this.socket.on('end', end).on('close', end).on('error', end)
    })
  }

  /** Sends bytes. */
  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this
  }

  /** The next complete HTTP answer; `undefined` if the server ended the stream before its first byte. */
  async answer(): Promise<Answer | undefined> {
    const head = await this.head()
    return head && { ...head, body: (await this.#body(head)).toString() }
  }

  /** The next HTTP answer to a HEAD request, which has no body. */
  async head(): Promise<Omit<Answer, 'body'> | undefined> {
    const end = await this.#until(() => after(this.#buffer, '\r\n\r\n'))
    if (end === undefined) {
      if (this.#buffer.length > 0) throw new Error(`The answer broke off: ${this.#buffer.toString('latin1')}`)
      return undefined
    }
    return readHead(this.#take(end).toString('latin1'))
  }

  /** The status of the next answer; 0 if the server closed the connection. */
  async status(): Promise<number> {
    return (await this.answer())?.status ?? 0
  }

  /** The next WebSocket frame of an accepted connection; `undefined` if the stream ended first. */
  async frame(): Promise<Frame | undefined> {
    const found = await this.#until(() => decode(this.#buffer))
    if (found) this.#take(found.size)
    return found?.frame
  }

  /** The payloads of the next frames as text. */
  async texts(count: number): Promise<(string | undefined)[]> {
    const texts: (string | undefined)[] = []
    while (texts.length < count) texts.push((await this.frame())?.payload.toString())
    return texts
  }

  /** Resets the connection, like a client that crashes. */
  reset(): void {
    if (!this.socket.destroyed) this.socket.resetAndDestroy()
  }

  async #body(head: Omit<Answer, 'body'>): Promise<Buffer> {
    const { status } = head
    const length = head.header('content-length')
    if (status < 200 || status === 204 || status === 304) return Buffer.alloc(0)
    if (head.header('transfer-encoding') === 'chunked') return this.#chunks()
    if (length === undefined) return this.#rest()
    const whole = await this.#until(() => (this.#buffer.length >= Number(length) ? true : undefined))
    if (!whole) throw new Error(`The body broke off after ${this.#buffer.length} of ${length} bytes.`)
    return this.#take(Number(length))
  }

  async #chunks(): Promise<Buffer> {
    const chunks: Buffer[] = []
    for (;;) {
      const line = await this.#until(() => after(this.#buffer, '\r\n'))
      if (line === undefined) throw new Error('The chunked body broke off.')
      const size = parseInt(this.#take(line).toString(), 16)
      if (!(await this.#until(() => (this.#buffer.length >= size + 2 ? true : undefined)))) {
        throw new Error('The chunked body broke off.')
      }
      chunks.push(this.#take(size + 2).subarray(0, size))
      if (size === 0) return Buffer.concat(chunks)
    }
  }

  async #rest(): Promise<Buffer> {
    await this.#until(() => (this.#over ? true : undefined))
    return this.#take(this.#buffer.length)
  }

  #take(size: number): Buffer {
    const taken = this.#buffer.subarray(0, size)
    this.#buffer = this.#buffer.subarray(size)
    return taken
  }

  async #until<T>(look: () => T | undefined): Promise<T | undefined> {
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.#wake()
    }, this.#timeout)
    try {
      for (;;) {
        const found = look()
        if (found !== undefined || this.#over) return found
        if (late) throw new Error(`Nothing came within ${this.#timeout} ms; so far: ${this.#buffer.toString('latin1')}`)
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

function after(buffer: Buffer, mark: string): number | undefined {
  const index = buffer.indexOf(mark)
  return index < 0 ? undefined : index + mark.length
}

function readHead(text: string): Omit<Answer, 'body'> {
  const [first = '', ...lines] = text.trimEnd().split('\r\n')
  const all = (name: string): string[] =>
    lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)).map(valueOf)
  return { status: Number(first.split(' ')[1]), lines, all, header: (name) => all(name)[0] }
}

function valueOf(line: string): string {
  return line.slice(line.indexOf(':') + 1).trim()
}

import type { IncomingMessage } from 'node:http'
import WebSocket, { type ClientOptions } from 'ws'

/** A handshake that was not answered with 101. */
export class Refused extends Error {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string

  constructor({ statusCode = 0, headers }: IncomingMessage, body: string) {
    super(`refused with ${statusCode}: ${body.slice(0, 200)}`)
    this.status = statusCode
    this.headers = headers
    this.body = body
  }
}

/** The options of a client. */
export interface WsOptions extends ClientOptions {
  readonly protocols?: readonly string[]
}

/** A client of the ws library that listens from before the handshake, so that it misses no message. */
export class WsClient {
  readonly socket: WebSocket
  readonly messages: string[] = []
  /** The header names and values of the 101, alternating. */
  rawHeaders: readonly string[] = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #wake: () => void = () => {}

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      this.messages.push(data.toString())
      this.#wake()
    })
    socket.on('upgrade', ({ rawHeaders }) => {
      this.rawHeaders = rawHeaders
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() })
        this.#wake()
      })
    })
  }

  /** Connects. @throws Refused if the answer is not 101 */
  static open(url: string, { protocols = [], ...options }: WsOptions = {}): Promise<WsClient> {
    const socket = new WebSocket(url, [...protocols], { handshakeTimeout: 10_000, ...options })
    const client = new WsClient(socket)
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client))
      socket.on('error', reject)
      socket.once('unexpected-response', (_, response) => void refused(response).then(reject, reject))
    })
  }

  /** Sends a text frame. */
  send(data: string): this {
    this.socket.send(data)
    return this
  }

  /** Resolves once `count` messages have arrived. @returns all of them */
  async received(count: number): Promise<readonly string[]> {
    const deadline = setTimeout(() => this.socket.terminate(), 10_000)
    while (this.messages.length < count && this.socket.readyState !== WebSocket.CLOSED) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    clearTimeout(deadline)
    if (this.messages.length < count) throw new Error(`expected ${count} messages, got ${this.messages.length}`)
    return this.messages
  }

  /** Every value of a header of the 101. */
  all(name: string): string[] {
    return this.rawHeaders.filter((_, index) => index % 2 === 1 && this.rawHeaders[index - 1]?.toLowerCase() === name)
  }

  /** Closes the connection. @returns resolves once it is closed */
  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }
}

async function refused(response: IncomingMessage): Promise<Refused> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return new Refused(response, Buffer.concat(chunks).toString())
}

/** The refusal of a handshake. @throws Error if it was accepted */
export async function refusal(opening: Promise<WsClient>): Promise<Refused> {
  try {
    const client = await opening
    client.socket.terminate()
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
  throw new Error('The handshake was not refused.')
}

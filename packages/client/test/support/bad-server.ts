import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { Client, type ClientOptions } from '../../src/index.js'

/** A message of a client as the server parses it. */
export interface Asked {
  readonly type: string
  readonly id?: string | number
  readonly payload?: unknown
}

/** Answers a message of a client, or ignores it. */
export type Script = (socket: WebSocket, asked: Asked) => void

/** A server that follows a script. */
export class BadServer {
  readonly clients: Client[] = []
  /** Handshakes that have succeeded. */
  accepted = 0
  /** What the clients have reported to `onError`. */
  readonly errors: unknown[] = []
  /** The TCP socket of each connection. */
  readonly streams: Socket[] = []
  readonly #server: WebSocketServer

  private constructor(script: Script, options: ServerOptions) {
    this.#server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
    this.#server.on('connection', (socket, { socket: stream }) => {
      this.accepted += 1
      this.streams.push(stream)
      socket.on('error', () => undefined)
      socket.on('message', (data: Buffer) => script(socket, JSON.parse(data.toString()) as Asked))
    })
  }

  static async open(script: Script, options: ServerOptions = {}): Promise<BadServer> {
    const server = new BadServer(script, options)
    await once(server.#server, 'listening')
    return server
  }

  /** Its connections. */
  get sockets(): readonly WebSocket[] {
    return [...this.#server.clients]
  }

  client(options: ClientOptions): Client {
    const { port } = this.#server.address() as AddressInfo
    const client = new Client(`ws://127.0.0.1:${port}`, { reconnect: { firstWait: 200, maxWait: 400 }, ...options })
    client.onError((error) => this.errors.push(error))
    this.clients.push(client)
    return client
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close()
    for (const socket of this.sockets) socket.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** Sends a typed message. */
export function send(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message))
}

/** Answers the greeting and every request with its own payload. */
export function behave(socket: WebSocket, { type, id, payload }: Asked): void {
  if (id !== undefined) send(socket, { type: 'reply', id, payload: type === 'hub:hello' ? { version: 1 } : payload })
}

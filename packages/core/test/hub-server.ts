import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createConnection, type Socket } from 'node:net'
import {
  attach,
  type Connection,
  type HubError,
  type Identity,
  Hub,
  type HubOptions,
  type Stage,
} from '../src/index.js'
import { Upgrader } from '../src/adapter/index.js'
import { connect, type ConnectOptions, type TestClient } from '../src/testing/index.js'
import { handshake } from '../../../test/support/request.js'

/** A failure as `onError` got it. */
export interface Failure {
  readonly error: unknown
  readonly stage: Stage
}

/** The identity of a client, or the describe function. */
type Peer = Identity | (() => Promise<Identity>)

const hubServers: HubServer[] = []

/** Closes what the tests of a file have opened; for `afterEach`. */
export async function closeHubServers(): Promise<void> {
  await Promise.all(hubServers.splice(0).map((hubServer) => hubServer.close()))
}

/** A hub behind node:http, with the smallest possible adapter. */
export class HubServer {
  readonly hub: Hub
  readonly failures: Failure[] = []
  /** The server sides of the real sockets, oldest first. */
  readonly sockets: Socket[] = []
  readonly #ends: (() => unknown)[] = []
  readonly #upgrader: Upgrader<unknown>
  readonly #listener: RequestListener
  readonly #peers = new Map<string, Peer>()
  #server: Promise<Server> | undefined

  constructor(options: HubOptions = {}) {
    this.hub = new Hub({ onError: (error, { stage }) => this.failures.push({ error, stage }), ...options })
    this.#upgrader = new Upgrader(this.hub)
    this.#listener = (request, response) => {
      const info = { host: request.headers.host, address: undefined, secure: false }
      const admitted = this.#upgrader.admit(request, info, () => {
        const peer = this.#peers.get(request.url ?? '') ?? {}
        return typeof peer === 'function' ? peer() : peer
      })
      void admitted.then(
        ({ status, headers, body, sent }) => sent || response.writeHead(status, headers).end(body),
        // The answer of frameworks to an error of the app.
        ({ status, message }: Partial<HubError>) => response.writeHead(status ?? 500).end(message),
      )
    }
    hubServers.push(this)
  }

  /** Connects without a network. */
  async connect(
    peer: Peer = {},
    options: ConnectOptions = {},
  ): Promise<{ client: TestClient; connection: Connection }> {
    const path = this.#invite(peer)
    const client = await connect(this.#listener, path, options)
    return { client, connection: this.find(path) }
  }

  /** Sends a handshake over TCP and then nothing, not even a pong. */
  async silent(): Promise<{ socket: Socket; connection: Connection }> {
    const path = this.#invite({})
    const socket = createConnection(await this.port(), '127.0.0.1').on('error', () => {})
    this.#ends.push(() => socket.destroy())
    socket.write(handshake(path))
    await once(socket, 'data')
    socket.resume()
    return { socket, connection: this.find(path) }
  }

  find(path: string): Connection {
    const found = [...this.hub.connections.values()].find(({ handshake: { url } }) => url === path)
    if (!found) throw new Error(`expected a connection of ${path}, found none`)
    return found
  }

  async port(): Promise<number> {
    this.#server ??= this.#listen()
    return ((await this.#server).address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) end()
    await this.hub.close({ within: 200 })
    const server = await this.#server
    if (!server) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  #invite(peer: Peer): string {
    const path = `/${this.#peers.size}`
    this.#peers.set(path, peer)
    return path
  }

  async #listen(): Promise<Server> {
    const server = createServer(this.#listener)
    attach(server)
    server.on('connection', (socket) => this.sockets.push(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
}

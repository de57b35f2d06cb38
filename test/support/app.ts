import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createConnection, type Socket } from 'node:net'
import { type Connection, type Identity, Hub, type HubOptions, type Stage } from '@wshub/core'
import { connect, type TestClient } from '@wshub/core/testing'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import WebSocket, { type ClientOptions } from 'ws'
import { bytesOf } from './client-frame.js'
import { type Fields, handshake } from './request.js'

/** A failure that `onError` got. */
export interface Failure {
  readonly error: unknown
  readonly stage: Stage
  readonly connection: Connection | undefined
}

/** A client and its connection on the hub. */
export interface ConnectedClient {
  readonly client: TestClient
  readonly connection: Connection
}

/** A WebSocket client on a real socket that keeps the messages that it gets. */
export interface SocketClient {
  readonly ws: WebSocket
  readonly connection: Connection
  readonly texts: string[]
}

/** A bare TCP client after its handshake. */
export interface StalledClient {
  readonly socket: Socket
  /** The 101. */
  readonly head: string
  readonly connection: Connection
}

const testApps: TestApp[] = []

/** Closes what the tests of a file have opened; for `afterEach`. */
export async function closeApps(): Promise<void> {
  await Promise.all(testApps.splice(0).map((testApp) => testApp.close()))
}

/** One hub behind a small Express app. The query of a handshake has the identity: `user`, `session` and `rooms=a,b`. */
export class TestApp {
  readonly hub: Hub
  readonly app = express()
  readonly failures: Failure[] = []
  /** The server sides of the real sockets, oldest first. */
  readonly sockets: Socket[] = []
  readonly #ends: (() => unknown)[] = []
  #server: Promise<Server> | undefined
  #count = 0

  constructor(options: HubOptions = {}, more: Identity = {}) {
    this.hub = new Hub({ onError: (error, failure) => this.failures.push({ error, ...failure }), ...options })
    this.app.get(
      '/ws',
      upgrade(this.hub, ({ query }) => {
        const { user, session, rooms } = query as Record<string, string | undefined>
        return {
          ...(user !== undefined && { user }),
          ...(session !== undefined && { session }),
          rooms: rooms ? rooms.split(',') : [],
          ...more,
        }
      }),
    )
    testApps.push(this)
  }

  /** The stages of the failures so far. */
  get stages(): Stage[] {
    return this.failures.map(({ stage }) => stage)
  }

  /** Connects without a network. */
  async enter(query = ''): Promise<TestClient> {
    return connect(this.app, this.#path(query))
  }

  /** Connects without a network. @returns the client and its connection on the hub */
  async connect(query = ''): Promise<ConnectedClient> {
    const path = this.#path(query)
    const client = await connect(this.app, path)
    return { client, connection: this.#find(path) }
  }

  /** Connects over a socket of 127.0.0.1. */
  async dial(query = '', options: ClientOptions = {}): Promise<SocketClient> {
    const path = this.#path(query)
    const ws = new WebSocket(`ws://127.0.0.1:${await this.port()}${path}`, options)
    const texts: string[] = []
    ws.on('message', (data: Buffer) => texts.push(data.toString()))
    this.#ends.push(() => ws.terminate())
    await once(ws, 'open')
    return { ws, connection: this.#find(path), texts }
  }

  /** Sends a handshake over TCP, with additional headers if given, and then reads nothing. */
  async stall(query = '', fields: Fields = {}): Promise<StalledClient> {
    const path = this.#path(query)
    const socket = createConnection(await this.port(), '127.0.0.1').on('error', () => {})
    this.#ends.push(() => socket.destroy())
    socket.write(handshake(path, { fields }))
    const [head] = (await once(socket, 'data')) as [Buffer]
    socket.pause()
    return { socket, head: head.toString(), connection: this.#find(path) }
  }

  async port(): Promise<number> {
    return ((await this.server()).address() as AddressInfo).port
  }

  server(): Promise<Server> {
    return (this.#server ??= this.#listen())
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

  async #listen(): Promise<Server> {
    const server = createServer(this.app)
    attach(server)
    server.on('connection', (socket) => this.sockets.push(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  #path(query: string): string {
    this.#count += 1
    return `/ws?${query}&n=${this.#count}`
  }

  #find(path: string): Connection {
    const found = [...this.hub.connections.values()].find(({ handshake: { url } }) => url === path)
    if (!found) throw new Error(`expected a connection of ${path}, found none`)
    return found
  }
}

const UNMASKED = Buffer.alloc(4)

/** A client's frame (RFC 6455 section 5.2), masked with zeros; the first byte may contain reserved bits. */
export function clientFrame(opcode: number, payload: Buffer, fin = true): Buffer {
  return bytesOf({ opcode, payload, fin, mask: UNMASKED })
}

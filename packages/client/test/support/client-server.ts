import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket } from 'ws'
import express, { type Request } from 'express'
import { attach, upgrade } from '@wshub/express'
import { Hub, type HubOptions, type Identity } from '@wshub/core'
import { Client, type ClientOptions, type Status } from '../../src/index.js'

type Describe = (request: Request) => Identity

/** A hub in an Express app on a port of its own, and clients of it. */
export class ClientServer {
  readonly clients: Client[] = []
  hub: Hub
  #server: Server
  readonly #options: HubOptions
  readonly #describe: Describe
  #port = 0

  private constructor(options: HubOptions, describe: Describe) {
    this.#options = options
    this.#describe = describe
    ;[this.hub, this.#server] = this.#start()
  }

  static async open(options: HubOptions = {}, describe: Describe = () => ({})): Promise<ClientServer> {
    const stage = new ClientServer(options, describe)
    await stage.#listen()
    return stage
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/ws`
  }

  /** A client with short waits. */
  client(options: ClientOptions = {}, query = ''): Client {
    const client = new Client(this.url + query, { WebSocket, reconnect: { firstWait: 200, maxWait: 400 }, ...options })
    this.clients.push(client)
    return client
  }

  /** Kills every connection and the server, as a crash would. */
  async kill(): Promise<void> {
    this.#server.closeAllConnections()
    for (const connection of this.hub.connections.values()) connection.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Starts another server on the same port, with a new hub that has no state of the previous one. */
  async restart(): Promise<void> {
    ;[this.hub, this.#server] = this.#start()
    await this.#listen()
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close()
    await this.hub.close({ within: 0 })
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #start(): [Hub, Server] {
    const hub = new Hub({ onError: () => undefined, ...this.#options })
    const app = express()
    app.get('/ws', upgrade(hub, this.#describe))
    const server = createServer(app)
    attach(server, { refusals: 'close', bearerProtocol: true })
    return [hub, server]
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }
}

/** Resolves with the first status that a client has, or comes to, in a state. */
export function statusOf<State extends Status['state']>(
  client: Client,
  state: State,
): Promise<Extract<Status, { readonly state: State }>> {
  const isSought = (status: Status): status is Extract<Status, { readonly state: State }> => status.state === state
  return new Promise((resolve) => {
    const look = (status: Status): void => {
      if (!isSought(status)) return
      stop()
      resolve(status)
    }
    const stop = client.onStatus(look)
    look(client.status)
  })
}

/** Resolves with the next value that a listener gets. */
export function nextOf<Value>(listen: (listener: (value: Value) => void) => () => void): Promise<Value> {
  return new Promise((resolve) => {
    const stop = listen((value) => {
      stop()
      resolve(value)
    })
  })
}

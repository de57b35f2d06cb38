import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import WebSocket, { WebSocketServer } from 'ws'
import type { HubOptions } from '../../api/hub-options.js'
import { Hub } from '../../api/hub.js'
import type { HandshakeRefused, TestClient } from '../client.js'
import { HandshakeRefused as Refused } from '../client.js'
import { type ConnectOptions, opened } from '../connect.js'
import { realDelay } from '../real-timers.js'
import type { AdapterApp, AdapterRoute, AdapterServer, AdapterUpgrade } from './adapter-app.js'
import { RawHandshake } from './raw-handshake.js'

/** Starts the app of a test. */
export type StartApp = (app: AdapterApp) => AdapterServer | Promise<AdapterServer>

/** A response of the app, as it was when it closed. */
export interface LoggedResponse {
  readonly method: string
  readonly url: string
  readonly status: number
}

/** The app, its hubs and its clients in one test. */
export class AdapterStage {
  /** What the app's error handler got. */
  readonly errors: unknown[] = []
  /** Responses that have closed, in that order. */
  readonly log: LoggedResponse[] = []
  /** The number of requests whose response has not closed. */
  open = 0
  readonly #start: StartApp
  readonly #timeout: number
  readonly #undo: (() => unknown)[] = []
  #app: AdapterServer | undefined

  constructor(start: StartApp, timeout: number) {
    this.#start = start
    this.#timeout = timeout
  }

  /** A hub that closes with the test. */
  hub(options: HubOptions = {}): Hub {
    const hub = new Hub({ warnings: false, ...options })
    this.#undo.push(() => hub.close({ within: 0 }))
    return hub
  }

  /** A WebSocket server of ws for `handOver()`. */
  socketServer(): WebSocketServer {
    const server = new WebSocketServer({ noServer: true })
    this.#undo.push(() => server.close())
    return server
  }

  /** A route with `upgrade()`. */
  route(path: string, upgrade: AdapterUpgrade, ...steps: AdapterRoute['steps']): AdapterRoute {
    return { path, steps, upgrade }
  }

  /** Starts an app. Omitted members are empty; by default errors are answered with 500 and unknown paths with 404. */
  async start(app: Partial<AdapterApp>): Promise<void> {
    const running = await this.#start({
      prefix: '',
      steps: [],
      routes: [],
      scopes: [],
      attach: {},
      trustProxy: false,
      around: undefined,
      onError: (error) => {
        this.errors.push(error)
        return { status: 500, headers: { 'X-Answer': 'of the error handler' }, body: 'The app failed.' }
      },
      notFound: () => ({ status: 404, headers: { 'X-Answer': 'of the app' }, body: 'No such page.' }),
      ...app,
    })
    this.#app = running
    running.server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#watch(request, response))
    if (!running.server.listening) await once(running.server.listen(0, '127.0.0.1'), 'listening')
  }

  /** Connects. @throws HandshakeRefused if the answer is not 101 */
  async connect(path: string, { headers = {}, protocols = [] }: ConnectOptions = {}): Promise<TestClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}${path}`, [...protocols], {
      headers,
      handshakeTimeout: this.#timeout,
    })
    this.#undo.push(() => socket.terminate())
    return opened(socket, this.#timeout)
  }

  /** The refusal of a handshake. @throws Error if the handshake is accepted */
  async refusal(path: string, options: ConnectOptions = {}): Promise<HandshakeRefused> {
    try {
      await this.connect(path, options)
    } catch (error) {
      if (error instanceof Refused) return error
      throw error
    }
    throw new Error(`${path} let the client in, expected a refusal`)
  }

  /** The HTTP status that a handshake gets. */
  async status(path: string, options: ConnectOptions = {}): Promise<number> {
    const handshake = this.raw(path, options.headers)
    return handshake.status()
  }

  /** Requests a page. */
  async page(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`)
  }

  /** A client that sends a handshake as bytes. */
  raw(path: string, headers: Readonly<Record<string, string>> = {}): RawHandshake {
    const handshake = new RawHandshake(this.port, { path, headers, timeout: this.#timeout })
    this.#undo.push(() => handshake.reset())
    return handshake
  }

  /** Undoes `attach`. */
  detach(): void {
    this.#running.detach?.()
  }

  /** Waits until a condition holds. @throws Error that names `what` if it does not hold in time */
  async until(what: string, condition: () => boolean): Promise<void> {
    const deadline = performance.now() + this.#timeout
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`expected within ${this.#timeout} ms: ${what}`)
      await realDelay(2)
    }
  }

  /** The port of the app. */
  get port(): number {
    return (this.#running.server.address() as AddressInfo).port
  }

  /** Ends the test. */
  async close(): Promise<void> {
    for (const undo of this.#undo.toReversed()) await undo()
    if (!this.#app) return
    const { server } = this.#app
    server.closeAllConnections()
    await this.#app.close?.()
    if (server.listening) await once(server.close(), 'close')
  }

  get #running(): AdapterServer {
    if (!this.#app) throw new Error('The app of this test was not started.')
    return this.#app
  }

  #watch({ method = '', url = '' }: IncomingMessage, response: ServerResponse): void {
    this.open += 1
    response.once('close', () => {
      this.open -= 1
      this.log.push({ method, url, status: response.statusCode })
    })
  }
}

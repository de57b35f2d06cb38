import { createServer, type IncomingMessage, type RequestListener, Server } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import WebSocket from 'ws'
import { attach } from '../upgrade/attach.js'
import { isAttached } from '../upgrade/other-listeners.js'
import { kindOf } from '../util/option-rules.js'
import { HandshakeRefused, TestClient } from './client.js'
import { isIoFaked } from './real-timers.js'
import type { TestSocket } from './test-socket.js'

/** An app to connect to: its server, on which `attach` was called, or its request handler. */
export type TestTarget = Server | RequestListener

/** Options of `connect`. */
export interface ConnectOptions {
  /** Request headers: a cookie, an Authorization, an Origin. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[] | undefined
  /** Milliseconds that the handshake, and each `next()` and `request()`, may take. @default 2,000 */
  readonly timeout?: number | undefined
}

const servers = new WeakMap<RequestListener, Server>()

/**
 * Connects to an app inside this process: no port is opened, but every byte of HTTP and WebSocket is real.
 * @param target a server that `attach` was called on, or an app: `express()`, `koa.callback()`
 * @param path path and query of the route
 * @returns the client, once the 101 has arrived
 * @throws HandshakeRefused if the app answers anything else; Error if the server is not attached or timers are faked;
 * TypeError if the target is neither a server nor a request handler
 */
export async function connect(target: TestTarget, path: string, options: ConnectOptions = {}): Promise<TestClient> {
  return opened(webSocketTo(target, path, options), options.timeout ?? DEFAULT_CONNECT_TIMEOUT_MS)
}

/**
 * A socket of `ws` to an app inside this process, for clients that speak another protocol.
 * @throws Error if the server is not attached or timers are faked; TypeError if the target is neither a server nor a
 * request handler
 */
export function openSocket(target: TestTarget, path: string, options: ConnectOptions = {}): TestSocket {
  return webSocketTo(target, path, options)
}

function webSocketTo(target: TestTarget, path: string, options: ConnectOptions): WebSocket {
  const { headers = {}, protocols = [], timeout = DEFAULT_CONNECT_TIMEOUT_MS } = options
  if (isIoFaked()) throw new Error(FAKE_TIMERS)
  const server = serverOf(target)
  if (!isAttached(server)) throw new Error(NOT_ATTACHED)
  const [near, far] = duplexPair()
  deliverLater(near)
  deliverLater(far)
  near.once('close', () => far.destroy())
  far.once('close', () => near.destroy())
  const socket = new WebSocket(`ws://localhost${path}`, [...protocols], {
    headers,
    handshakeTimeout: timeout,
    createConnection: () => asSocket(near) as never,
  })
  server.emit('connection', asSocket(far))
  return socket
}

const DEFAULT_CONNECT_TIMEOUT_MS = 2000

const NOT_ATTACHED =
  'connect() needs a server that brings its upgrades to an app: call attach(server) before, or await app.ready() of a ' +
  'Fastify app with the plugin.'

const FAKE_TIMERS =
  'connect() needs real timers for I/O: leave out setImmediate, nextTick and queueMicrotask, as in ' +
  "jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }), or fake the timers after connecting."

const ADDRESS = {
  remoteAddress: '127.0.0.1',
  remoteFamily: 'IPv4',
  remotePort: 0,
  localAddress: '127.0.0.1',
  localPort: 0,
} as const

/**
 * Makes bytes arrive after the call that writes them has returned, as they do on a socket. If the answer to a close frame came
 * inside the call that sends the frame, ws would start its timer for the close handshake twice, and stop one.
 */
function deliverLater(stream: Duplex): void {
  // oxlint-disable-next-line no-underscore-dangle -- the method in which a stream writes
  const write = stream._write.bind(stream)
  // oxlint-disable-next-line no-underscore-dangle -- the same
  stream._write = (chunk, encoding, done) => process.nextTick(write, chunk, encoding, done)
}

/** Adds the members of a socket that Node's HTTP server needs and a stream lacks. */
function asSocket(stream: Duplex): Duplex {
  const self = (): Duplex => stream
  return Object.assign(stream, ADDRESS, {
    setTimeout: self,
    setNoDelay: self,
    setKeepAlive: self,
    ref: self,
    unref: self,
  })
}

function serverOf(target: TestTarget): Server {
  if (target instanceof Server) return target
  const known = servers.get(target)
  if (known) return known
  if (typeof target !== 'function')
    throw new TypeError(`connect() needs an http.Server or a request handler${targetHint(target)}`)
  const server = createServer(target)
  attach(server)
  servers.set(target, server)
  return server
}

/** What to pass instead of the app of a framework. */
function targetHint(target: unknown): string {
  const app = Object(target) as Record<string, unknown>
  if (typeof app['callback'] === 'function') return ': pass app.callback().'
  return app['server'] instanceof Server ? ': pass app.server.' : `, not ${kindOf(target)}.`
}

/**
 * A client on a socket, once it is open.
 * @internal
 * @throws HandshakeRefused if the app answers anything else than 101
 */
export function opened(socket: WebSocket, timeout: number): Promise<TestClient> {
  return new Promise((resolve, reject) => {
    const client = new TestClient(socket, timeout)
    socket.once('open', () => resolve(client))
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response: IncomingMessage) => {
      bodyOf(response).then((body) => reject(new HandshakeRefused(response, body)), reject)
    })
  })
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return body
}

import { createServer, type IncomingMessage, type RequestListener, Server } from 'node:http'
import { duplexPair } from 'node:stream'
import WebSocket from 'ws'
import { attach } from '../upgrade/attach.js'
import { HandshakeRefused, TestClient } from './client.js'

/** An app to connect to: its server, on which `attach` was called, or what handles its requests. */
export type TestTarget = Server | RequestListener

/** How to connect. */
export interface ConnectOptions {
  /** Request headers: a cookie, an Authorization, an Origin. */
  readonly headers?: Readonly<Record<string, string>>
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[]
  /** Milliseconds that the handshake, and each `next()` and `request()`, may take. @default 2,000 */
  readonly timeout?: number
}

const servers = new WeakMap<RequestListener, Server>()

/**
 * Connects to an app inside this process: no port is opened, but every byte of HTTP and WebSocket is real.
 * @param target a server that `attach` was called on, or an app: `express()`, `koa.callback()`
 * @param path path and query of the route
 * @returns the client, once the 101 is there
 * @throws HandshakeRefused where the app answers anything else
 */
export function connect(target: TestTarget, path: string, options: ConnectOptions = {}): Promise<TestClient> {
  const { headers = {}, protocols = [], timeout = 2000 } = options
  const [near, far] = duplexPair()
  near.once('close', () => far.destroy())
  far.once('close', () => near.destroy())
  const socket = new WebSocket(`ws://localhost${path}`, [...protocols], {
    headers,
    handshakeTimeout: timeout,
    createConnection: () => near as never,
  })
  serverOf(target).emit('connection', far)
  return opened(socket, timeout)
}

function serverOf(target: TestTarget): Server {
  if (target instanceof Server) return target
  const known = servers.get(target)
  if (known) return known
  const server = createServer(target)
  attach(server)
  servers.set(target, server)
  return server
}

function opened(socket: WebSocket, timeout: number): Promise<TestClient> {
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

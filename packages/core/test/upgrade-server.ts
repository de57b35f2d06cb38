import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { RawClient } from '../../../test/support/raw.js'
import { attach, type AttachOptions, type Identity, Hub, type HubOptions } from '../src/index.js'
import { Upgrader, type UpgradeOptions } from '../src/adapter/index.js'

// The upgrade without a framework: a server of node:http, an app of one function, and an upgrader.

const undo: (() => unknown)[] = []

/** Adds a function that is called after the test. */
export function undoLater(one: () => unknown): void {
  undo.push(one)
}

/** Closes what the tests of a file have opened; for `afterEach`. */
export async function undoAll(): Promise<void> {
  for (const one of undo.splice(0).toReversed()) await one()
}

type Before = (request: IncomingMessage, response: ServerResponse) => unknown
type Admit = (
  request: IncomingMessage,
  response: ServerResponse,
  describe?: () => Identity | Promise<Identity>,
) => Promise<void>

/** A hub and the handler that accepts clients. */
export function newUpgrader(options: UpgradeOptions = {}, hubOptions: HubOptions = {}): { hub: Hub; admit: Admit } {
  const hub = new Hub({ onError: () => {}, ...hubOptions })
  undo.push(() => hub.close({ within: 0 }))
  return { hub, admit: admitTo(hub, options) }
}

/** The handler of a route that accepts clients for a hub. */
export function admitTo(hub: Hub, options: UpgradeOptions = {}): Admit {
  const upgrader = new Upgrader(hub, options)
  return async (request, response, describe = () => ({})) => {
    const info = { host: request.headers.host, address: '192.0.2.1', secure: false }
    try {
      const { status, headers, body, sent } = await upgrader.admit(request, info, describe)
      if (!sent) response.writeHead(status, headers).end(body)
    } catch (error) {
      response.writeHead((error as { status?: number }).status ?? 500).end(String(error))
    }
  }
}

/** A server that runs an app. */
export async function openServer(app: RequestListener | undefined, options?: AttachOptions, attached = true) {
  const server = app ? createServer(app) : createServer()
  const detach = attached ? attach(server, options) : () => {}
  const sockets: Socket[] = []
  server.on('connection', (socket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  undo.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return { server, detach, rawClient: (bytes?: string) => rawClientOf(server, bytes) }
}

/** A client that has sent these bytes. */
export function rawClientOf(server: Server, bytes = handshake()): RawClient {
  const client = new RawClient((server.address() as AddressInfo).port)
  undo.push(() => client.socket.destroy())
  return client.send(bytes)
}

export function handshake(path = '/', ...lines: string[]): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...lines,
    '',
    '',
  ].join('\r\n')
}

/** A text frame of a client, masked with zeros. */
export function text(payload: string): string {
  return `\x81${String.fromCharCode(0x80 | payload.length)}\0\0\0\0${payload}`
}

/** An app that runs a function first and then accepts the client. */
export function acceptingApp(before: Before = () => {}, hubOptions: HubOptions = {}) {
  const { hub, admit } = newUpgrader({}, hubOptions)
  const app: RequestListener = (request, response) => {
    void Promise.resolve(before(request, response)).then(() => admit(request, response))
  }
  return { hub, app }
}

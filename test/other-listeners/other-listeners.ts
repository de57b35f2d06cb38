import type { Server } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { buildSchema } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { Server as SocketIo } from 'socket.io'
import { io } from 'socket.io-client'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { WsClient } from '../support/ws-client.js'

/** An open connection to another listener, which echoes. */
export interface EchoConnection {
  /** @returns the text that comes back */
  say(text: string): Promise<string>
  close(): unknown
}

/** Another WebSocket library on the same HTTP server. */
export interface OtherListener {
  readonly name: string
  /** Sets it up on a server. @returns a function that ends it */
  join(server: Server): () => unknown
  open(port: number): Promise<EchoConnection>
}

function socketIo(name: string, options: ConstructorParameters<typeof SocketIo>[0] = {}): OtherListener {
  const join: OtherListener['join'] = (server) => {
    const all = new SocketIo(server, options as object)
    all.on('connection', (socket) => socket.on('say', (text: string, answer: (text: string) => void) => answer(text)))
    return () => {
      all.disconnectSockets(true)
      all.engine.close()
    }
  }
  return { name, join, open: openSocketIo }
}

/** Connects as the client does by default: polling first, then a WebSocket. */
async function openSocketIo(port: number): Promise<EchoConnection> {
  const socket = io(`http://127.0.0.1:${port}`, { reconnection: false, forceNew: true })
  const lost = new Promise<never>((_, reject) => {
    socket.on('connect_error', reject)
    socket.on('disconnect', (reason) => reject(new Error(reason)))
    socket.io.once('open', () => socket.io.engine.once('upgradeError', reject))
  })
  lost.catch(() => socket.disconnect())
  const upgraded = new Promise<void>((resolve) => {
    socket.io.once('open', () => socket.io.engine.once('upgrade', () => resolve()))
  })
  await Promise.race([upgraded, lost])
  return {
    say: (text) => Promise.race([new Promise<string>((resolve) => socket.emit('say', text, resolve)), lost]),
    close: () => socket.disconnect(),
  }
}

const schema = buildSchema('type Query { say(text: String!): String }')
const roots = { query: { say: ({ text }: { text: string }) => text } }

function serveGraphql(sockets: WebSocketServer): () => unknown {
  return useServer({ schema, roots }, sockets).dispose
}

async function openGraphql(port: number, path: string): Promise<EchoConnection> {
  const url = `ws://127.0.0.1:${port}${path}`
  const query = 'query ($text: String!) { say(text: $text) }'
  const client = await new Promise<Client>((resolve, reject) => {
    const options = { url, webSocketImpl: WebSocket, retryAttempts: 0, lazy: false, onNonLazyError: reject }
    const opening = createClient({ ...options, on: { connected: () => resolve(opening) } })
  })
  const say = async (text: string): Promise<string> => {
    for await (const { data } of client.iterate({ query, variables: { text } })) return String(data?.['say'])
    throw new Error('No answer.')
  }
  return { say, close: () => client.dispose() }
}

function serveEcho(sockets: WebSocketServer): () => void {
  sockets.on('connection', (socket) => {
    socket.on('error', () => socket.terminate())
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  return () => {
    for (const client of sockets.clients) client.terminate()
    sockets.close()
  }
}

/** A connection to an echoing WebSocket server. */
export async function openEcho(port: number, path: string, options: Parameters<typeof WsClient.open>[1] = {}) {
  const client = await WsClient.open(`ws://127.0.0.1:${port}${path}`, options)
  let count = 0
  const say = async (text: string): Promise<string> => {
    const answers = await client.send(text).received(++count)
    return String(answers[count - 1])
  }
  return { client, say, close: () => client.socket.terminate() }
}

type Takes = (path: string, protocol: string | undefined) => boolean

/** A ws server behind its own upgrade listener, which takes only the upgrades that `takes` matches. */
function listening(server: Server, takes: Takes, others: 'leaves' | 'destroys' = 'leaves'): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (takes(pathname, request.headers['sec-websocket-protocol']))
      sockets.handleUpgrade(request, socket, head, (one) => sockets.emit('connection', one, request))
    else if (others === 'destroys') socket.destroy()
  })
  return sockets
}

const onServer = (server: Server, options: ServerOptions = {}): WebSocketServer =>
  new WebSocketServer({ ...options, server })

/** Resolves after the one second that socket.io waits for other listeners to take an upgrade: until then its timers are active. */
export const socketIoTimersOver = (): Promise<void> => setTimeout(1000)

export const socketIoByDefault = socketIo('socket.io')

export const socketIoWithoutTimer = socketIo('socket.io with destroyUpgrade: false', { destroyUpgrade: false })

/** The setup of the graphql-ws docs. */
export const graphqlOnPath: OtherListener = {
  name: 'graphql-ws on { server, path }',
  join: (server) => serveGraphql(onServer(server, { path: '/graphql' })),
  open: (port) => openGraphql(port, '/graphql'),
}

/** The setup of the graphql-ws docs for a server with several WebSocket servers. */
export const graphqlBehindListener: OtherListener = {
  name: 'graphql-ws behind a listener',
  join: (server) => serveGraphql(listening(server, (path) => path === '/listening/graphql')),
  open: (port) => openGraphql(port, '/listening/graphql'),
}

export const wsOnPath: OtherListener = {
  name: 'ws on { server, path }',
  join: (server) => serveEcho(onServer(server, { path: '/plain' })),
  open: (port) => openEcho(port, '/plain'),
}

/** Takes every upgrade. */
export const wsOnServer: OtherListener = {
  name: 'ws on { server }',
  join: (server) => serveEcho(onServer(server)),
  open: (port) => openEcho(port, '/anything'),
}

export const wsBehindListener: OtherListener = {
  name: 'ws behind a listener',
  join: (server) => serveEcho(listening(server, (path) => path === '/listening/plain')),
  open: (port) => openEcho(port, '/listening/plain'),
}

/** The setup of the ws docs for several servers: an upgrade to none of them is destroyed. */
export const destroyingListener: OtherListener = {
  name: 'ws behind a listener that destroys the rest',
  join: (server) => serveEcho(listening(server, (path) => path === '/cutting', 'destroys')),
  open: (port) => openEcho(port, '/cutting'),
}

/** Like Vite: takes the path of the page, if the client offers Vite's subprotocol. */
export const devServer: OtherListener = {
  name: "a dev server's reload socket",
  join: (server) => serveEcho(listening(server, (path, protocol) => path === '/' && protocol === 'vite-hmr')),
  open: (port) => openEcho(port, '/', { protocols: ['vite-hmr'] }),
}

/** Every listener in its usual setup. */
export const all: readonly OtherListener[] = [
  socketIoByDefault,
  graphqlOnPath,
  graphqlBehindListener,
  wsOnPath,
  wsOnServer,
  wsBehindListener,
  destroyingListener,
  devServer,
]

/** The listeners that work together on one server. */
export const compatible: readonly OtherListener[] = [
  socketIoByDefault,
  graphqlBehindListener,
  wsBehindListener,
  devServer,
]

export function pairsOf(others: readonly OtherListener[]): (readonly [OtherListener, OtherListener])[] {
  return others.flatMap((one, index) => others.slice(index + 1).map((other) => [one, other] as const))
}

/** Sends `hi` over a connection. @returns `hi`, or the message of the error */
export async function outcome(opening: Promise<EchoConnection>): Promise<string> {
  let connection: EchoConnection | undefined
  try {
    connection = await opening
    return await connection.say('hi')
  } catch (error) {
    // Not instanceof: errors of Node belong to another realm than the tests.
    return String((error as Partial<Error>).message)
  } finally {
    await connection?.close()
  }
}

import type { Server } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { buildSchema } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { Server as SocketIo } from 'socket.io'
import { io } from 'socket.io-client'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { WsClient } from '../support/ws-client.js'

/** An open connection to a neighbour. */
export interface Line {
  /** @returns what comes back: the same text */
  say(text: string): Promise<string>
  close(): unknown
}

/** Another WebSocket library on the same HTTP server. */
export interface Neighbour {
  readonly name: string
  /** Sets it up on a server. @returns the way to end it */
  join(server: Server): () => unknown
  open(port: number): Promise<Line>
}

function socketIo(name: string, options: ConstructorParameters<typeof SocketIo>[0] = {}): Neighbour {
  const join: Neighbour['join'] = (server) => {
    const all = new SocketIo(server, options as object)
    all.on('connection', (socket) => socket.on('say', (text: string, answer: (text: string) => void) => answer(text)))
    return () => {
      all.disconnectSockets(true)
      all.engine.close()
    }
  }
  return { name, join, open: openSocketIo }
}

/** As its client does by itself: polling first, then a WebSocket. */
async function openSocketIo(port: number): Promise<Line> {
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

async function openGraphql(port: number, path: string): Promise<Line> {
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

/** A connection to whoever answers with what was said. */
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

/** A ws server behind a listener of its own, which looks at what it may take. */
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

/** socket.io looks a second later at every upgrade that was not for it: until then its timers live on. */
export const lastLook = (): Promise<void> => setTimeout(1000)

export const socketIoAsItIs = socketIo('socket.io')

export const patientSocketIo = socketIo('socket.io with destroyUpgrade: false', { destroyUpgrade: false })

/** As the docs of graphql-ws set it up. */
export const graphql: Neighbour = {
  name: 'graphql-ws on { server, path }',
  join: (server) => serveGraphql(onServer(server, { path: '/graphql' })),
  open: (port) => openGraphql(port, '/graphql'),
}

/** As its docs set it up where another WebSocket server is there too: by a listener that looks before it takes. */
export const politeGraphql: Neighbour = {
  name: 'graphql-ws behind a listener',
  join: (server) => serveGraphql(listening(server, (path) => path === '/listening/graphql')),
  open: (port) => openGraphql(port, '/listening/graphql'),
}

export const plain: Neighbour = {
  name: 'ws on { server, path }',
  join: (server) => serveEcho(onServer(server, { path: '/plain' })),
  open: (port) => openEcho(port, '/plain'),
}

/** Takes whatever comes. */
export const greedy: Neighbour = {
  name: 'ws on { server }',
  join: (server) => serveEcho(onServer(server)),
  open: (port) => openEcho(port, '/anything'),
}

export const polite: Neighbour = {
  name: 'ws behind a listener',
  join: (server) => serveEcho(listening(server, (path) => path === '/listening/plain')),
  open: (port) => openEcho(port, '/listening/plain'),
}

/** As the docs of ws route several servers: who asks for none of them is cut. */
export const cutting: Neighbour = {
  name: 'ws behind a listener that destroys the rest',
  join: (server) => serveEcho(listening(server, (path) => path === '/cutting', 'destroys')),
  open: (port) => openEcho(port, '/cutting'),
}

/** As Vite does it: the page's own path, and nothing but a subprotocol of its own. */
export const devServer: Neighbour = {
  name: "a dev server's reload socket",
  join: (server) => serveEcho(listening(server, (path, protocol) => path === '/' && protocol === 'vite-hmr')),
  open: (port) => openEcho(port, '/', { protocols: ['vite-hmr'] }),
}

/** Everybody, as they are usually set up. */
export const all: readonly Neighbour[] = [
  socketIoAsItIs,
  graphql,
  politeGraphql,
  plain,
  greedy,
  polite,
  cutting,
  devServer,
]

/** Those of them that can live with each other at all. */
export const peaceful: readonly Neighbour[] = [socketIoAsItIs, politeGraphql, polite, devServer]

export function pairsOf(neighbours: readonly Neighbour[]): (readonly [Neighbour, Neighbour])[] {
  return neighbours.flatMap((one, index) => neighbours.slice(index + 1).map((other) => [one, other] as const))
}

/** What somebody who says hi gets: `hi`, or what went wrong. */
export async function outcome(opening: Promise<Line>): Promise<string> {
  let line: Line | undefined
  try {
    line = await opening
    return await line.say('hi')
  } catch (error) {
    // Not instanceof: an error of Node's own is of another realm than the tests.
    return String((error as Partial<Error>).message)
  } finally {
    await line?.close()
  }
}

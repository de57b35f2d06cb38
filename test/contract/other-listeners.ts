import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { buildSchema } from 'graphql'
import { createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { Server as SocketServer } from 'socket.io'
import { io } from 'socket.io-client'
import { WebSocketServer, WebSocket } from 'ws'
import { WsClient } from '../support/ws-client.js'

/** Another WebSocket library on the same HTTP server. */
export interface OtherListener {
  readonly name: string
  /** Sets it up as its own docs do. @returns a function that ends it */
  attach(server: Server): () => unknown
  /** Sends it a message. @returns its answer: `hi` */
  talk(port: number): Promise<string>
}

const socketIo: OtherListener = {
  name: 'socket.io',
  attach(server) {
    const sockets = new SocketServer(server)
    sockets.on('connection', (socket) =>
      socket.on('echo', (text, answer: (text: string) => void) => answer(String(text))),
    )
    // Its close() closes the HTTP server as well, so it gets another one to close.
    return () => {
      sockets.disconnectSockets(true)
      sockets.engine.close()
      Object.assign(sockets, { httpServer: createServer() })
    }
  },
  async talk(port) {
    const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false })
    try {
      return await new Promise<string>((resolve, reject) => {
        socket.on('connect_error', reject)
        socket.on('disconnect', (reason) => reject(new Error(reason)))
        socket.emit('echo', 'hi', resolve)
      })
    } finally {
      socket.disconnect()
    }
  },
}

const schema = buildSchema('type Query { hello: String } type Subscription { greetings: String }')
const roots = {
  subscription: {
    greetings: async function* greetings() {
      await Promise.resolve()
      yield { greetings: 'hi' }
    },
  },
}

async function subscribe(port: number): Promise<string> {
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 })
  try {
    for await (const { data } of client.iterate({ query: 'subscription { greetings }' })) {
      return String(data?.['greetings'])
    }
    return ''
  } finally {
    await client.dispose()
  }
}

const graphql: OtherListener = {
  name: 'graphql-ws',
  attach(server) {
    const { dispose } = useServer({ schema, roots }, new WebSocketServer({ server, path: '/graphql' }))
    return dispose
  },
  talk: subscribe,
}

function echo(sockets: WebSocketServer): () => void {
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  return () => {
    for (const client of sockets.clients) client.terminate()
    sockets.close()
  }
}

async function say(port: number): Promise<string> {
  const client = await WsClient.open(`ws://127.0.0.1:${port}/plain`)
  const [answer] = await client.send('hi').received(1)
  await client.close()
  return String(answer)
}

const plain: OtherListener = {
  name: 'ws with a path',
  attach: (server) => echo(new WebSocketServer({ server, path: '/plain' })),
  talk: say,
}

/** Routes upgrades by path, as the docs of ws show for several servers. */
function routed(path: string, sockets: WebSocketServer, server: Server, other: 'cut' | 'leave'): void {
  server.on('upgrade', (request, socket, head) => {
    if (request.url === path)
      sockets.handleUpgrade(request, socket, head, (one) => sockets.emit('connection', one, request))
    else if (other === 'cut') socket.destroy()
  })
}

const destroying: OtherListener = {
  name: 'ws that destroys upgrades of other paths',
  attach(server) {
    const sockets = new WebSocketServer({ noServer: true })
    routed('/plain', sockets, server, 'cut')
    return echo(sockets)
  },
  talk: say,
}

/** A ws server whose listener ignores upgrades of other paths. */
export const wsBehindListener: OtherListener = {
  name: 'ws that ignores upgrades of other paths',
  attach(server) {
    const sockets = new WebSocketServer({ noServer: true })
    routed('/plain', sockets, server, 'leave')
    return echo(sockets)
  },
  talk: say,
}

const graphqlBehindListener: OtherListener = {
  name: 'graphql-ws that ignores upgrades of other paths',
  attach(server) {
    const sockets = new WebSocketServer({ noServer: true })
    routed('/graphql', sockets, server, 'leave')
    const { dispose } = useServer({ schema, roots }, sockets)
    return dispose
  },
  talk: subscribe,
}

export const allListeners: readonly OtherListener[] = [socketIo, graphql, plain, destroying, wsBehindListener]

/** Listeners that work together on one server. */
export const compatible: readonly OtherListener[] = [socketIo, graphqlBehindListener, wsBehindListener]

export { socketIo }

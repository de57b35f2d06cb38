import { EventEmitter, on } from 'node:events'
import { createServer, type Server } from 'node:http'
import { initTRPC } from '@trpc/server'
import { applyWSSHandler, type CreateWSSContextFnOptions } from '@trpc/server/adapters/ws'
import { type Connection, Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import { z } from 'zod'
import { HubSocket } from './hub-socket.js'
import { createApp, requireUser } from './session-app.js'

// tRPC behind the session of an Express app. Pages use its wsLink as it is:
//   wsLink({ client: createWSClient({ url: 'ws://localhost:3000/trpc' }) })

interface Post {
  readonly from: string
  readonly text: string
}

/** tRPC gets a HubSocket in place of a socket of ws. */
const createContext = ({ res }: CreateWSSContextFnOptions): { user: string } => ({
  user: (res as unknown as HubSocket).connection.user ?? '',
})

const trpc = initTRPC.context<typeof createContext>().create()
const posts = new EventEmitter()

const router = trpc.router({
  me: trpc.procedure.query(({ ctx }) => ctx.user),
  post: trpc.procedure
    .input(z.object({ text: z.string().max(1000) }))
    .mutation(({ ctx, input }) => posts.emit('post', { from: ctx.user, text: input.text })),
  posts: trpc.procedure.subscription(async function* ({ signal }) {
    for await (const [post] of on(posts, 'post', { signal })) yield post as Post
  }),
})

export type TrpcRouter = typeof router

export function createHub(): Hub {
  // tRPC uses this object as a WebSocketServer.
  const server = Object.assign(new EventEmitter(), { clients: new Set() })
  applyWSSHandler({ wss: server as never, router, createContext })
  const sockets = new WeakMap<Connection, HubSocket>()
  return new Hub({
    onOpen(connection) {
      const socket = new HubSocket(connection)
      sockets.set(connection, socket)
      server.emit('connection', socket, connection.handshake)
    },
    onMessage(connection, data) {
      sockets.get(connection)?.emit('message', Buffer.from(data as string), typeof data !== 'string')
    },
  })
}

export function serve(): { server: Server; hub: Hub } {
  const hub = createHub()
  const app = createApp()
  app.get(
    '/trpc',
    requireUser,
    upgrade(hub, (req) => ({ user: req.session.user })),
  )
  const server = createServer(app)
  attach(server, { refusals: 'close' })
  return { server, hub }
}

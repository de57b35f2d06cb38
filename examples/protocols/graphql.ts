import { EventEmitter, on } from 'node:events'
import { createServer, type Server } from 'node:http'
import Router from '@koa/router'
import { type Connection, Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import { buildSchema } from 'graphql'
import { makeServer } from 'graphql-ws'
import Koa from 'koa'
import session from 'koa-session'

// GraphQL subscriptions behind the session of a Koa app. Pages use graphql-ws as it is:
//   createClient({ url: 'ws://localhost:3000/graphql' })

interface Context {
  readonly user: string
}

const schema = buildSchema(`
  type Post { from: String! text: String! }
  type Query { me: String! }
  type Mutation { post(text: String!): Boolean! }
  type Subscription { posts: Post! }
`)

function rootsOf(posts: EventEmitter) {
  return {
    query: { me: (_: object, { user }: Context) => user },
    mutation: {
      post: ({ text }: { text: string }, { user }: Context) => posts.emit('post', { from: user, text }),
    },
    subscription: {
      async *posts() {
        for await (const [post] of on(posts, 'post')) yield { posts: post }
      },
    },
  }
}

export function createHub(): Hub {
  const graphql = makeServer<Record<string, unknown>, { connection: Connection }>({
    schema,
    roots: rootsOf(new EventEmitter()),
    context: ({ extra }): Context => ({ user: extra.connection.user ?? '' }),
  })
  const listeners = new WeakMap<Connection, (text: string) => Promise<void>>()
  return new Hub({
    onOpen(connection) {
      const closed = graphql.opened(
        {
          protocol: connection.handshake.protocol,
          async send(text) {
            connection.send(text)
            await connection.drained
          },
          close: (code, reason) => connection.close(code, reason),
          onMessage: (listener) => listeners.set(connection, listener),
        },
        { connection },
      )
      void connection.closed.then(({ code, reason }) => closed(code, reason))
    },
    onText(connection, text) {
      listeners
        .get(connection)?.(text)
        .catch(() => connection.close(4500, 'internal'))
    },
  })
}

export function serve(): { server: Server; hub: Hub } {
  const hub = createHub()
  const app = new Koa()
  app.keys = ['change me']
  app.silent = true
  const router = new Router()
  router.post('/login/:user', (ctx) => {
    if (ctx.session) ctx.session['user'] = ctx.params['user']
    ctx.status = 204
  })
  router.get(
    '/graphql',
    (ctx, next) => (ctx.session?.['user'] ? next() : ctx.throw(401, 'login first')),
    upgrade(hub, (ctx) => ({ user: ctx.session?.['user'] }), { protocols: ['graphql-transport-ws'] }),
  )
  app.use(session(app))
  app.use(router.routes())
  const handle = app.callback()
  const server = createServer((req, res) => void handle(req, res))
  attach(server, { refusals: 'close' })
  return { server, hub }
}

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hub, type HubOptions } from '@wshub/core'
import * as onExpress from '@wshub/express'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade } from '@wshub/fastify'
import * as onKoa from '@wshub/koa'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'

// One app in three frameworks, with the setting for proxies that the pages of docs/deployment name.

/** The properties of a handshake that its client gets. */
export interface SeenHandshake {
  readonly server: string
  readonly user: string
  readonly address: string
  readonly host: string
  readonly secure: boolean
  readonly url: string
}

export interface ProxiedApp {
  readonly hub: Hub
  readonly port: number
  close(): Promise<void>
}

/** A way to start the app; its servers have names. */
export type Serve = (name: string, options?: HubOptions) => Promise<ProxiedApp>

function hubOf(name: string, options: HubOptions = {}): Hub {
  return new Hub({
    warnings: false,
    onOpen(connection) {
      const { address, host, secure, url } = connection.handshake
      connection.json({ server: name, user: connection.user, address, host, secure, url })
    },
    ...options,
  })
}

/** Who the cookie of a request says that the client is. */
function userOf(cookie: string | undefined): string | undefined {
  return /user=(\w+)/.exec(cookie ?? '')?.[1]
}

const REFUSAL = { error: 'login first' }
const SET = ['seen=1; Path=/', 'theme=dark; Path=/']

async function served(server: Server, hub: Hub): Promise<ProxiedApp> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = async (): Promise<void> => {
    await hub.close({ within: 0 })
    server.close()
    server.closeAllConnections()
  }
  return { hub, port: (server.address() as AddressInfo).port, close }
}

export async function onExpressApp(name: string, options?: HubOptions): Promise<ProxiedApp> {
  const hub = hubOf(name, options)
  const app = express()
  app.set('trust proxy', 'loopback')
  app.get('/readyz', (_, res) => void res.sendStatus(hub.health().ready ? 200 : 503))
  app.use((req, res, next) => {
    const user = userOf(req.get('cookie'))
    res.locals['user'] = user
    res.append('Set-Cookie', SET)
    if (user) next()
    else res.status(401).json(REFUSAL)
  })
  app.get(
    '/ws',
    onExpress.upgrade(hub, (req) => ({ user: String(req.res?.locals['user']) })),
  )
  const server = createServer(app)
  onExpress.attach(server)
  return served(server, hub)
}

export async function onKoaApp(name: string, options?: HubOptions): Promise<ProxiedApp> {
  const hub = hubOf(name, options)
  const app = new Koa()
  app.proxy = true
  const connect = onKoa.upgrade(hub, (ctx) => ({ user: String(ctx.state['user']) }))
  app.use(async (ctx, next) => {
    if (ctx.path === '/readyz') {
      ctx.status = hub.health().ready ? 200 : 503
      return
    }
    ctx.state['user'] = userOf(ctx.get('cookie'))
    if (ctx.state['user'] === undefined) {
      ctx.status = 401
      ctx.body = REFUSAL
      return
    }
    ctx.set('Set-Cookie', SET)
    if (ctx.path === '/ws') await connect(ctx, next)
  })
  const server = createServer((request, response) => void app.callback()(request, response))
  onKoa.attach(server)
  return served(server, hub)
}

export async function onFastifyApp(name: string, options?: HubOptions): Promise<ProxiedApp> {
  const hub = hubOf(name, options)
  const app = Fastify({ trustProxy: 'loopback', forceCloseConnections: true })
  await app.register(wshub)
  app.get('/readyz', (_, reply) => reply.code(hub.health().ready ? 200 : 503).send())
  app.addHook('preHandler', async (request, reply) => {
    if (request.url === '/readyz') return
    reply.header('set-cookie', SET)
    if (!userOf(request.headers.cookie)) await reply.code(401).send(REFUSAL)
  })
  app.get(
    '/ws',
    upgrade(hub, (request) => ({ user: userOf(request.headers.cookie) ?? '' })),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = await served(app.server, hub)
  return { hub, port, close: () => app.close() }
}

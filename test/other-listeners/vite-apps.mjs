import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import Router from '@koa/router'
import { Hub } from '@wshub/core'
import * as forExpress from '@wshub/express'
import wshub, { upgrade as upgradeOfFastify } from '@wshub/fastify'
import * as forKoa from '@wshub/koa'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa3'
import { createServer as createVite } from 'vite'

// Vite is an ES module, which jest can't load. This process runs it with a hub on one server, for each framework, in both orders,
// with `claims` and without. It prints the ports, detaches on request, and ends with its input.

const DELAY = 1300
const hub = new Hub({ onMessage: (connection, data) => connection.send(data) })
const isKnown = ({ headers }) => headers['x-user'] === 'ann'

/** The setup of Vite's docs for the server of an app. */
async function startVite(server) {
  const vite = await createVite({
    configFile: false,
    root: import.meta.dirname,
    logLevel: 'silent',
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, watch: null, hmr: { server } },
  })
  vite.ws.on('say', (text, client) => client.send('said', text))
  return vite
}

const serve = {
  async express({ first, options }) {
    const app = express()
    app.use(async (req, res, next) => {
      await setTimeout(DELAY)
      if (isKnown(req)) next()
      else res.sendStatus(401)
    })
    app.get('/hub', forExpress.upgrade(hub))
    const server = createServer(app)
    const both = await inOrder(
      first,
      () => forExpress.attach(server, options),
      () => startVite(server),
    )
    app.use(both.vite.middlewares)
    app.use((_req, res) => res.send('<title>page</title>'))
    return { server, ...both }
  },

  async koa({ first, options }) {
    const app = new Koa()
    app.use(async (ctx, next) => {
      await setTimeout(DELAY)
      if (!isKnown(ctx)) ctx.throw(401)
      await next()
    })
    app.use(new Router().get('/hub', forKoa.upgrade(hub)).routes())
    const server = createServer((req, res) => void listener(req, res))
    const both = await inOrder(
      first,
      () => forKoa.attach(server, options),
      () => startVite(server),
    )
    app.use((ctx, next) => new Promise((resolve) => both.vite.middlewares(ctx.req, ctx.res, resolve)).then(next))
    app.use((ctx) => {
      ctx.body = '<title>page</title>'
    })
    const listener = app.callback()
    return { server, ...both }
  },

  async fastify({ first, options }) {
    const app = Fastify()
    app.addHook('onRequest', (request, reply, done) => {
      void setTimeout(DELAY).then(() => (isKnown(request) ? done() : reply.code(401).send()))
    })
    const both = await inOrder(
      first,
      () => app.register(wshub, options),
      () => startVite(app.server),
    )
    app.get('/hub', { websocket: true }, upgradeOfFastify(hub))
    app.setNotFoundHandler((request, reply) => {
      reply.hijack()
      both.vite.middlewares(request.raw, reply.raw, () => reply.raw.end('<title>page</title>'))
    })
    await app.ready()
    // A plugin ends with its app: it has no detach().
    return { server: app.server, vite: both.vite }
  },
}

async function inOrder(first, attach, start) {
  const early = first ? await attach() : undefined
  const vite = await start()
  return { detach: early ?? (await attach()), vite }
}

const servers = []
for (const framework of ['express', 'koa', 'fastify']) {
  for (const first of [true, false]) {
    for (const claimed of [true, false]) {
      const options = claimed ? { claims: ({ url }) => url === '/hub' } : {}
      const served = await serve[framework]({ first, options })
      await once(served.server.listen(0, '127.0.0.1'), 'listening')
      const name = `${framework}, the hub ${first ? 'first' : 'last'}, ${claimed ? 'with' : 'without'} claims`
      servers.push({ name, ...served })
    }
  }
}
const places = servers.map(({ name, server, vite }) => {
  return { name, port: server.address().port, token: vite.config.webSocketToken }
})
console.log(JSON.stringify(places))

for await (const line of createInterface(process.stdin)) {
  if (line !== 'detach') continue
  for (const { detach } of servers) if (typeof detach === 'function') detach()
  console.log('detached')
}
process.exit()

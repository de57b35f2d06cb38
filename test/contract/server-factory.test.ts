import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attach as attachExpress, upgrade as upgradeExpress } from '@wshub/express'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade as upgradeFastify } from '@wshub/fastify'
import { attach as attachKoa, upgrade as upgradeKoa } from '@wshub/koa'
import { Hub } from '@wshub/core'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa3'
import { RawClient } from '../support/raw.js'
import { handshake, plain } from '../support/request.js'
import { WsClient } from '../support/ws-client.js'

/** Wraps the listeners of the server of an app. */
type Wrap = (app: (...args: Parameters<RequestListener>) => unknown) => Server
type Serve = (hub: Hub, wrap: Wrap) => Promise<{ readonly server: Server; readonly close: () => unknown }>

const page = 'a page'

const listen = async (server: Server): Promise<{ server: Server; close: () => unknown }> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, close: () => server.close() }
}

const FRAMEWORKS: readonly (readonly [name: string, serve: Serve])[] = [
  [
    'express',
    (hub, wrap) => {
      const app = express()
      app.get('/ws', upgradeExpress(hub))
      app.get('/page', (_, res) => void res.send(page))
      const server = wrap(app)
      attachExpress(server)
      return listen(server)
    },
  ],
  [
    'koa',
    (hub, wrap) => {
      const app = new Koa()
      const join = upgradeKoa(hub)
      app.use((ctx) => (ctx.path === '/ws' ? join(ctx) : void (ctx.body = page)))
      const server = wrap(app.callback())
      attachKoa(server)
      return listen(server)
    },
  ],
  [
    'fastify',
    async (hub, wrap) => {
      const app = Fastify({ serverFactory: (handler) => wrap(handler) })
      await app.register(wshub)
      app.get('/ws', { websocket: true }, upgradeFastify(hub))
      app.get('/page', async () => page)
      await app.listen({ port: 0, host: '127.0.0.1' })
      return { server: app.server, close: () => app.close() }
    },
  ],
]

async function statusOf(server: Server, bytes: string): Promise<number> {
  const client = new RawClient((server.address() as AddressInfo).port).send(bytes)
  const status = await client.status()
  client.socket.destroy()
  return status
}

describe.each(FRAMEWORKS)('code that wraps the %s app or its server', (_, serve) => {
  test('a wrapper of the server refuses upgrades as it refuses pages', async () => {
    const hub = new Hub()
    const { server, close } = await serve(hub, (app) =>
      createServer((req, res) => (req.headers['x-banned'] ? res.writeHead(403).end('banned') : app(req, res))),
    )
    const banned = { fields: { 'X-Banned': '1', Connection: 'close' } }
    expect(await statusOf(server, plain('/page', banned))).toBe(403)
    expect(await statusOf(server, handshake('/ws', { fields: { 'X-Banned': '1' } }))).toBe(403)
    expect(await statusOf(server, handshake('/page', { fields: { 'X-Banned': '1' } }))).toBe(403)
    expect(hub.stats().opened).toBe(0)
    expect(await statusOf(server, handshake('/ws'))).toBe(101)
    await close()
  })

  test('a wrapper of the server gives every message its AsyncLocalStorage', async () => {
    const storage = new AsyncLocalStorage<string>()
    const hub = new Hub({ onMessage: (connection) => connection.send(String(storage.getStore())) })
    const { server, close } = await serve(hub, (app) =>
      createServer((req, res) => storage.run(`for ${req.url}`, () => app(req, res))),
    )
    const client = await WsClient.open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`)
    expect(await client.send('hi').received(1)).toEqual(['for /ws'])
    await hub.close()
    await close()
  })

  // Instrumentations of node:http replace `emit` of the server or of its prototype.
  test('a replaced emit sees each upgrade once, as a `request` event', async () => {
    const seen: string[] = []
    const { server, close } = await serve(new Hub(), (app) => {
      const made = createServer((req, res) => void app(req, res))
      const emit = made.emit.bind(made)
      made.emit = (event: string, ...args: unknown[]) => {
        if (event === 'request') seen.push((args[0] as { url: string }).url)
        return emit(event, ...args)
      }
      return made
    })
    expect(await statusOf(server, handshake('/ws'))).toBe(101)
    expect(await statusOf(server, plain('/page', { fields: { Connection: 'close' } }))).toBe(200)
    expect(seen).toEqual(['/ws', '/page'])
    await close()
  })
})

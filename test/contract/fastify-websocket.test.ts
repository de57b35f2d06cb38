import fastifyWebsocket from '@fastify/websocket'
import { Hub } from '@wshub/core'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade } from '@wshub/fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import { frame } from '../support/frame.js'
import { handshake } from '../support/request.js'
import { RawClient } from '../support/raw.js'
import { until } from '../support/wait.js'
import { Refused, refusal, WsClient } from '../support/ws-client.js'

/** Which code registers @fastify/websocket, and when. */
const ORDERS: readonly (readonly [order: string, register: (app: FastifyInstance) => Promise<unknown>])[] = [
  ['wshub alone', async (app) => app.register(wshub)],
  ['the app first', async (app) => (await app.register(fastifyWebsocket), app.register(wshub))],
  ['the app first, without waiting', async (app) => (void app.register(fastifyWebsocket), app.register(wshub))],
]

describe.each(ORDERS)('beside @fastify/websocket, registered by %s', (_, register) => {
  const undo: (() => unknown)[] = []
  afterEach(async () => {
    for (const one of undo.splice(0).toReversed()) await one()
  })

  async function listening(build: (app: FastifyInstance, hub: Hub) => void): Promise<Site> {
    const app = Fastify()
    const hub = new Hub({ onMessage: (connection, data) => connection.send(`hub ${String(data)}`) })
    undo.push(() => app.close())
    await register(app)
    build(app, hub)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const ws = async (path: string): Promise<WsClient> => {
      const client = await WsClient.open(`ws://127.0.0.1:${port}${path}`)
      undo.push(() => client.socket.terminate())
      return client
    }
    const raw = (bytes: string | Buffer): RawClient => {
      const client = new RawClient(port).send(bytes)
      undo.push(() => client.socket.destroy())
      return client
    }
    return { app, hub, ws, raw, page: `http://127.0.0.1:${port}` }
  }

  test.each([
    ['/hub', 'hub hi'],
    ['/bare', 'hub hi'],
    ['/both', 'hub hi'],
    ['/theirs', '/theirs hi'],
    ['/theirs/both', 'both hi'],
  ])('the route %s accepts a client and its first frame, wherever it is registered', async (path, answer) => {
    const { ws, raw } = await listening(everything)
    expect(await (await ws(path)).send('hi').received(1)).toEqual([answer])
    const early = raw(Buffer.concat([Buffer.from(handshake(path)), frame('hi')]))
    expect(await early.status()).toBe(101)
    expect(await early.texts(1)).toEqual([answer])
  })

  test('a page is served beside routes of both kinds, and an upgrade to it gets the answer of the page', async () => {
    const { page, ws } = await listening(everything)
    const read = async (path: string): Promise<unknown> => {
      const response = await fetch(page + path)
      return [response.status, await response.text()]
    }
    expect(await read('/both')).toEqual([200, 'a page'])
    expect(await read('/theirs/both')).toEqual([200, 'their page'])
    expect(await read('/hub')).toEqual([426, expect.stringContaining('WebSocket')])
    expect(await refusal(ws('/page'))).toMatchObject({ status: 200, body: 'a page' })
    expect(await refusal(ws('/nowhere'))).toMatchObject({ status: 404 })
  })

  test('websocketServer counts the clients of @fastify/websocket, and the hub its own', async () => {
    const { app, hub, ws } = await listening(everything)
    await ws('/hub')
    const theirs = await ws('/theirs')
    expect([app.websocketServer.clients.size, hub.connections.size]).toEqual([1, 1])
    for (const client of app.websocketServer.clients) client.send('to all')
    expect(await theirs.received(1)).toEqual(['to all'])
  })

  test('hooks run for both kinds of routes, request.ws is true for upgrades, and a refusal arrives whole', async () => {
    const seen: unknown[] = []
    const { ws, page } = await listening((app, hub) => {
      app.addHook('preHandler', async (request, reply) => {
        seen.push([request.url, request.ws])
        if ('locked' in (request.query as object)) return reply.code(401).send('no '.repeat(20_000))
        return undefined
      })
      everything(app, hub)
    })
    for (const path of ['/hub', '/theirs']) {
      await ws(path)
      const { status, body } = await refusal(ws(`${path}?locked`))
      expect([status, body.length]).toEqual([401, 60_000])
    }
    await (await fetch(`${page}/page`)).text()
    expect(seen).toEqual([
      ['/hub', true],
      ['/hub?locked', true],
      ['/theirs', true],
      ['/theirs?locked', true],
      ['/page', false],
    ])
  })

  test('injectWS connects to routes of both kinds without a port', async () => {
    const { app, hub } = await listening((it, chat) => {
      it.addHook('preHandler', async ({ headers }, reply) => (headers['x-no'] ? reply.code(401).send('no') : undefined))
      everything(it, chat)
    })
    for (const [path, answer] of [
      ['/hub', 'hub hi'],
      ['/both', 'hub hi'],
      ['/theirs', '/theirs hi'],
    ] as const) {
      const socket = await app.injectWS(path)
      undo.push(() => socket.terminate())
      const got = new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))
      socket.send('hi')
      expect(await got).toBe(answer)
    }
    expect(hub.connections.size).toBe(2)
    for (const path of ['/hub', '/theirs']) {
      await expect(app.injectWS(path, { headers: { 'x-no': '1' } })).rejects.toThrow('Unexpected server response: 401')
    }
    expect(hub.stats().opened).toBe(2)
  })

  test('clients of @fastify/websocket and of the hub are not counted after they close, and an unknown path is refused', async () => {
    const { hub, app, ws } = await listening(everything)
    for (const path of ['/hub', '/theirs', '/hub', '/theirs']) await (await ws(path)).close()
    await until(() => hub.connections.size === 0 && app.websocketServer.clients.size === 0)
    await expect(ws('/theirs/nowhere')).rejects.toBeInstanceOf(Refused)
  })
})

/** Every kind of route side by side. */
function everything(app: FastifyInstance, hub: Hub): void {
  app.get('/hub', { websocket: true }, upgrade(hub))
  app.get('/bare', upgrade(hub))
  app.route({ method: 'GET', url: '/both', handler: async () => 'a page', wsHandler: upgrade(hub) })
  app.get('/page', async () => 'a page')
  app.get('/theirs', { websocket: true }, (socket, { url }) => {
    socket.on('message', (data: Buffer) => socket.send(`${url} ${data.toString()}`))
  })
  app.route({
    method: 'GET',
    url: '/theirs/both',
    handler: async () => 'their page',
    wsHandler: (socket) => {
      socket.on('message', (data: Buffer) => socket.send(`both ${data.toString()}`))
    },
  })
}

interface Site {
  readonly app: FastifyInstance
  readonly hub: Hub
  readonly page: string
  readonly ws: (path: string) => Promise<WsClient>
  readonly raw: (bytes: string | Buffer) => RawClient
}

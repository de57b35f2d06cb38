import { FastifyOtelInstrumentation } from '@fastify/otel'
import fastifyWebsocket from '@fastify/websocket'
import { Hub } from '@wshub/core'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade } from '@wshub/fastify'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { frame } from '../support/frame.js'
import { RawClient } from '../support/raw.js'
import { handshake, plain } from '../support/request.js'
import { until } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { fastifySite } from './fastify-site.js'

type Handler = ReturnType<typeof upgrade>
type Add = (app: FastifyInstance, join: Handler) => unknown

const echo = (): Hub => new Hub({ onMessage: (connection, data) => connection.send(`hub ${String(data)}`) })
const options = { websocket: true } as const

/** Ways to run a handler of `upgrade()` that the plugin does not see on the route. */
const WRAPPED: readonly (readonly [how: string, add: Add])[] = [
  ['called by another handler', (app, join) => app.get('/ws', options, (q, r) => join(q, r))],
  [
    'called by another handler that does not await it',
    (app, join) => app.get('/ws', options, (q, r) => void join(q, r)),
  ],
  ['called by an async handler', (app, join) => app.get('/ws', options, async (q, r) => join(q, r))],
  ['bound', (app, join) => app.get('/ws', options, join.bind(undefined))],
  ['called by another handler, without `websocket`', (app, join) => app.get('/ws', (q, r) => join(q, r))],
  ['bound, without `websocket`', (app, join) => app.get('/ws', join.bind(undefined))],
  [
    'called by a wsHandler',
    (app, join) =>
      app.route({ method: 'GET', url: '/ws', handler: async () => 'page', wsHandler: (q, r) => join(q, r) }),
  ],
  [
    'a bound wsHandler',
    (app, join) =>
      app.route({ method: 'GET', url: '/ws', handler: async () => 'page', wsHandler: join.bind(undefined) }),
  ],
]

/** Wraps the handlers of all routes that are added later, as instrumentations do. */
function instrument(app: FastifyInstance, calls: string[]): void {
  app.addHook('onRoute', (route: RouteOptions & { wsHandler?: unknown }) => {
    const wrap = (handler: unknown) =>
      function wrapped(this: unknown, ...args: unknown[]): Promise<unknown> {
        calls.push(route.url)
        return Reflect.apply(handler as () => Promise<unknown>, this, args)
      }
    route.handler = wrap(route.handler)
    if (route.wsHandler) route.wsHandler = wrap(route.wsHandler)
  })
}

describe('a handler of upgrade() in Fastify that is wrapped', () => {
  const listening = fastifySite()

  test.each(WRAPPED)('%s lets clients in, with the headers of the app and their first frame', async (_, add) => {
    const hub = echo()
    const { app, ws, port } = await listening(async (it) => {
      it.addHook('onSend', async (__, reply) => void reply.header('X-App', 'yes'))
      await it.register(wshub)
      add(
        it,
        upgrade(hub, () => ({ user: 'ada' })),
      )
    })
    const client = await ws('/ws')
    expect(client.all('x-app')).toEqual(['yes'])
    expect(await client.send('hi').received(1)).toEqual(['hub hi'])
    const early = new RawClient(port).send(Buffer.concat([Buffer.from(handshake('/ws')), frame('hi')]))
    expect(await early.status()).toBe(101)
    expect(await early.texts(1)).toEqual(['hub hi'])
    early.socket.destroy()
    expect(app.websocketServer.clients.size).toBe(0)
    expect(hub.stats()).toMatchObject({ opened: 2, failed: 0 })
    await until(() => hub.connections.size === 1)
  })

  test.each(WRAPPED)('%s refuses as the app says', async (_, add) => {
    const hub = echo()
    const forbidden = Object.assign(new Error('not you'), { statusCode: 403 })
    const { ws } = await listening(async (it) => {
      await it.register(wshub)
      add(
        it,
        upgrade(hub, () => Promise.reject(forbidden)),
      )
    })
    expect(await refusal(ws('/ws'))).toMatchObject({ status: 403, body: expect.stringContaining('not you') })
    expect(await refusal(ws('/ws', { origin: 'https://evil.io' }))).toMatchObject({ status: 403 })
    expect(hub.stats()).toMatchObject({ opened: 0, refused: { foreign_origin: 1 } })
  })

  test.each(WRAPPED)('%s ends with its app', async (_, add) => {
    const hub = echo()
    const { app, ws } = await listening(async (it) => {
      await it.register(wshub)
      add(it, upgrade(hub))
    })
    const client = await ws('/ws')
    await app.close()
    expect((await client.closed).code).toBe(1001)
  })

  test.each([true, false])(
    'a wrapped handler of upgrade() in Fastify works after slow hooks, @fastify/websocket registered before: %s',
    async (before) => {
      const hub = echo()
      const { ws, port } = await listening(async (it) => {
        if (before) await it.register(fastifyWebsocket)
        await it.register(wshub)
        // A slow hook: other events happen before it ends.
        it.addHook('onRequest', () => new Promise((resolve) => setTimeout(resolve, 20)))
        it.get('/ws', options, (q, r) => upgrade(hub)(q, r))
      })
      expect(await (await ws('/ws')).send('hi').received(1)).toEqual(['hub hi'])
      const gone = new RawClient(port).send(handshake('/ws'))
      await until(() => gone.socket.readyState === 'open')
      gone.socket.resetAndDestroy()
      expect(await (await ws('/ws')).send('ho').received(1)).toEqual(['hub ho'])
      await until(() => hub.connections.size === 2)
    },
  )

  test('an instrumentation that is registered before the Fastify plugin wraps upgrades, pages and routes of other plugins', async () => {
    const calls: string[] = []
    const hub = echo()
    const { ws, app, port } = await listening(async (it) => {
      instrument(it, calls)
      await it.register(wshub)
      it.get('/ws', options, upgrade(hub))
      it.get('/bare', upgrade(hub))
      it.route({ method: 'GET', url: '/both', handler: async () => 'a page', wsHandler: upgrade(hub) })
      it.get('/theirs', { websocket: true }, (socket) => void socket.on('message', () => socket.send('theirs')))
    })
    for (const path of ['/ws', '/bare', '/both']) {
      expect(await (await ws(path)).send('hi').received(1)).toEqual(['hub hi'])
    }
    expect(await (await ws('/theirs')).send('hi').received(1)).toEqual(['theirs'])
    expect(calls).toEqual(['/ws', '/bare', '/both', '/theirs'])
    expect([hub.connections.size, app.websocketServer.clients.size]).toEqual([3, 1])
    const page = new RawClient(port).send(plain('/both'))
    expect((await page.answer())?.body).toBe('a page')
    page.socket.destroy()
  })

  test('a handler of upgrade() in Fastify works if @fastify/otel is registered before the plugin', async () => {
    const hub = echo()
    const { ws } = await listening(async (it) => {
      await it.register(new FastifyOtelInstrumentation({}).plugin())
      await it.register(wshub)
      it.get('/ws', options, upgrade(hub))
    })
    expect(await (await ws('/ws')).send('hi').received(1)).toEqual(['hub hi'])
  })

  test('a handler of upgrade() that is called after an await throws an error that the error handler of @fastify/websocket gets', async () => {
    const said: string[] = []
    const hub = echo()
    const { ws } = await listening(async (it) => {
      await it.register(fastifyWebsocket, {
        errorHandler: (error, socket) => (said.push(error.message), socket.terminate()),
      })
      await it.register(wshub)
      it.get('/ws', options, (q, r) => Promise.resolve().then(() => upgrade(hub)(q, r)))
    })
    await (
      await ws('/ws')
    ).closed
    expect(said).toEqual([expect.stringContaining('upgrade() was called too late')])
    expect(hub.stats().opened).toBe(0)
  })
})

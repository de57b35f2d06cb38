import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastifyCookie from '@fastify/cookie-cjs'
import fastifySession from '@fastify/session'
import { createClient } from '@redis/client'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import session from 'express-session'
import type { preHandlerAsyncHookHandler } from 'fastify'
import koaSession from 'koa-session'
import { hasRedis, RedisServer } from '../support/redis.js'
import { until } from '../support/wait.js'
import type { WsClient } from '../support/ws-client.js'
import { later, RerunApp, SECRET, serveExpress, serveFastify, serveKoa } from './rerun-app.js'

const { RedisStore } = jest.requireActual<{
  readonly RedisStore: new (options: { client: object; ttl: number }) => session.Store
}>('connect-redis')

type Client = ReturnType<typeof connectTo>

interface Bag {
  user?: string
}

const bagOf = (request: object): Bag => (request as { session: Bag }).session

function connectTo(redis: RedisServer) {
  // A request that needs Redis fails at once while Redis is away.
  const client = createClient({ url: redis.url, disableOfflineQueue: true, socket: { reconnectStrategy: () => 50 } })
  return client.on('error', () => {})
}

const preHandler: preHandlerAsyncHookHandler = async (request, reply) =>
  bagOf(request).user ? undefined : reply.code(401).send()

/** Apps that keep sessions in Redis. */
const apps = {
  'express-session with connect-redis': (app: RerunApp, client: Client) => expressApp(app, storeOn(client)),
  'express-session with a store that tells it of an outage': (app: RerunApp, client: Client) => {
    const store = storeOn(client)
    // express-session then continues without a session, and the app answers 401.
    client.on('error', () => store.emit('disconnect')).on('ready', () => store.emit('connect'))
    return expressApp(app, store)
  },
  'koa-session': (app: RerunApp, client: Client) =>
    serveKoa(app, (to, router) => {
      to.use(koaSession({ store: koaStoreOn(client), rolling: true }, to))
      router.get('/login', (context) => {
        context.body = bagOf(context).user = 'ann'
      })
      router.get('/ws', (context, next) => (bagOf(context).user ? next() : context.throw(401)), onKoa.upgrade(app.hub))
    }),
  '@fastify/session with connect-redis': (app: RerunApp, client: Client) =>
    serveFastify(app, async (to) => {
      await to.register(fastifyCookie)
      await to.register(fastifySession, { secret: SECRET, cookie: { secure: false }, store: storeOn(client) })
      to.get('/login', async (request) => (bagOf(request).user = 'ann'))
      to.get('/ws', { preHandler }, wshub.upgrade(app.hub))
    }),
}

function storeOn(client: Client): session.Store {
  return new RedisStore({ client, ttl: 3600 })
}

function koaStoreOn(client: Client) {
  return {
    get: async (id: string): Promise<object> => JSON.parse((await client.get(`sess:${id}`)) ?? '{}') as object,
    set: async (id: string, data: object): Promise<void> => void (await client.set(`sess:${id}`, JSON.stringify(data))),
    destroy: async (id: string): Promise<void> => void (await client.del(`sess:${id}`)),
  }
}

function expressApp(app: RerunApp, store: session.Store): Promise<RerunApp> {
  return serveExpress(app, (to) => {
    to.use(session({ secret: SECRET, store, resave: false, rolling: true, saveUninitialized: false }))
    to.get('/login', (req, res) => void res.send((bagOf(req).user = 'ann')))
    to.get('/ws', (req, res, next) => void (req.session && bagOf(req).user ? next() : res.sendStatus(401)))
    to.get('/ws', onExpress.upgrade(app.hub))
  })
}

const open = (clients: readonly WsClient[]): boolean[] => clients.map(({ socket }) => socket.readyState === socket.OPEN)
const all = (count: number): boolean[] => Array.from({ length: count }, () => true)

const GUESTS = 25
/** Long enough for Redis to come back within half of it on a busy machine. */
const EVERY_MS = 3000

;(hasRedis() ? describe : describe.skip)('sessions in a Redis that is killed', () => {
  let redis: RedisServer
  let client: Client

  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wshub-'))
    redis = await RedisServer.start('--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always')
    client = connectTo(redis)
    await client.connect()
    later(async () => {
      client.destroy()
      await redis.kill()
      rmSync(folder, { recursive: true, force: true })
    })
  })

  /** Opens connections of one login each. @returns the clients, and the key of the last one's session */
  async function fill(app: RerunApp, count: number): Promise<{ clients: WsClient[]; key: string }> {
    const clients: WsClient[] = []
    const before = new Set<string>()
    let key = ''
    for (let index = 0; index < count; index += 1) {
      const { cookie } = await app.page('/login')
      key = (await client.keys('sess:*')).find((name) => !before.has(name)) ?? ''
      before.add(key)
      clients.push(await app.connect({ Cookie: cookie }))
    }
    return { clients, key }
  }

  test.each(Object.entries(apps).filter(([name]) => !name.includes('outage')))(
    '%s: no connection closes while Redis is away, and a session that is destroyed afterwards is out',
    async (_name, start) => {
      const app = await start(new RerunApp(200), client)
      const { clients, key } = await fill(app, 3)
      await redis.kill()
      const { length } = app.statuses
      await until(() => app.statuses.slice(length).filter((status) => status === 500).length >= 4 * clients.length)
      expect([open(clients), new Set(app.failures.map(({ code }) => code))]).toEqual([
        all(3),
        new Set(['refresh_failed']),
      ])
      await redis.start()
      await until(() => client.isReady && app.statuses.at(-1) === 204)
      await client.del(key)
      expect(await clients.at(-1)?.closed).toEqual({ code: 4401, reason: 'revoked' })
      await app.runs(2)
      expect(open(clients)).toEqual([true, true, false])
    },
  )

  test('an outage that turns into 401 for everybody closes no connection within the interval', async () => {
    const app = await apps['express-session with a store that tells it of an outage'](new RerunApp(EVERY_MS), client)
    const { clients, key } = await fill(app, GUESTS)
    await app.runs(1)
    await redis.kill()
    const killedAt = performance.now()
    await until(() => app.failures.some(({ code }) => code === 'mass_refusal'), EVERY_MS)
    const refused = (): number => app.statuses.filter((status) => status === 401).length
    await until(() => performance.now() - killedAt > EVERY_MS / 2 && refused() >= GUESTS - 5)
    await redis.start()
    await until(() => client.isReady)
    await client.del(key)
    expect(await clients.at(-1)?.closed).toEqual({ code: 4401, reason: 'revoked' })
    await app.runs(GUESTS)
    expect(open(clients)).toEqual([...all(GUESTS - 1), false])
  })
})

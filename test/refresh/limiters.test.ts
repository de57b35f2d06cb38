import fastifyRateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import { rateLimit } from 'express-rate-limit'
import koaRateLimit from 'koa-ratelimit'
import { until } from '../support/wait.js'
import { modes, RerunApp, serveExpress, serveFastify, serveKoa } from './rerun-app.js'

/** What the limiter of an app allows in a minute, and whether it counts repeated handshakes. */
interface Budget {
  readonly max: number
  readonly counts: boolean
}

/** The rate limiter of each framework before every route, as its documentation shows it. */
const apps = {
  'express-rate-limit': (app: RerunApp, { max, counts }: Budget) =>
    serveExpress(app, (to) => {
      const skip = counts ? {} : { skip: onExpress.isRefresh }
      to.use(rateLimit({ limit: max, windowMs: 60_000, legacyHeaders: true, ...skip }))
      to.get('/page', (_req, res) => void res.send('page'))
      to.get('/ws', onExpress.upgrade(app.hub))
    }),
  'koa-ratelimit': (app: RerunApp, { max, counts }: Budget) =>
    serveKoa(app, (to, router) => {
      const skip = counts ? {} : { whitelist: onKoa.isRefresh }
      to.use(koaRateLimit({ driver: 'memory', db: new Map(), duration: 60_000, max, ...skip }))
      router.get('/page', (context) => {
        context.body = 'page'
      })
      router.get('/ws', onKoa.upgrade(app.hub))
    }),
  '@fastify/rate-limit': (app: RerunApp, { max, counts }: Budget) =>
    serveFastify(app, async (to) => {
      const skip = counts
        ? {}
        : { allowList: (request: Parameters<typeof wshub.isRefresh>[0]) => wshub.isRefresh(request) }
      await to.register(fastifyRateLimit, { max, timeWindow: 60_000, ...skip })
      to.get('/page', async () => 'page')
      to.get('/ws', wshub.upgrade(app.hub))
    }),
}

describe.each(Object.entries(apps))('%s', (_name, start) => {
  test.each(modes)(
    'a limiter that skips repeated handshakes takes nothing from the budget of pages ($mode)',
    async ({ every }) => {
      const app = await start(new RerunApp(every), { max: 3, counts: false })
      const client = await app.connect()
      const before = await app.page('/page')
      await app.repeat(client)
      const after = await app.page('/page')
      const left = [before, after].map(({ headers }) => headers.get('x-ratelimit-remaining'))
      expect([left, after.status, new Set(app.statuses)]).toEqual([['1', '0'], 200, new Set([204])])
      expect(app.failures).toEqual([])
    },
  )

  test.each(modes)(
    'a limiter that refuses repeated handshakes closes no connection and is reported ($mode)',
    async ({ every }) => {
      const app = await start(new RerunApp(every), { max: 1, counts: true })
      const client = await app.connect()
      await app.repeat(client)
      expect(new Set(app.statuses)).toEqual(new Set([429]))
      expect(app.failures.map(({ code }) => code)).toEqual(app.statuses.map(() => 'rate_limited'))
      expect(client.socket.readyState).toBe(client.socket.OPEN)
    },
  )

  test('a page gets 429 if the limiter counts repeated handshakes and they have used up its budget', async () => {
    const app = await start(new RerunApp(), { max: 2, counts: true })
    const client = await app.connect()
    expect((await app.refresh(client)).type).toBe('reply')
    expect((await app.page('/page')).status).toBe(429)
  })
})

test.each(modes)(
  'an app under pressure that answers 503 closes no connection and is reported ($mode)',
  async ({ every }) => {
    let healthy = true
    const app = new RerunApp(every)
    await serveFastify(app, async (to) => {
      await to.register(underPressure, { healthCheck: async () => healthy, healthCheckInterval: 10 })
      to.get('/ws', wshub.upgrade(app.hub))
    })
    const client = await app.connect()
    healthy = false
    await until(async () => (await app.page('/ws')).status === 503)
    await until(() => app.inFlight === 0)
    const { length } = app.statuses
    await app.repeat(client)
    expect(new Set(app.statuses.slice(length))).toEqual(new Set([503]))
    expect(new Set(app.failures.map(({ code }) => code))).toEqual(new Set(['refresh_failed']))
    expect(client.socket.readyState).toBe(client.socket.OPEN)
  },
)

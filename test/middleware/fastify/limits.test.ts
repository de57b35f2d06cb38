import rateLimit from '@fastify/rate-limit'
import { requestContext, fastifyRequestContext } from '@fastify/request-context'
import underPressure from '@fastify/under-pressure'
import { until } from '../../support/wait.js'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { fastifySites, orders, type Parts } from '../kit/fastify.js'

const COUNTERS = /^(x-ratelimit-remaining|x-ratelimit-reset|retry-after):/i

function routes({ app, serve }: Parts): void {
  serve(app, '/me')
  serve(app, '/locked', { preHandler: async (_, reply) => reply.code(401).send('who?') })
  serve(app, '/thrown', { preHandler: async () => Promise.reject(new Error('broken')) })
}

describe.each(orders)('with wshub $order the others', ({ first }) => {
  const open = fastifySites(first)

  test('@fastify/rate-limit: pages and sockets count together, each once, and both are refused', async () => {
    const testApp = await open(({ app }) => app.register(rateLimit, { max: 4, timeWindow: 60_000 }), routes)
    const seen: string[] = []
    for (let round = 0; round < 3; round += 1) {
      const { page, socket } = await testApp.both('/me')
      expectSameTreatment(page, socket, COUNTERS)
      seen.push(...[page, socket].map((one) => `${one.status}: ${one.header('x-ratelimit-remaining')}`))
    }
    expect(seen).toEqual(['200: 3', '101: 2', '200: 1', '101: 0', '429: 0', '429: 0'])
    expect((await testApp.socket('/me')).header('retry-after')).toMatch(/^\d+$/)
  })

  test('@fastify/under-pressure: upgrades are refused under pressure, and accepted afterwards', async () => {
    let healthy = true
    const options = { healthCheck: async () => healthy, healthCheckInterval: 10, retryAfter: 50 }
    const testApp = await open(({ app }) => app.register(underPressure, options), routes)
    const turn = async (to: boolean): Promise<void> => {
      healthy = to
      await until(async () => (await testApp.page('/me')).status === (to ? 200 : 503))
    }
    await turn(true)
    const well = await testApp.both('/me')
    expectSameTreatment(well.page, well.socket)
    await turn(false)
    const { page, socket } = await testApp.both('/me')
    expectSameTreatment(page, socket)
    expect([socket.status, socket.header('retry-after')]).toEqual([503, '50'])
    await turn(true)
    expect((await testApp.socket('/me')).status).toBe(101)
  })

  test('@fastify/request-context: each message sees the values that a hook has set', async () => {
    const testApp = await open(
      async ({ app }) => {
        await app.register(fastifyRequestContext)
        app.addHook('onRequest', async (request) =>
          request.requestContext.set('trace' as never, request.headers['x-trace'] as never),
        )
      },
      ({ app, serve }) => serve(app, '/me', {}, ({ requestContext: context }) => context.get('trace' as never)),
    )
    const { page, socket } = await testApp.both('/me', { fields: { 'X-Trace': 'one' } })
    expectSameTreatment(page, socket)
    const { socket: other } = await testApp.both('/me', { fields: { 'X-Trace': 'two' } })
    testApp.reply = () => String(requestContext.get('trace' as never))
    expect([await testApp.ask(socket, '?'), await testApp.ask(other, '?'), socket.body]).toEqual([
      'one',
      'two',
      '"one"',
    ])
  })

  test("Fastify's own log: a request and an answer for each, with its status", async () => {
    const testApp = await open(() => undefined, routes)
    for (const path of ['/me', '/locked', '/thrown']) {
      const { page, socket } = await testApp.both(path)
      expectSameTreatment(page, socket)
    }
    const lines = testApp.log.map(
      (line) => JSON.parse(line) as { msg: string; res?: { statusCode: number }; responseTime?: number },
    )
    const done = lines.filter(({ msg }) => msg === 'request completed')
    expect(done.map(({ res }) => res?.statusCode)).toEqual([200, 101, 401, 401, 500, 500])
    expect(done.every(({ responseTime }) => (responseTime ?? 0) > 0)).toBe(true)
    expect(lines.filter(({ msg }) => msg === 'incoming request')).toHaveLength(6)
  })
})

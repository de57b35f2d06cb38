import cors from '@koa/cors'
import type { Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import compress from 'koa-compress'
import conditional from 'koa-conditional-get'
import etag from '@koa/etag'
import helmet from 'koa-helmet'
import responseTime from 'koa-response-time'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { koaSites, versions } from '../kit/koa.js'

const refuse: Middleware = (ctx, next) => {
  if (ctx.path !== '/locked') return next()
  ctx.status = 403
  ctx.body = { error: 'no '.repeat(1000) }
  return undefined
}

describe.each(versions)('$name', ({ framework }) => {
  const open = koaSites(framework)

  test('koa-helmet: every header of a page is on the 101 and on a refusal', async () => {
    const testApp = await open(({ app, end }) => app.use(helmet()).use(refuse).use(end()))
    for (const path of ['/me', '/locked']) {
      const { page, socket } = await testApp.both(path)
      expectSameTreatment(page, socket)
      expect(socket.header('content-security-policy')).toContain("default-src 'self'")
    }
  })

  test('@koa/cors: the headers are those of a page, on a thrown error too', async () => {
    const origin = 'https://app.example.com'
    const testApp = await open(
      ({ app, end }) => {
        app.use(cors({ origin, credentials: true }))
        app.use((ctx, next) => (ctx.path === '/thrown' ? ctx.throw(400, 'no way') : next()))
        app.use(refuse).use(end())
      },
      { origins: [origin] },
    )
    for (const path of ['/me', '/locked', '/thrown']) {
      const { page, socket } = await testApp.both(path, { fields: { Origin: origin } })
      expectSameTreatment(page, socket)
      expect([path, socket.header('access-control-allow-origin')]).toEqual([path, origin])
    }
  })

  test('koa-compress: a refusal is compressed like a page, the 101 is not', async () => {
    const testApp = await open(({ app, end }) => {
      app.use(compress({ threshold: 0, br: false }) as Middleware)
      app.use(refuse).use(end(() => 'x'.repeat(2000)))
    })
    const fields = { 'Accept-Encoding': 'gzip' }
    const { page, socket } = await testApp.both('/me', { fields })
    expect([page.header('content-encoding'), socket.header('content-encoding')]).toEqual(['gzip', undefined])
    expect([socket.status, socket.body]).toEqual([101, JSON.stringify('x'.repeat(2000))])
    const refused = await testApp.both('/locked', { fields })
    expectSameTreatment(refused.page, refused.socket)
    expect(refused.socket.header('content-encoding')).toBe('gzip')
  })

  test('koa-conditional-get and @koa/etag: a refusal has its ETag, a known page is 304, and an upgrade is not conditional', async () => {
    const testApp = await open(({ app, end }) => app.use(conditional()).use(etag()).use(refuse).use(end()))
    const { page, socket } = await testApp.both('/me')
    expectSameTreatment(page, socket)
    const known = await testApp.both('/me', { fields: { 'If-None-Match': page.header('etag') as string } })
    expect([known.page.status, known.socket.status]).toEqual([304, 101])
    const refused = await testApp.both('/locked', { fields: { 'If-None-Match': '*' } })
    expectSameTreatment(refused.page, refused.socket)
    expect(refused.socket.status).toBe(403)
  })

  test('koa-response-time and koa-bodyparser: the time is on the 101, and an upgrade does not wait for a body', async () => {
    const testApp = await open(({ app, end }) => {
      app.use(responseTime()).use(bodyParser({ enableTypes: ['json', 'form', 'text'] }))
      app.use(refuse).use(end(({ request }) => request.body))
    })
    for (const path of ['/me', '/locked']) {
      for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
        const { page, socket } = await testApp.both(path, { fields: { 'Content-Type': type } })
        expectSameTreatment(page, socket, /^x-response-time/i)
        expect(socket.header('x-response-time')).toMatch(/^\d+ms$/)
      }
    }
  })
})

import Router from '@koa/router'
import type { Middleware } from 'koa'
import mount from 'koa-mount'
import serveFiles from 'koa-static'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectSameTreatment, expectSameAnswer } from '../kit/same-treatment.js'
import { koaSites, versions } from '../kit/koa.js'

const mark =
  (name: string): Middleware =>
  async (ctx, next) => {
    ctx.append('X-Way', name)
    await next()
    ctx.append('X-Way', `${name} back`)
  }

describe.each(versions)('$name', ({ framework }) => {
  const open = koaSites(framework)

  test('@koa/router: nested, with prefixes and parameters, and middleware of a router runs only for its routes', async () => {
    const testApp = await open(({ app, serve }) => {
      const inner = new Router({ prefix: '/rooms/:room' })
      inner.use(mark('inner'))
      serve(inner, '/seats/:seat', [mark('route')], ({ params }) => params as unknown)
      const outer = new Router({ prefix: '/api/:version' })
      outer.use(mark('outer'), inner.routes(), inner.allowedMethods())
      app.use(mark('app')).use(outer.routes()).use(outer.allowedMethods())
    })
    const { page, socket } = await testApp.both('/api/v1/rooms/tea/seats/4')
    expectSameTreatment(page, socket)
    expect(JSON.parse(socket.body)).toEqual({ version: 'v1', room: 'tea', seat: '4' })
    const way = ['app', 'outer', 'inner', 'route', 'route back', 'inner back', 'outer back', 'app back']
    expect(socket.headers.filter((line) => line.startsWith('X-Way')).map((line) => line.slice(7))).toEqual(way)
    for (const path of ['/api/v1/nowhere', '/api/v1/rooms/tea/seats', '/']) {
      const nowhere = await testApp.both(path)
      expectSameTreatment(nowhere.page, nowhere.socket)
      expect(nowhere.socket.status).toBe(404)
    }
  })

  test('koa-mount: an app and a middleware under a path', async () => {
    const testApp = await open(({ app, end }) => {
      const mounted = new framework()
      mounted.use(mark('mounted')).use(
        mount(
          '/deep',
          end(({ path, state }) => [path, state['by']]),
        ),
      )
      app.use(mark('app'))
      app.use((ctx, next) => {
        ctx.state['by'] = 'the app'
        return next()
      })
      app.use(mount('/under', mounted))
    })
    const { page, socket } = await testApp.both('/under/deep/er')
    expectSameTreatment(page, socket)
    expect(socket.body).toBe('["/er","the app"]')
    const nowhere = await testApp.both('/under/other')
    expectSameTreatment(nowhere.page, nowhere.socket)
    expect(nowhere.socket.status).toBe(404)
  })

  describe('koa-static', () => {
    const folder = mkdtemp(join(tmpdir(), 'static-'))
    beforeAll(async () => writeFile(join(await folder, 'page.txt'), 'a page '.repeat(20_000)))
    afterAll(async () => rm(await folder, { recursive: true }))

    test.each([{ defer: false }, { defer: true }])(
      'static files do not hold up an upgrade to its route: %j',
      async (options) => {
        const root = await folder
        const testApp = await open(({ app, serve }) => {
          const router = new Router()
          serve(router, '/me')
          app.use(serveFiles(root, options)).use(router.routes())
        })
        const { page, socket } = await testApp.both('/me')
        expectSameTreatment(page, socket)
        const file = await testApp.both('/page.txt')
        expectSameAnswer(file.page, file.socket)
        expect([file.socket.status, file.socket.body.length]).toEqual([200, 140_000])
      },
    )
  })
})

import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import createSession from 'koa-session'
import { setTimeout as pause } from 'node:timers/promises'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { koaSites, type Parts, versions } from '../kit/koa.js'
import { jar } from '../kit/middleware-app.js'

type Bag = Record<string, unknown>
const bag = ({ session }: Context): Bag => session as Bag
const requireUser: Middleware = (ctx, next) => (bag(ctx)['user'] ? next() : ctx.throw(401, 'login first'))

/** A store whose answers take time, like one on the network. */
function slowStore() {
  const saved = new Map<string, object>()
  return {
    get: (key: string) => pause(20).then(() => saved.get(key)),
    set: (key: string, value: object) => pause(20).then(() => saved.set(key, value)),
    destroy: (key: string) => pause(20).then(() => saved.delete(key)),
  }
}

const count: Middleware = (ctx, next) => {
  bag(ctx)['visits'] = Number(bag(ctx)['visits'] ?? 0) + 1
  return next()
}

function withLogin({ app, serve }: Parts): void {
  const router = new Router()
  router.post('/login', bodyParser(), (ctx) => {
    bag(ctx)['user'] = (ctx.request.body as { user: string }).user
    ctx.body = 'welcome'
  })
  router.post('/logout', (ctx) => {
    ctx['session'] = null
    ctx.body = 'bye'
  })
  serve(router, '/me', [requireUser], (ctx) => bag(ctx)['user'])
  serve(router, '/visits', [], (ctx) => bag(ctx)['visits'])
  serve(router, '/visit', [count])
  app.use(router.routes())
}

describe.each(versions)('koa-session on $name', ({ framework }) => {
  const open = koaSites(framework)

  describe.each([
    { name: 'in the cookie', store: () => ({}) },
    { name: 'in a slow store', store: () => ({ store: slowStore() }) },
  ])('$name', ({ store }) => {
    const start = (options = {}): ReturnType<typeof open> =>
      open((parts) => {
        parts.app.use(createSession({ ...store(), ...options }, parts.app) as Middleware)
        withLogin(parts)
      })

    test('a login on a page is valid for an upgrade until the logout', async () => {
      const testApp = await start()
      const cookie = await testApp.login('/login', { user: 'ada' })
      const { page, socket } = await testApp.both('/me', { fields: { Cookie: cookie } })
      expectSameTreatment(page, socket)
      expect(socket.body).toBe('"ada"')
      const bye = await testApp.page('/logout', { method: 'POST', fields: { Cookie: cookie } })
      const after = await testApp.both('/me', { fields: { Cookie: jar(bye) } })
      expectSameTreatment(after.page, after.socket)
      expect(after.socket.status).toBe(401)
    })

    test('a client without a login gets the same refusal on a page and on a socket', async () => {
      const testApp = await start()
      const { page, socket } = await testApp.both('/me')
      expectSameTreatment(page, socket)
      expect([socket.status, socket.body]).toEqual([401, 'login first'])
      expect(testApp.hub.stats().opened).toBe(0)
    })

    test('an upgrade starts a session like a page, and its cookie is valid at once', async () => {
      const testApp = await start()
      const { page, socket } = await testApp.both('/visit')
      expectSameTreatment(page, socket)
      // The session and its signature, each on a line of its own.
      expect(socket.cookies).toHaveLength(2)
      expect((await testApp.socket('/visits', { fields: { Cookie: jar(socket) } })).body).toBe('1')
    })

    test('an upgrade renews a rolling session', async () => {
      const testApp = await start({ rolling: true })
      const cookie = await testApp.login('/login', { user: 'ada' })
      const { page, socket } = await testApp.both('/me', { fields: { Cookie: cookie } })
      expectSameTreatment(page, socket)
      expect(socket.cookies).toHaveLength(2)
    })
  })
})

import Router from '@koa/router'
import { sign } from 'jsonwebtoken'
import type { Context, Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import jwt from 'koa-jwt'
import { KoaPassport } from 'koa-passport'
import createSession from 'koa-session'
import { Strategy as Bearer } from 'passport-http-bearer'
import { Strategy as Local } from 'passport-local'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { koaSites, versions } from '../kit/koa.js'
import { jar } from '../kit/middleware-app.js'

const SECRET = 'a secret that is long enough for HS256, and no secret'
const token = sign({ sub: 'ada' }, SECRET)
const stale = sign({ sub: 'ada', exp: 1 }, SECRET)
const nameOf = ({ state }: Context): unknown => (state['user'] as { name?: string; sub?: string } | undefined)?.name
const user: Middleware = (ctx, next) => (ctx.isAuthenticated() ? next() : ctx.throw(401, 'login first'))

function passportWith(): InstanceType<typeof KoaPassport> {
  const passport = new KoaPassport()
  passport.serializeUser((person, done) => void setImmediate(() => done(null, (person as { name: string }).name)))
  passport.deserializeUser((name, done) => void setImmediate(() => done(null, { name })))
  passport.use(new Local((name, password, done) => done(null, password === 'right' && { name })))
  passport.use(new Bearer((given, done) => done(null, given === 'good' && { name: 'ada' }, { scope: 'all' })))
  return passport
}

describe.each(versions)('$name', ({ framework }) => {
  const open = koaSites(framework)

  test('koa-passport with a session: a login on a page is valid for an upgrade until the logout', async () => {
    const testApp = await open(({ app, serve }) => {
      const passport = passportWith()
      const router = new Router()
      app.use(createSession({}, app) as Middleware)
      app.use(bodyParser()).use(passport.initialize()).use(passport.session())
      router.post('/login', passport.authenticate('local'), (ctx) => void (ctx.body = 'welcome'))
      router.post('/logout', async (ctx) => {
        await ctx.logout()
        ctx.body = 'bye'
      })
      serve(router, '/me', [user], nameOf)
      serve(router, '/enter', [(ctx, next) => ctx.login({ name: 'guest' }).then(next)], nameOf)
      app.use(router.routes())
    })
    const cookie = await testApp.login('/login', { username: 'ada', password: 'right' })
    for (const [path, given, status, body] of [
      ['/me', cookie, 101, '"ada"'],
      ['/me', [], 401, 'login first'],
      ['/enter', [], 101, '"guest"'],
    ] as const) {
      const { page, socket } = await testApp.both(path, { fields: { Cookie: given } })
      expectSameTreatment(page, socket)
      expect([socket.status, socket.body]).toEqual([status, body])
    }
    const entered = await testApp.socket('/enter')
    expect((await testApp.page('/me', { fields: { Cookie: jar(entered) } })).body).toBe('"guest"')
    const bye = await testApp.page('/logout', { method: 'POST', fields: { Cookie: cookie } })
    expect((await testApp.socket('/me', { fields: { Cookie: jar(bye) } })).status).toBe(401)
  })

  test('koa-passport with a bearer token: in the header, and of a browser as a subprotocol', async () => {
    const testApp = await open(
      ({ app, end }) => {
        const passport = passportWith()
        app.use(passport.initialize()).use(passport.authenticate('bearer', { session: false }))
        app.use(end(nameOf))
      },
      { bearerProtocol: true },
    )
    for (const [given, status] of [
      ['good', 101],
      ['bad', 401],
    ] as const) {
      const { page, socket } = await testApp.both('/', { fields: { Authorization: `Bearer ${given}` } })
      const browser = await testApp.socket('/', { fields: { 'Sec-WebSocket-Protocol': `wshub, bearer.${given}` } })
      expectSameTreatment(page, socket)
      expectSameTreatment(page, browser)
      expect([socket.status, browser.status]).toEqual([status, status])
    }
  })

  test('koa-jwt: describe sees the claims, and its error is the answer', async () => {
    const testApp = await open(
      ({ app, end }) => {
        app.use(jwt({ secret: SECRET }) as Middleware)
        app.use(end(({ state }) => (state['user'] as { sub: string }).sub))
      },
      { bearerProtocol: true },
    )
    for (const [given, status, body] of [
      [token, 101, '"ada"'],
      [stale, 401, 'Authentication Error'],
    ] as const) {
      const { page, socket } = await testApp.both('/', { fields: { Authorization: `Bearer ${given}` } })
      const browser = await testApp.socket('/', { fields: { 'Sec-WebSocket-Protocol': `wshub, bearer.${given}` } })
      expectSameTreatment(page, socket)
      expectSameTreatment(page, browser)
      expect([socket.status, socket.body]).toEqual([status, body])
    }
    const { page, socket } = await testApp.both('/')
    expectSameTreatment(page, socket)
    expect(socket.status).toBe(401)
  })
})

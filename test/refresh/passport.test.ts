import fastifyCookie from '@fastify/cookie-cjs'
import { Authenticator } from '@fastify/passport'
import fastifySession from '@fastify/session'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import session from 'express-session'
import type { Context, Middleware } from 'koa'
import { KoaPassport } from 'koa-passport'
import koaSession from 'koa-session'
import { Passport } from 'passport'
import { Strategy as Bearer } from 'passport-http-bearer'
import { expectEventually, until } from '../support/wait.js'
import type { WsClient } from '../support/ws-client.js'
import { CountingStore } from './counting-store.js'
import { RerunApp, SECRET, serveExpress, serveFastify, serveKoa } from './rerun-app.js'

interface User {
  readonly name: string
  readonly admin: boolean
}

const nameOf = (user: unknown): { user: string } => ({ user: (user as User).name })

/** The table of users. */
class Users extends Map<string, User> {
  readonly find = (name: unknown): User | false => this.get(String(name)) ?? false
}

const requireAdmin: Middleware = (context, next) => {
  if (!context.isAuthenticated()) return context.throw(401)
  return (context.state['user'] as User).admin ? next() : context.throw(403)
}

/** Passport with a session in each framework: a login, a logout, and a route for admins. */
const apps = {
  'passport on Express': (app: RerunApp, store: CountingStore, users: Users) =>
    serveExpress(app, (to) => {
      const passport = new Passport()
      passport.serializeUser((user, done) => done(null, (user as User).name))
      passport.deserializeUser((name, done) => done(null, users.find(name)))
      to.use(session({ secret: SECRET, store: store.express, resave: true, rolling: true, saveUninitialized: true }))
      to.use(passport.initialize(), passport.session())
      to.get('/login', (req, res, next) =>
        req.login({ name: 'ann' }, (error) => void (error ? next(error) : res.send('hello'))),
      )
      to.get('/logout', (req, res, next) => req.logout((error) => void (error ? next(error) : res.send('bye'))))
      to.get('/ws', (req, res, next) => {
        if (!req.isAuthenticated()) res.sendStatus(401)
        else if (!(req.user as User).admin) res.sendStatus(403)
        else next()
      })
      to.get(
        '/ws',
        onExpress.upgrade(app.hub, (req) => nameOf(req.user)),
      )
    }),
  'koa-passport': (app: RerunApp, store: CountingStore, users: Users) =>
    serveKoa(app, (to, router) => {
      const passport = new KoaPassport()
      passport.serializeUser((user, done) => done(null, (user as User).name))
      passport.deserializeUser((name, done) => done(null, users.find(name)))
      to.use(koaSession({ store: store.koa, rolling: true, renew: true }, to) as Middleware)
      to.use(passport.initialize()).use(passport.session())
      router.get('/login', async (context: Context) => {
        await context.login({ name: 'ann' })
        context.body = 'hello'
      })
      router.get('/logout', async (context: Context) => {
        await context.logout()
        context.body = 'bye'
      })
      router.get(
        '/ws',
        requireAdmin,
        onKoa.upgrade(app.hub, (context) => nameOf(context.state['user'])),
      )
    }),
  '@fastify/passport': (app: RerunApp, store: CountingStore, users: Users) =>
    serveFastify(app, async (to) => {
      const passport = new Authenticator()
      passport.registerUserSerializer(async (user: User) => user.name)
      passport.registerUserDeserializer(async (name: string) => users.find(name))
      await to.register(fastifyCookie)
      await to.register(fastifySession, { secret: SECRET, cookie: { secure: false }, store })
      await to.register(passport.initialize())
      await to.register(passport.secureSession())
      to.get('/login', async (request) => {
        await request.logIn({ name: 'ann' } as never)
        return 'hello'
      })
      to.get('/logout', async (request) => {
        await request.logOut()
        return 'bye'
      })
      to.get(
        '/ws',
        {
          preHandler: async (request, reply) => {
            if (!request.isAuthenticated()) return reply.code(401).send()
            return (request.user as unknown as User).admin ? undefined : reply.code(403).send()
          },
        },
        wshub.upgrade(app.hub, (request) => nameOf(request.user)),
      )
    }),
}

describe.each(Object.entries(apps))('%s', (_name, start) => {
  let app: RerunApp
  let client: WsClient
  let cookie: string
  let store: CountingStore
  let users: Users

  beforeEach(async () => {
    store = new CountingStore()
    users = new Users([['ann', { name: 'ann', admin: true }]])
    app = await start(new RerunApp(50), store, users)
    cookie = (await app.page('/login')).cookie
    client = await app.connect({ Cookie: cookie })
    await app.runs(1)
  })

  const logins = (): string[] => [...store.sessions.values()].filter((text) => text.includes('ann'))

  test('a repeated handshake of a user that is logged in writes nothing to the store', async () => {
    const before = [store.writes, store.sessions.size]
    await app.runs(3)
    expect([store.writes, store.sessions.size]).toEqual(before)
    expect([app.failures, new Set(app.statuses), logins().length]).toEqual([[], new Set([204]), 1])
  })

  test('a logout while a repeated handshake is in progress is not undone by it', async () => {
    const held = store.holdNextRead()
    await held.begun
    expect((await app.page('/logout', { headers: { Cookie: cookie } })).body).toBe('bye')
    expect(logins()).toEqual([])
    held.release()
    expect(await client.closed).toEqual({ code: 4401, reason: 'revoked' })
    await expectEventually(() => expect([logins(), app.statuses.slice(-2)]).toEqual([[], [204, 401]]))
  })

  test('a banned user is disconnected with 4401', async () => {
    users.delete('ann')
    expect(await client.closed).toEqual({ code: 4401, reason: 'revoked' })
  })

  test('a user that loses a role is disconnected with 4403', async () => {
    users.set('ann', { name: 'ann', admin: false })
    expect(await client.closed).toEqual({ code: 4403, reason: 'revoked' })
  })
})

test('a bearer token of passport is replaced by hub:refresh, and a wrong one changes nothing', async () => {
  const app = new RerunApp()
  await serveExpress(app, (to) => {
    const passport = new Passport()
    passport.use(new Bearer((token, done) => done(null, token.startsWith('ann') && { name: 'ann', token })))
    to.use(passport.initialize(), passport.authenticate('bearer', { session: false }) as never)
    to.get(
      '/ws',
      onExpress.upgrade(app.hub, ({ user }) => ({ ...nameOf(user), data: Object(user).token })),
    )
  })
  const data = (): unknown[] => [...app.hub.connections.values()].map((connection) => connection.data)
  const client = await app.connect({ Authorization: 'Bearer ann1' })
  expect(await app.refresh(client, { token: 'ann2' })).toMatchObject({ type: 'reply', payload: {} })
  expect(data()).toEqual(['ann2'])
  const other = await app.connect({ Authorization: 'Bearer ann3' })
  expect(await app.refresh(other, { token: 'bob' })).toMatchObject({ payload: { code: 'unauthorized', status: 401 } })
  await until(() => app.inFlight === 0)
  expect(data()).toEqual(['ann2', 'ann3'])
})

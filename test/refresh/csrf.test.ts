import fastifyCookie from '@fastify/cookie-cjs'
import fastifyCsrf from '@fastify/csrf-protection'
import fastifySession from '@fastify/session'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import cookieParser from 'cookie-parser'
import { doubleCsrf } from 'csrf-csrf'
import type { onRequestHookHandler } from 'fastify'
import type { Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import koaSession from 'koa-session'
import { modes, RerunApp, SECRET, serveExpress, serveFastify, serveKoa } from './rerun-app.js'

// Required without its types, because these change the types of every Koa app in a program.
const CSRF = jest.requireActual<new () => Middleware>('koa-csrf')

/** The CSRF protection of each framework before every route, as its documentation shows it. */
const apps = {
  'csrf-csrf': (app: RerunApp) =>
    serveExpress(app, (to) => {
      const { doubleCsrfProtection, generateCsrfToken } = doubleCsrf({
        getSecret: () => SECRET,
        getSessionIdentifier: () => 'one',
        cookieName: 'csrf',
        cookieOptions: { secure: false },
      })
      to.use(cookieParser(), doubleCsrfProtection)
      to.get('/token', (req, res) => void res.send(generateCsrfToken(req, res)))
      to.post('/form', (_req, res) => void res.send('done'))
      to.get('/ws', onExpress.upgrade(app.hub))
    }),
  'koa-csrf': (app: RerunApp) =>
    serveKoa(app, (to, router) => {
      to.use(koaSession({}, to)).use(bodyParser()).use(new CSRF())
      router.get('/token', (context) => {
        context.body = (context.state as Record<string, string>)['_csrf']
      })
      router.post('/form', (context) => {
        context.body = 'done'
      })
      router.get('/ws', onKoa.upgrade(app.hub))
    }),
  '@fastify/csrf-protection': (app: RerunApp) =>
    serveFastify(app, async (to) => {
      await to.register(fastifyCookie)
      await to.register(fastifySession, { secret: SECRET, cookie: { secure: false } })
      await to.register(fastifyCsrf, { sessionPlugin: '@fastify/session' })
      to.get('/token', async (_request, reply) => reply.generateCsrf())
      const protect: onRequestHookHandler = (request, reply, done) => to.csrfProtection(request, reply, done)
      to.post('/form', { onRequest: protect }, async () => 'done')
      // This plugin also checks GET requests, if the route asks for it: the token is in a header of the handshake.
      to.get('/ws', { onRequest: protect }, wshub.upgrade(app.hub))
    }),
}

describe.each(Object.entries(apps))('%s', (_name, start) => {
  test.each(modes)(
    'a repeated handshake passes CSRF protection that refuses a form without a token ($mode)',
    async ({ every }) => {
      const app = await start(new RerunApp(every))
      const { body: token, cookie } = await app.page('/token')
      expect((await app.page('/form', { method: 'POST', headers: { Cookie: cookie } })).status).toBe(403)
      const client = await app.connect({ Cookie: cookie, 'x-csrf-token': token })
      await app.repeat(client)
      expect(new Set(app.statuses)).toEqual(new Set([204]))
      expect(app.failures).toEqual([])
      expect(client.socket.readyState).toBe(client.socket.OPEN)
    },
  )
})

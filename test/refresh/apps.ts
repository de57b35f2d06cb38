import { createServer, type IncomingMessage, type Server } from 'node:http'
import fastifyCookie from '@fastify/cookie-cjs'
import fastifySecureSession from '@fastify/secure-session'
import fastifySession from '@fastify/session'
import Router, { type RouterMiddleware } from '@koa/router'
import type { Hub } from '@wshub/core'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import cookieSession from 'cookie-session'
import express from 'express'
import express4 from 'express4'
import session from 'express-session'
import fastify from 'fastify'
import Koa2 from 'koa2'
import Koa3 from 'koa3'
import koaSession from 'koa-session'
import type { CountingStore } from './counting-store.js'

/** An app with a login, a logout and a hub behind its session. */
export interface RefreshedApp {
  readonly server: Server
  close(): Promise<void>
}

/** What an app reports to its test. */
export interface Watch {
  readonly store: CountingStore
  /** Repeated handshakes that came to the app. */
  readonly runs: IncomingMessage[]
  /** Status and kind of each finished response of the route. */
  readonly log: string[]
  /** Requests that are in progress. */
  gauge: number
}

export interface AppKind {
  readonly name: string
  /** Whether a session is kept in a store, so that a logout is detected. */
  readonly stored: boolean
  readonly start: (hub: Hub, watch: Watch) => Promise<RefreshedApp>
}

type Bag = { user?: string; visits?: number }

/** The session of a request, whichever middleware has set it. */
function bagOf(request: object): Bag & { destroy?: () => Promise<void> } {
  return (request as { session?: Bag }).session ?? {}
}

const requireUser: RouterMiddleware = async (context, next) => {
  if (!bagOf(context).user) context.throw(401, 'login first')
  await next()
}

const SECRET = 'a secret of at least thirty-two characters'

function serve(server: Server): Promise<RefreshedApp> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({
        server,
        close: () =>
          new Promise((closed) => {
            server.closeAllConnections()
            server.close(() => closed())
          }),
      }),
    )
  })
}

const expressApp = (
  framework: typeof express,
  name: string,
  middleware: (store: CountingStore) => express.RequestHandler,
  stored: boolean,
): AppKind => ({
  name,
  stored,
  start(hub, watch) {
    const app = framework()
    app.use((req, res, next) => {
      watch.gauge += 1
      if (onExpress.isRefresh(req)) watch.runs.push(req)
      res.on('finish', () => watch.log.push(`${req.path} ${res.statusCode}`))
      res.on('close', () => (watch.gauge -= 1))
      next()
    })
    app.use(middleware(watch.store))
    app.get('/login', (req, res) => {
      bagOf(req).user = 'ann'
      res.send('welcome')
    })
    app.get('/logout', (req, res) => {
      if (typeof req.session.destroy === 'function') req.session.destroy(() => res.send('bye'))
      else res.send('bye')
    })
    app.use('/ws', (req, res, next) => void (bagOf(req).user ? next() : res.status(401).send('login first')))
    app.get(
      '/ws',
      onExpress.upgrade(hub, (req) => ({ user: String((req.session as Bag).user) })),
    )
    const server = createServer(app)
    onExpress.attach(server)
    return serve(server)
  },
})

const koaApp = (
  Koa: typeof Koa3,
  name: string,
  options: (store: CountingStore) => object,
  stored: boolean,
): AppKind => ({
  name,
  stored,
  start(hub, watch) {
    const app = new Koa()
    app.silent = true
    app.keys = [SECRET]
    app.use(async (context, next) => {
      watch.gauge += 1
      if (onKoa.isRefresh(context)) watch.runs.push(context.req)
      context.res.on('finish', () => watch.log.push(`${context.path} ${context.res.statusCode}`))
      try {
        await next()
      } finally {
        watch.gauge -= 1
      }
    })
    app.use(koaSession(options(watch.store), app))
    const router = new Router()
    router.get('/login', (context) => {
      ;(context.session as Bag).user = 'ann'
      context.body = 'welcome'
    })
    router.get('/logout', (context) => {
      context.session = null
      context.body = 'bye'
    })
    router.get(
      '/ws',
      requireUser,
      onKoa.upgrade(hub, (context) => ({ user: String((context['session'] as Bag).user) })),
    )
    app.use(router.routes())
    const answer = app.callback()
    const server = createServer((req, res) => void answer(req, res))
    onKoa.attach(server)
    return serve(server)
  },
})

const fastifyApp = (name: string, secure: boolean, options: object = {}): AppKind => ({
  name,
  stored: !secure,
  async start(hub, watch) {
    const app = fastify()
    app.addHook('onRequest', async (request, reply) => {
      watch.gauge += 1
      if (wshub.isRefresh(request)) watch.runs.push(request.raw)
      reply.raw.on('close', () => (watch.gauge -= 1))
    })
    app.addHook('onRequestAbort', async (_request) => void watch.log.push('aborted'))
    app.addHook('onResponse', async (request, reply) => void watch.log.push(`${request.url} ${reply.raw.statusCode}`))
    await app.register(fastifyCookie)
    if (secure) await app.register(fastifySecureSession, { key: Buffer.alloc(32, 7), cookie: { path: '/' } })
    else
      await app.register(fastifySession, { secret: SECRET, cookie: { secure: false }, store: watch.store, ...options })
    await app.register(wshub)
    app.get('/login', async (request) => {
      if (secure) (request.session as unknown as { set(key: string, value: string): void }).set('user', 'ann')
      else bagOf(request).user = 'ann'
      return 'welcome'
    })
    app.get('/logout', async (request) => {
      await bagOf(request).destroy?.()
      return 'bye'
    })
    const userOf = (request: object): string | undefined =>
      secure
        ? (request as { session: { get(key: string): string | undefined } }).session.get('user')
        : bagOf(request).user
    app.get(
      '/ws',
      { preHandler: async (request, reply) => (userOf(request) ? undefined : reply.code(401).send('login first')) },
      wshub.upgrade(hub, (request) => ({ user: String(userOf(request)) })),
    )
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { server: app.server, close: () => app.close() }
  },
})

const rolling = (store: CountingStore): express.RequestHandler =>
  session({ secret: SECRET, store: store.express, resave: true, rolling: true, saveUninitialized: true })
const plain = (store: CountingStore): express.RequestHandler =>
  session({ secret: SECRET, store: store.express, resave: false, saveUninitialized: false })
const inCookie = (): express.RequestHandler => cookieSession({ keys: [SECRET] })

/** Session middleware of every framework, with the settings that cause the most writes. */
export const kinds: readonly AppKind[] = [
  expressApp(express, 'Express 5, express-session that saves, rolls and touches', rolling, true),
  expressApp(express, 'Express 5, express-session', plain, true),
  expressApp(
    express4 as unknown as typeof express,
    'Express 4, express-session that saves, rolls and touches',
    rolling,
    true,
  ),
  expressApp(express, 'Express 5, cookie-session', inCookie, false),
  koaApp(Koa3, 'Koa 3, koa-session that rolls', (store) => ({ store: store.koa, rolling: true, renew: true }), true),
  koaApp(Koa2 as unknown as typeof Koa3, 'Koa 2, koa-session', (store) => ({ store: store.koa }), true),
  koaApp(Koa3, 'Koa 3, koa-session in a cookie', () => ({ rolling: true }), false),
  fastifyApp('Fastify, @fastify/session that rolls', false, { rolling: true, saveUninitialized: true }),
  fastifyApp('Fastify, @fastify/session', false, { rolling: false, saveUninitialized: false }),
  fastifyApp('Fastify, @fastify/secure-session', true),
]

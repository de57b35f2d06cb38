import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import cookie from '@fastify/cookie-cjs'
import fastifySession from '@fastify/session'
import Router from '@koa/router'
import express, { type RequestHandler } from 'express'
import express4 from 'express4'
import expressSession from 'express-session'
import Fastify, { type onRequestAsyncHookHandler } from 'fastify'
import Koa, { type Middleware } from 'koa'
import mount from 'koa-mount'
import koaSession from 'koa-session'
import type { Hub } from '@wshub/core'
import { inspector as expressInspector } from '@wshub/inspector/express'
import { inspector as fastifyInspector } from '@wshub/inspector/fastify'
import { inspector as koaInspector } from '@wshub/inspector/koa'

declare module 'express-session' {
  interface SessionData {
    isAdmin?: boolean
  }
}

declare module 'fastify' {
  interface Session {
    isAdmin?: boolean
  }
}

/** An app with sessions: `/login` logs an admin in, and only admins may use the inspector at `/hub`. */
export interface MountedApp {
  readonly name: string
  readonly start: (hub: Hub) => Promise<{ readonly url: string; readonly close: () => Promise<unknown> }>
}

const SECRET = 'a secret of more than thirty-two characters'
/** The body of the app's answer to a request without a route. */
const NOT_FOUND = 'nothing of the app is here'

const forAdmins: RequestHandler = (req, res, next) =>
  req.session.isAdmin ? next() : void res.status(401).send('login')

function expressApp(framework: typeof express, hub: Hub): RequestListener {
  const app = framework()
  app.use(expressSession({ secret: SECRET, resave: false, saveUninitialized: false }))
  app.get('/login', (req, res) => {
    req.session.isAdmin = true
    res.send('welcome')
  })
  app.use('/hub', forAdmins, expressInspector(hub))
  app.use((_, res) => void res.status(404).send(NOT_FOUND))
  return app
}

const forKoaAdmins: Middleware = async (ctx, next) => {
  if (ctx.session?.['isAdmin']) await next()
  else ctx.throw(401, 'login')
}

function koaApp(add: (app: Koa) => void): RequestListener {
  const app = new Koa()
  app.keys = [SECRET]
  app.silent = true
  app.use(koaSession(app))
  app.use(async (ctx, next) => {
    if (ctx.path === '/login') Object.assign(ctx.session ?? {}, { isAdmin: true })
    if (ctx.path === '/login') ctx.body = 'welcome'
    else await next()
  })
  add(app)
  app.use((ctx) => {
    ctx.status = 404
    ctx.body = NOT_FOUND
  })
  const handle = app.callback()
  return (request, response) => void handle(request, response)
}

function mountInKoa(app: Koa, hub: Hub): void {
  const admin = new Koa()
  admin.use(forKoaAdmins)
  admin.use(koaInspector(hub))
  app.use(mount('/hub', admin))
}

function routeInKoa(app: Koa, hub: Hub): void {
  const router = new Router()
  router.all('/hub{/*rest}', forKoaAdmins, koaInspector(hub, { prefix: '/hub' }))
  app.use(router.routes())
}

const forFastifyAdmins: onRequestAsyncHookHandler = async (request, reply) => {
  if (!request.session.isAdmin) await reply.code(401).send('login')
}

async function startFastify(hub: Hub) {
  const app = Fastify()
  await app.register(cookie)
  await app.register(fastifySession, { secret: SECRET, cookie: { secure: false }, saveUninitialized: false })
  app.get('/login', async (request) => {
    request.session.isAdmin = true
    return 'welcome'
  })
  await app.register(async (admin) => {
    admin.addHook('onRequest', forFastifyAdmins)
    await admin.register(fastifyInspector(hub), { prefix: '/hub' })
  })
  app.setNotFoundHandler((_, reply) => reply.code(404).send(NOT_FOUND))
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() }
}

/** Serves an app on a free port. */
export async function listening(listener: RequestListener) {
  const server: Server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

export const mountedApps: readonly MountedApp[] = [
  { name: 'Express 5', start: (hub) => listening(expressApp(express, hub)) },
  { name: 'Express 4', start: (hub) => listening(expressApp(express4 as unknown as typeof express, hub)) },
  { name: 'Koa with koa-mount', start: (hub) => listening(koaApp((app) => mountInKoa(app, hub))) },
  { name: 'Koa with a router', start: (hub) => listening(koaApp((app) => routeInKoa(app, hub))) },
  { name: 'Fastify', start: startFastify },
]

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { AttachOptions, Hub } from '@wshub/core'
import * as forExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as forKoa from '@wshub/koa'
import Router from '@koa/router'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa3'
import { socketsOf } from '../contract/hosts/listen.js'

// One app in three frameworks: a global authentication that may be slow and refuses clients of other listeners, a hub, and a
// page for every other path.

export interface Settings {
  readonly hub: Hub
  /** Milliseconds that the authentication takes; at 0 it answers before the next listener is called. */
  readonly delay: number
  readonly attach: AttachOptions
  /** Whether wshub is attached before the others. */
  readonly first: boolean
  /** Sets up the other listeners. */
  readonly join: (server: Server) => void
}

export interface App {
  readonly server: Server
  readonly port: number
  /** Detaches wshub; undefined for Fastify, whose plugin ends with its app. */
  readonly detach?: () => void
  /** Closes the app as the framework does, which waits for open connections. */
  readonly end: () => Promise<unknown>
  /** Closes the app and its open connections. */
  readonly close: () => Promise<unknown>
}

export interface Framework {
  readonly name: string
  readonly serve: (settings: Settings) => Promise<App>
}

const PAGE = '<title>page</title>'
const WHO = 'x-user'

/** The options with which a client passes the authentication. */
export const KNOWN = { headers: { [WHO]: 'ann' } }

/** Resolves after `ms`; the timer does not keep the process alive. */
const pass = (ms: number): Promise<void> => setTimeout(ms, undefined, { ref: false })

async function serveExpress(settings: Settings): Promise<App> {
  const app = express()
  app.use(async (req, res, next) => {
    if (settings.delay > 0) await pass(settings.delay)
    if (req.get(WHO)) next()
    else res.status(401).send('login first')
  })
  app.get('/hub', forExpress.upgrade(settings.hub))
  app.use((_req, res) => void res.send(PAGE))
  return withServer(createServer(app), forExpress.attach, settings)
}

async function serveKoa(settings: Settings): Promise<App> {
  const app = new Koa()
  app.silent = true
  app.use(async (ctx, next) => {
    if (settings.delay > 0) await pass(settings.delay)
    if (!ctx.get(WHO)) ctx.throw(401, 'login first')
    await next()
  })
  const router = new Router()
  router.get('/hub', forKoa.upgrade(settings.hub))
  app.use(router.routes() as unknown as Koa.Middleware)
  app.use((ctx) => {
    ctx.body = PAGE
  })
  const handle = app.callback()
  return withServer(
    createServer((req, res) => void handle(req, res)),
    forKoa.attach,
    settings,
  )
}

async function withServer(server: Server, attach: typeof forExpress.attach, settings: Settings): Promise<App> {
  const sockets = socketsOf(server)
  if (!settings.first) settings.join(server)
  const detach = attach(server, settings.attach)
  if (settings.first) settings.join(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const end = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
  return appOf(server, { detach, end, sockets })
}

async function serveFastify(settings: Settings): Promise<App> {
  const app = Fastify()
  const sockets = socketsOf(app.server)
  app.addHook('onRequest', (request, reply, done) => {
    const decide = (): unknown => (request.headers[WHO] ? done() : reply.code(401).send('login first'))
    if (settings.delay > 0) void pass(settings.delay).then(decide)
    else decide()
  })
  app.setNotFoundHandler((_request, reply) => reply.type('text/html').send(PAGE))
  if (!settings.first) settings.join(app.server)
  await app.register(wshub, settings.attach)
  app.get('/hub', { websocket: true }, wshub.upgrade(settings.hub))
  app.get('/own', { websocket: true, onRequest: [] }, (socket) => {
    socket.on('message', (data: Buffer, binary: boolean) => socket.send(data, { binary }))
  })
  if (settings.first) settings.join(app.server)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return appOf(app.server, { end: () => app.close(), sockets })
}

type Ends = Pick<App, 'detach' | 'end'> & { readonly sockets: ReturnType<typeof socketsOf> }

function appOf(server: Server, { sockets, ...ends }: Ends): App {
  const close = async (): Promise<void> => {
    const ended = ends.end()
    for (const socket of sockets) socket.destroy()
    await ended
  }
  return { server, port: (server.address() as AddressInfo).port, ...ends, close }
}

export const frameworks: readonly Framework[] = [
  { name: 'express 5', serve: serveExpress },
  { name: 'koa 3', serve: serveKoa },
  { name: 'fastify 5', serve: serveFastify },
]

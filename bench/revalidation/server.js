// One app whose upgrade route needs a session. Its hub repeats every handshake once in `every` milliseconds.
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import cookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { Hub } from '@wshub/core'
import * as onExpress from '@wshub/express'
import wshub from '@wshub/fastify'
import * as onKoa from '@wshub/koa'
import Router from '@koa/router'
import express from 'express'
import session from 'express-session'
import fastify from 'fastify'
import Koa from 'koa3'
import koaSession from 'koa-session'

const [framework, every] = process.argv.slice(2)
const SECRET = 'a secret of at least thirty-two characters'

/** Reads of the session store, by tenth of a second. */
const reads = new Map()
const sessions = new Map()
let opened = 0

const read = async (id) => {
  const tenth = Math.floor(performance.now() / 100)
  reads.set(tenth, (reads.get(tenth) ?? 0) + 1)
  // The store is on the network.
  await sleep(1)
  const text = sessions.get(id)
  return text === undefined ? undefined : JSON.parse(text)
}
const write = (id, data) => void sessions.set(id, JSON.stringify(data))

class Store extends session.Store {
  get(id, done) {
    void read(id).then((data) => done(null, data ?? null))
  }
  set(id, data, done = () => {}) {
    write(id, data)
    done()
  }
  touch(_id, _data, done = () => {}) {
    done()
  }
  destroy(id, done = () => {}) {
    sessions.delete(id)
    done()
  }
}

const hub = new Hub({
  ...(Number(every) > 0 && { revalidate: { every: Number(every) } }),
  onOpen: () => void (opened += 1),
  onError(error) {
    console.error(error)
    process.exit(1)
  },
})

const guard = (context, next) => (context.session.user ? next() : context.throw(401))
const preHandler = async (request, reply) => (request.session.user ? undefined : reply.code(401).send())

const APPS = {
  async express() {
    const app = express()
    app.use(session({ secret: SECRET, resave: false, saveUninitialized: false, store: new Store() }))
    app.get('/login', (req, res) => res.send((req.session.user = 'ann')))
    app.get('/ws', (req, res, next) => void (req.session.user ? next() : res.sendStatus(401)))
    app.get(
      '/ws',
      onExpress.upgrade(hub, (req) => ({ user: req.session.user })),
    )
    const server = createServer(app)
    onExpress.attach(server)
    return listening(server)
  },
  async koa() {
    const app = new Koa()
    app.keys = [SECRET]
    app.use(
      koaSession({ store: { get: read, set: async (id, data) => write(id, data), destroy: async () => {} } }, app),
    )
    const router = new Router()
    router.get('/login', (context) => (context.body = context.session.user = 'ann'))
    router.get(
      '/ws',
      guard,
      onKoa.upgrade(hub, (context) => ({ user: context.session.user })),
    )
    app.use(router.routes())
    const answer = app.callback()
    const server = createServer((req, res) => void answer(req, res))
    onKoa.attach(server)
    return listening(server)
  },
  async fastify() {
    const app = fastify()
    await app.register(cookie)
    await app.register(fastifySession, {
      secret: SECRET,
      cookie: { secure: false },
      saveUninitialized: false,
      rolling: false,
      store: new Store(),
    })
    await app.register(wshub)
    app.get('/login', async (request) => (request.session.user = 'ann'))
    app.get(
      '/ws',
      { preHandler },
      wshub.upgrade(hub, (request) => ({ user: request.session.user })),
    )
    await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
    return app.server
  },
}

function listening(server) {
  return new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve(server)))
}

const server = await APPS[framework]()
process.send({ port: server.address().port })

let delay
let began
const ANSWERS = {
  opened: () => ({ opened }),
  end: () => process.exit(),
  begin() {
    reads.clear()
    delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    began = { cpu: process.cpuUsage(), at: performance.now() }
    return {}
  },
  figures() {
    const { user, system } = process.cpuUsage(began.cpu)
    const counts = [...reads.values()]
    return {
      share: (user + system) / 1000 / (performance.now() - began.at),
      gap: delay.max / 1e6,
      runs: counts.reduce((sum, count) => sum + count, 0),
      burst: Math.max(0, ...counts),
    }
  },
}
process.on('message', (question) => process.send(ANSWERS[question]()))

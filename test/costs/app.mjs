import { once } from 'node:events'
import { createServer } from 'node:http'
import Router from '@koa/router'
import { Hub, Router as Routes } from '@wshub/core'
import * as onExpress from '@wshub/express'
import wshub, { upgrade as onFastify } from '@wshub/fastify'
import * as onKoa from '@wshub/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

const MODES = {
  broadcast: (hub) => ({ onMessage: (connection, text) => hub().room(connection.data.room).send(text) }),
  echo: () => ({ onMessage: (connection, text) => connection.send(text) }),
  request: () => ({ router: new Routes().handle('add', ({ payload: { a, b } }) => a + b) }),
}

function createHub(mode) {
  const hub = new Hub({
    ...MODES[mode](() => hub),
    onError(error) {
      throw error
    },
  })
  return hub
}

const describe = ({ params: { room } }) => ({ user: 'ada', data: { room }, rooms: [room] })

const FRAMEWORKS = {
  express(hub) {
    const app = express()
    app.get('/ws/:room', onExpress.upgrade(hub, describe))
    const server = createServer(app)
    onExpress.attach(server)
    return server
  },
  koa(hub) {
    const router = new Router()
    router.get('/ws/:room', onKoa.upgrade(hub, describe))
    const handle = new Koa().use(router.routes()).callback()
    const server = createServer((request, response) => void handle(request, response))
    onKoa.attach(server)
    return server
  },
  async fastify(hub) {
    const app = fastify()
    await app.register(wshub)
    app.get('/ws/:room', { websocket: true }, onFastify(hub, describe))
    await app.ready()
    return app.server
  },
}

/** A server whose clients are users in a room, and which listens on a free port. */
export async function startApp({ framework = 'express', mode = 'broadcast' }) {
  const hub = createHub(mode)
  const server = await FRAMEWORKS[framework](hub)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    port: server.address().port,
    async close() {
      await hub.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

import { createServer } from 'node:http'
import { connect } from '@wshub/core/testing'
import { Hub } from '@wshub/core'
import * as onExpress from '@wshub/express'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade } from '@wshub/fastify'
import * as onKoa from '@wshub/koa'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'

// The settings of docs/deployment.md for a load balancer that appends the address of the client to X-Forwarded-For.

const hub = new Hub({ onOpen: (connection) => connection.send(connection.handshake.address) })

afterAll(() => hub.close({ within: 0 }))

const APPS = {
  express() {
    const app = express()
    app.set('trust proxy', 1)
    app.get('/ws', onExpress.upgrade(hub))
    const server = createServer(app)
    onExpress.attach(server)
    return server
  },
  koa() {
    const app = new Koa()
    app.proxy = true
    app.maxIpsCount = 1
    app.use(onKoa.upgrade(hub))
    const server = createServer((request, response) => void app.callback()(request, response))
    onKoa.attach(server)
    return server
  },
  async fastify() {
    const app = Fastify({ trustProxy: (_, hop) => hop < 1 })
    await app.register(wshub)
    app.get('/ws', upgrade(hub))
    await app.ready()
    return app.server
  },
}

test.each(['express', 'koa', 'fastify'] as const)(
  'an app of %s behind a load balancer that appends sees the last address of the header',
  async (framework) => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.7' }
    const client = await connect(await APPS[framework](), '/ws', { headers })
    expect(await client.next()).toBe('203.0.113.7')
    await client.close()
  },
)

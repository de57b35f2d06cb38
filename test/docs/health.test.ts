import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hub } from '@wshub/core'
import { MemoryNetwork } from '@wshub/core/testing'
import express from 'express'
import Fastify, { type FastifyInstance } from 'fastify'
import Koa from 'koa'
import { blockWith } from './blocks.js'
import { runBlock } from './run-block.js'

// The recipes for health probes, unchanged from docs/deployment.md.

const PAGE = 'docs/deployment.md'
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
})

async function onExpress(hub: Hub): Promise<RequestListener> {
  const app = express()
  await runBlock(blockWith(PAGE, `app.get('/healthz', (req, res)`), { names: { app, hub } })
  return app
}

async function onKoa(hub: Hub): Promise<RequestListener> {
  const { app } = await runBlock(blockWith(PAGE, 'new Koa()'), { modules: { koa: { default: Koa } }, names: { hub } })
  const answer = (app as Koa).callback()
  return (request, response) => void answer(request, response)
}

async function onFastify(hub: Hub): Promise<RequestListener> {
  const modules = { fastify: { default: Fastify } }
  const { app } = await runBlock(blockWith(PAGE, `app.get('/healthz', (request, reply)`), { modules, names: { hub } })
  const fastify = app as FastifyInstance
  await fastify.ready()
  return (request, response) => fastify.routing(request, response)
}

/** The status and the reasons that the probes of an app are answered. */
async function probesOf(listener: RequestListener): Promise<(path: string) => Promise<unknown>> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return [answer.status, ((await answer.json()) as { reasons: unknown }).reasons]
  }
}

describe.each([
  ['express', onExpress],
  ['koa', onKoa],
  ['fastify', onFastify],
])('the health probes of %s', (_, appOf) => {
  test('both probes answer 200 while the hub works, and /readyz answers 503 once the hub closes', async () => {
    const hub = new Hub()
    const probe = await probesOf(await appOf(hub))
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([
      [200, []],
      [200, []],
    ])
    await hub.close()
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([
      [200, ['hub_closing']],
      [503, ['hub_closing']],
    ])
  })

  test('/readyz answers 503 while a required broker is down, and 200 when it is back', async () => {
    const network = new MemoryNetwork()
    const hub = new Hub({ broker: network.broker(), health: { requireBroker: true }, onError: () => {} })
    const probe = await probesOf(await appOf(hub))
    network.outage()
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([
      [200, ['broker_down']],
      [503, ['broker_down']],
    ])
    network.restore()
    expect(await probe('/readyz')).toEqual([200, []])
    await hub.close()
  })
})

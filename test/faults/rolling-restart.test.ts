import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Client } from '@wshub/client'
import { Hub, Router } from '@wshub/core'
import { MemoryNetwork } from '@wshub/core/testing'
import * as onExpress from '@wshub/express'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade } from '@wshub/fastify'
import * as onKoa from '@wshub/koa'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'
import WebSocket from 'ws'
import { type Backend, Balancer } from '../support/balancer.js'
import { scale, report } from '../support/scale.js'
import { expectEventually, until } from '../support/wait.js'

// Three servers, one of each framework, are restarted one after the other behind a load balancer that asks for /readyz, while
// clients send. What a server has acknowledged reaches a client that stays in the room, and no handshake is refused.

const CLIENTS = scale(60, 9)
const NOTICE_MS = 500
/** All clients together send about 1,000 messages a second: what a client misses while it reconnects must fit into its buffer. */
const PAUSE_MS = CLIENTS

interface RestartedServer extends Backend {
  readonly hub: Hub
  /** Shuts it down as in docs/deployment.md. */
  stop(notice?: number): Promise<void>
}

const network = new MemoryNetwork()

function newHub(): Hub {
  const router = new Router()
  router.handle('say', ({ hub, payload }) => hub.room('log').emit('said', payload))
  const hub = new Hub({ router, broker: network.broker() })
  hub.createRoom('log', { history: { size: 100_000 }, authorize: () => true })
  return hub
}

async function served(server: Server, hub: Hub, end: () => unknown): Promise<RestartedServer> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const stop = async (notice = NOTICE_MS): Promise<void> => {
    await hub.close({ notice, within: 1000 })
    await end()
    server.closeAllConnections()
  }
  return { port: (server.address() as AddressInfo).port, hub, stop }
}

async function expressServer(): Promise<RestartedServer> {
  const hub = newHub()
  const app = express()
  app.get('/readyz', (_, res) => void res.status(hub.health().ready ? 200 : 503).json(hub.health()))
  app.get('/ws', onExpress.upgrade(hub))
  const server = createServer(app)
  onExpress.attach(server)
  return served(server, hub, () => server.close())
}

async function koaServer(): Promise<RestartedServer> {
  const hub = newHub()
  const app = new Koa()
  app.use(async (ctx, next) => {
    if (ctx.path === '/readyz') {
      ctx.status = hub.health().ready ? 200 : 503
      ctx.body = hub.health()
    } else await next()
  })
  app.use(onKoa.upgrade(hub))
  const server = createServer((request, response) => void app.callback()(request, response))
  onKoa.attach(server)
  return served(server, hub, () => server.close())
}

async function fastifyServer(): Promise<RestartedServer> {
  const hub = newHub()
  const app = Fastify({ forceCloseConnections: true })
  await app.register(wshub)
  app.get('/readyz', (_, reply) => reply.code(hub.health().ready ? 200 : 503).send(hub.health()))
  app.get('/ws', upgrade(hub))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return served(app.server, hub, () => app.close())
}

const MAKERS = [expressServer, koaServer, fastifyServer]

/** The servers behind the balancer. */
class Deployment {
  readonly balancer = new Balancer()
  /** Handshakes that closing hubs have refused. */
  refused = 0
  /** Connections that were closed before the balancer had seen a 503. */
  closedEarly = 0
  readonly #servers: RestartedServer[] = []

  async start(): Promise<void> {
    await this.balancer.listen()
    for (const make of MAKERS) await this.#add(make)
  }

  /** Restarts one server after the other. */
  async restartAll(): Promise<void> {
    for (const make of MAKERS) {
      const server = this.#servers.shift()
      if (!server) throw new Error('expected a server, found none')
      const stopped = server.stop()
      await until(() => !this.balancer.isReady(server))
      this.closedEarly += server.hub.stats().closed[1001] ?? 0
      await stopped
      this.refused += server.hub.stats().refused['hub_closing'] ?? 0
      this.balancer.remove(server)
      await this.#add(make)
    }
  }

  async close(): Promise<void> {
    await this.balancer.close()
    await Promise.all(this.#servers.map((server) => server.stop(0)))
  }

  async #add(make: () => Promise<RestartedServer>): Promise<void> {
    const server = await make()
    this.#servers.push(server)
    this.balancer.add(server)
    await until(() => this.balancer.isReady(server))
  }
}

/** Clients that send until `end` is called. */
class Load {
  readonly acknowledged: string[] = []
  readonly #clients: Client[]
  readonly #senders: Promise<void>[]
  readonly #end = new AbortController()

  constructor(url: string) {
    this.#clients = Array.from({ length: CLIENTS }, () => new Client(url, { WebSocket }))
    this.#senders = this.#clients.map((client, index) => this.#send(client, index))
  }

  async end(): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#senders)
    for (const client of this.#clients) client.close()
  }

  async #send(client: Client, index: number): Promise<void> {
    for (let count = 0; !this.#end.signal.aborted; count += 1) {
      const text = `${index}/${count}`
      // A request whose connection was lost was not acknowledged.
      const isAcknowledged = await client.request('say', text).then(
        () => true,
        () => false,
      )
      if (isAcknowledged) this.acknowledged.push(text)
      await setTimeout(PAUSE_MS)
    }
  }
}

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A client that stays in the room, with the messages that it has got and the reasons of resets. */
async function witnessOf(url: string): Promise<{ readonly seen: unknown[]; readonly resets: unknown[] }> {
  const client = new Client(url, { WebSocket })
  ends.push(() => client.close())
  const room = client.room('log')
  const seen: unknown[] = []
  const resets: unknown[] = []
  room.on('said', (text) => void seen.push(text))
  room.onReset((reason) => void resets.push(reason))
  await room.joined
  return { seen, resets }
}

function missingOf(wanted: readonly string[], seen: readonly unknown[]): string[] {
  const all = new Set(seen)
  return wanted.filter((text) => !all.has(text))
}

test('a rolling restart of three servers under load loses no acknowledged message and refuses no handshake', async () => {
  const deployment = new Deployment()
  await deployment.start()
  const url = `ws://127.0.0.1:${deployment.balancer.port}/ws`
  const { seen, resets } = await witnessOf(url)
  const load = new Load(url)
  ends.push(
    () => load.end(),
    () => deployment.close(),
  )
  await deployment.restartAll()
  await load.end()
  await expectEventually(() => expect(missingOf(load.acknowledged, seen)).toEqual([]))
  report({ acknowledged: load.acknowledged.length, seen: seen.length })
  expect(new Set(seen).size).toBe(seen.length)
  const { refused, closedEarly } = deployment
  expect({ refused, closedEarly, resets }).toEqual({ refused: 0, closedEarly: 0, resets: [] })
  expect(load.acknowledged.length).toBeGreaterThan(CLIENTS)
})

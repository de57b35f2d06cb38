import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import { Hub, type HubError, type HubOptions, Router as MessageRouter } from '@wshub/core'
import { isRefresh } from '@wshub/core/adapter'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import express from 'express'
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import Koa from 'koa3'
import { cookiesOf } from '../support/cookies.js'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

/** The two ways in which a handshake is repeated. A client may ask for it once in 5 seconds. */
export const modes = [
  { mode: 'hub:refresh', every: undefined },
  { mode: 'revalidate', every: 40 },
] as const

/** The answer of a hub to a request of its protocol. */
export interface HubAnswer {
  readonly type: string
  readonly id?: number
  readonly payload: { readonly code?: string; readonly status?: number; readonly expiresIn?: number }
}

export interface Page {
  readonly status: number
  readonly body: string
  readonly headers: Headers
  /** The cookies of the answer, as a browser sends them back. */
  readonly cookie: string
}

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one()
})

/** Undoes something after the test, last first. */
export const later = (one: () => unknown): void => void undo.push(one)

/** A server of a test and its hub, whose handshakes are repeated. */
export class RerunApp {
  readonly hub: Hub
  readonly failures: HubError[] = []
  /** Requests of repeated handshakes, in order. */
  readonly begun: IncomingMessage[] = []
  /** The status of each repeated handshake whose response has closed. */
  readonly statuses: number[] = []
  readonly #every: number | undefined
  /** Requests of clients that are in progress. */
  #pending = 0
  #port = 0
  #ids = 0

  /** @param every milliseconds of `revalidate`; without it the hub has none */
  constructor(every?: number, options: HubOptions = {}) {
    this.#every = every
    this.hub = new Hub({
      router: new MessageRouter(),
      warnings: false,
      onError: (error) => void this.failures.push(error as HubError),
      ...(every !== undefined && { revalidate: { every } }),
      ...options,
    })
  }

  async listen(server: Server): Promise<this> {
    server.prependListener('request', (request, response) => this.#watch(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    later(() => {
      server.closeAllConnections()
      server.close()
    })
    later(() => this.hub.close({ within: 0 }))
    return this
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#port}${path}`
  }

  async page(path: string, options: RequestInit = {}): Promise<Page> {
    const response = await fetch(this.url(path), options)
    const { status, headers } = response
    return { status, headers, body: await response.text(), cookie: cookiesOf(response) }
  }

  async connect(headers: Record<string, string> = {}, path = '/ws'): Promise<WsClient> {
    const { size } = this.hub.connections
    const client = await WsClient.open(this.url(path).replace('http', 'ws'), { headers })
    later(() => client.socket.terminate())
    // The session middleware may still save when the client has its 101.
    await until(() => this.hub.connections.size > size && this.#pending === 0)
    return client
  }

  /** Sends `hub:refresh`. @returns its answer */
  async refresh(client: WsClient, payload?: unknown): Promise<HubAnswer> {
    const id = (this.#ids += 1)
    client.send(JSON.stringify({ type: 'hub:refresh', payload, id }))
    const answer = (): HubAnswer | undefined =>
      client.messages.map((text) => JSON.parse(text) as HubAnswer).find((one) => one.id === id)
    await until(() => answer() !== undefined, 15_000)
    return answer() as HubAnswer
  }

  /** Resolves when this many more repeated handshakes have begun and every response has closed. */
  async runs(count: number): Promise<void> {
    const before = this.begun.length
    await until(() => this.begun.length >= before + count && this.inFlight === 0, 15_000)
  }

  /** Has the handshake of the client repeated: once by `hub:refresh`, or twice by `revalidate`. */
  async repeat(client: WsClient): Promise<void> {
    if (this.#every === undefined) await this.refresh(client)
    else await this.runs(2)
    await until(() => this.inFlight === 0)
  }

  /** Repeated handshakes whose response has not closed. */
  get inFlight(): number {
    return this.begun.length - this.statuses.length
  }

  #count(response: ServerResponse): void {
    this.#pending += 1
    response.on('close', () => (this.#pending -= 1))
  }

  #watch(request: IncomingMessage, response: ServerResponse): void {
    if (!isRefresh(request)) return this.#count(response)
    this.begun.push(request)
    response.on('close', () => this.statuses.push(response.statusCode))
  }
}

/** Starts an Express app. @param build adds middleware and the route `/ws` @param options those of `attach` */
export function serveExpress(
  app: RerunApp,
  build: (to: express.Express) => void,
  options: onExpress.AttachOptions = {},
): Promise<RerunApp> {
  const to = express()
  to.set('env', 'test')
  build(to)
  const server = createServer(to)
  onExpress.attach(server, options)
  return app.listen(server)
}

/** Starts a Koa app. @param build adds middleware before the router, and routes */
export function serveKoa(app: RerunApp, build: (to: Koa, router: Router) => void): Promise<RerunApp> {
  const to = new Koa()
  const router = new Router()
  to.silent = true
  to.keys = [SECRET]
  build(to, router)
  to.use(router.routes())
  const answer = to.callback()
  const server = createServer((request, response) => void answer(request, response))
  onKoa.attach(server)
  return app.listen(server)
}

/** Starts a Fastify app. @param build adds plugins and routes, with wshub registered already */
export async function serveFastify(
  app: RerunApp,
  build: (to: FastifyInstance) => unknown,
  options: FastifyServerOptions = {},
): Promise<RerunApp> {
  const to = fastify(options) as FastifyInstance
  later(() => to.close())
  await to.register(wshub)
  await build(to)
  await to.ready()
  return app.listen(to.server)
}

/** Long enough for every session middleware. */
export const SECRET = 'a secret of at least thirty-two characters'

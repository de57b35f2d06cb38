import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import { Hub, type HubError, type Identity, Router as MessageRouter } from '@wshub/core'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import express from 'express'
import { expressjwt } from 'express-jwt'
import fastify from 'fastify'
import fastifyJwt from '@fastify/jwt'
import jwt from 'jsonwebtoken'
import Koa from 'koa3'
import koaJwt from 'koa-jwt'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

const SECRET = 'not a secret'

interface Claims {
  readonly sub: string
  readonly exp: number
}

const identityOf = ({ sub, exp }: Claims): Identity => ({ user: sub, expiresAt: exp * 1000, rooms: ['all'] })
const token = (sub: string, seconds: number, claims: object = {}): string =>
  jwt.sign({ sub, ...claims }, SECRET, { expiresIn: seconds })

const listen = async (server: Server): Promise<Server> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => server.close())
  return server
}

const refuse: express.ErrorRequestHandler = (error: { status?: number }, _req, res, _next) =>
  void res.status(error.status ?? 500).send('Invalid token.')

/** The JWT middleware of each framework, set up as its documentation does. */
const apps = {
  'Express with express-jwt': (hub: Hub) => {
    const app = express()
    app.use(expressjwt({ secret: SECRET, algorithms: ['HS256'] }))
    app.get(
      '/ws',
      onExpress.upgrade(hub, (req) => identityOf((req as unknown as { auth: Claims }).auth)),
    )
    app.use(refuse)
    const server = createServer(app)
    onExpress.attach(server)
    return listen(server)
  },
  'Koa with koa-jwt': (hub: Hub) => {
    const app = new Koa()
    app.silent = true
    app.use(koaJwt({ secret: SECRET }))
    const router = new Router()
    router.get(
      '/ws',
      onKoa.upgrade(hub, (context) => identityOf((context.state as { user: Claims }).user)),
    )
    app.use(router.routes())
    const answer = app.callback()
    const server = createServer((req, res) => void answer(req, res))
    onKoa.attach(server)
    return listen(server)
  },
  'Fastify with @fastify/jwt': async (hub: Hub) => {
    const app = fastify()
    undo.push(() => app.close())
    await app.register(fastifyJwt, { secret: SECRET })
    await app.register(wshub)
    app.addHook('onRequest', (request) => request.jwtVerify())
    app.get(
      '/ws',
      wshub.upgrade(hub, (request) => identityOf((request as unknown as { user: Claims }).user)),
    )
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
}

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one()
})

describe.each(Object.entries(apps))('%s', (_, start) => {
  let hub: Hub
  let client: WsClient
  let ids: number
  let url: string

  beforeEach(async () => {
    ids = 0
    hub = new Hub({ router: new MessageRouter(), onError: () => {} })
    undo.push(() => hub.close({ within: 0 }))
    const server = await start(hub)
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`
    client = await connect(300)
  })

  /** Connects with a token that expires in so many seconds. */
  async function connect(seconds: number): Promise<WsClient> {
    const opened = await WsClient.open(url, { headers: { Authorization: `Bearer ${token('ann', seconds)}` } })
    undo.push(() => opened.socket.terminate())
    return opened
  }

  /** Sends a request of the protocol. @returns its answer */
  async function ask(type: string, payload?: unknown): Promise<{ type: string; payload: Record<string, unknown> }> {
    const id = (ids += 1)
    client.socket.send(JSON.stringify({ type, payload, id }))
    const answers = (): { type: string; id?: number; payload: Record<string, unknown> }[] =>
      client.messages.map((text) => JSON.parse(text) as never)
    await until(() => answers().some((answer) => answer.id === id))
    return answers().find((answer) => answer.id === id) as never
  }

  test('a new token moves the expiry, and the connection stays in its rooms', async () => {
    const answer = await ask('hub:refresh', { token: token('ann', 600) })
    expect(answer.type).toBe('reply')
    expect(answer.payload['expiresIn']).toBeGreaterThan(500_000)
    const [connection] = hub.user('ann').members()
    expect([...(connection?.rooms ?? [])]).toEqual(['all'])
  })

  test('a new token keeps the connection open when that of the handshake expires', async () => {
    client.socket.terminate()
    await until(() => hub.connections.size === 0)
    client = await connect(5)
    const [connection] = hub.user('ann').members()
    expect(await ask('hub:refresh', { token: token('ann', 600) })).toMatchObject({ type: 'reply' })
    await until(() => Date.now() - Number(connection?.handshake.time) > 5200, 10_000)
    expect(connection?.state).toBe('open')
  })

  test('a new token counts as held bytes, which are released with the connection', async () => {
    const before = hub.stats().memory.headers
    await ask('hub:refresh', { token: token('ann', 600, { scopes: 'x'.repeat(100) }) })
    expect(hub.stats().memory.headers).not.toBe(before)
    client.socket.terminate()
    await until(() => hub.connections.size === 0)
    expect(hub.stats().memory.headers).toBe(0)
  })

  test('a token that the app refuses is answered with its status and changes nothing', async () => {
    const answer = await ask('hub:refresh', { token: 'forged.token.x' })
    expect(answer).toMatchObject({ type: 'error', payload: { code: 'unauthorized', status: 401 } })
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    expect((await ask('hub:hello', { version: 1 })).payload['expiresIn']).toBeLessThan(300_001)
  })

  test('a token of another user is refused with other_user', async () => {
    const answer = await ask('hub:refresh', { token: token('bob', 600) })
    expect(answer).toMatchObject({ type: 'error', payload: { code: 'other_user', status: 403 } })
    expect([...hub.connections.values()].map(({ user }) => user)).toEqual(['ann'])
  })

  test.each([
    ['200 KB', 'x'.repeat(200_000)],
    ['a control character', 'a\u0007b'],
    ['a line break', 'a\r\nX-Admin: 1'],
    ['no text', 7],
    ['nothing', ''],
  ])('a token of %s is answered with invalid_payload', async (_name, value) => {
    expect(await ask('hub:refresh', { token: value })).toMatchObject({
      type: 'error',
      payload: { code: 'invalid_payload' },
    })
  })

  test('a second refresh within 5 seconds is answered with rate_limited', async () => {
    await ask('hub:refresh', { token: token('ann', 600) })
    expect(await ask('hub:refresh', { token: token('ann', 600) })).toMatchObject({
      type: 'error',
      payload: { code: 'rate_limited' } satisfies Partial<HubError>,
    })
  })
})

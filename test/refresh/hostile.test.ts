import { Hub } from '@wshub/core'
import * as onExpress from '@wshub/express'
import wshub = require('@wshub/fastify')
import * as onKoa from '@wshub/koa'
import type { Request, RequestHandler, Response } from 'express'
import { latch, until } from '../support/wait.js'
import { later, RerunApp, serveExpress, serveFastify, serveKoa } from './rerun-app.js'

const TIMEOUT_MS = 300

/** What an app does with a repeated handshake, and the answer of the hub to the client. */
const apps: readonly {
  readonly name: string
  readonly code: string
  readonly status: number
  readonly handle: RequestHandler
}[] = [
  { name: 'never answers', code: 'revalidate_timeout', status: 503, handle: () => {} },
  { name: 'throws a string', code: 'refresh_failed', status: 500, handle: () => fail('broken') },
  { name: 'rejects with null', code: 'refresh_failed', status: 500, handle: async () => fail(null) },
  { name: 'destroys the response', code: 'internal', status: 500, handle: (_req, res) => void res.destroy() },
  { name: 'destroys the socket', code: 'internal', status: 500, handle: (_req, res) => void res.socket?.destroy() },
  { name: 'refuses and answers again', code: 'forbidden', status: 403, handle: (_req, res) => twice(res) },
  {
    name: 'answers with a body of its own',
    code: 'not_repeatable',
    status: 502,
    handle: (_req, res) => void res.send('page'),
  },
  {
    name: 'writes and never ends',
    code: 'revalidate_timeout',
    status: 503,
    handle: (_req, res) => void res.write('x'),
  },
  {
    name: 'answers with 10 MB',
    code: 'refresh_failed',
    status: 500,
    handle: (_req, res) => void res.status(500).send('x'.repeat(1e7)),
  },
  { name: 'upgrades another hub', code: 'not_repeatable', status: 421, handle: (...args) => other(...args) },
]

function fail(value: unknown): never {
  throw value
}

function twice(res: Response): void {
  res.status(403).send('no')
  res.status(200).end('yes')
}

const otherHub = new Hub()
const handler = onExpress.upgrade(otherHub)
const other: RequestHandler = (req, res, next) => handler(req, res, next)

async function serve(handle: RequestHandler, every?: number): Promise<RerunApp> {
  const app = new RerunApp(every)
  return serveExpress(
    app,
    (to) => {
      to.get('/ws', (req, res, next) => (onExpress.isRefresh(req) ? handle(req, res, next) : next()))
      to.get(
        '/ws',
        onExpress.upgrade(app.hub, (req) => ({ user: userOf(req) })),
      )
    },
    { handshakeTimeout: TIMEOUT_MS },
  )
}

function userOf({ headers: { authorization = 'ann' } }: Pick<Request, 'headers'>): string {
  return authorization.replace('Bearer ', '')
}

/** Ends every connection. @returns the counts of what the hub still holds */
async function leftover({ hub }: RerunApp): Promise<unknown> {
  for (const connection of hub.connections.values()) connection.terminate()
  await until(() => hub.connections.size === 0)
  const { connections, memory } = hub.stats()
  return { connections, held: Object.entries(memory).filter(([name, bytes]) => name !== 'limit' && bytes > 0) }
}

describe.each(apps)('an app that $name', ({ handle, code, status }) => {
  test('hub:refresh is answered with the documented error and reported once, and nothing is held', async () => {
    const app = await serve(handle)
    const client = await app.connect()
    const answer = await app.refresh(client)
    expect(answer).toMatchObject({ type: 'error', payload: { code, status } })
    expect(app.failures.map((error) => error.code)).toEqual([code])
    await until(() => app.inFlight === 0)
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    expect(await leftover(app)).toEqual({ connections: 0, held: [] })
  })
})

test.each([
  [
    'Koa',
    (app: RerunApp) =>
      serveKoa(app, (to, router) => {
        to.use((context, next) => (onKoa.isRefresh(context) ? fail('broken') : next()))
        router.get('/ws', onKoa.upgrade(app.hub))
      }),
  ],
  [
    'Fastify',
    (app: RerunApp) =>
      serveFastify(app, (to) => {
        to.addHook('onRequest', async (request) => (wshub.isRefresh(request) ? fail('broken') : undefined))
        to.get('/ws', wshub.upgrade(app.hub))
      }),
  ],
])('a string that %s throws is answered with refresh_failed and reported once', async (_name, start) => {
  const app = await start(new RerunApp())
  const client = await app.connect()
  expect(await app.refresh(client)).toMatchObject({ payload: { code: 'refresh_failed', status: 500 } })
  expect(app.failures).toHaveLength(1)
  expect(await leftover(app)).toEqual({ connections: 0, held: [] })
})

test.each([
  ['200 KB', 'x'.repeat(200_000)],
  ['8,193 characters', 'x'.repeat(8193)],
  ['every control character', Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')],
  ['a NUL', 'a\u0000b'],
  ['DEL', 'a\u007Fb'],
  ['a space', 'a b'],
  ['two lines', 'a\r\nCookie: admin=1'],
  ['a letter outside ASCII', 'é'],
  ['an object', { toString: 'x' }],
])('a token of %s reaches no app, and the answer is invalid_payload', async (_name, token) => {
  const app = await serve((_req, _res, next) => next())
  const client = await app.connect()
  expect(await app.refresh(client, { token })).toMatchObject({ payload: { code: 'invalid_payload' } })
  expect([app.begun.length, app.failures.length]).toEqual([0, 1])
  expect(await leftover(app)).toEqual({ connections: 0, held: [] })
})

test('a token of 1 MB is larger than a message may be: the connection closes with 1009', async () => {
  const app = await serve((_req, _res, next) => next())
  const client = await app.connect()
  client.send(JSON.stringify({ type: 'hub:refresh', id: 1, payload: { token: 'x'.repeat(1_000_000) } }))
  expect((await client.closed).code).toBe(1009)
  expect(app.begun).toEqual([])
  expect(await leftover(app)).toEqual({ connections: 0, held: [] })
})

test('an answer of the app after upgrade() has accepted changes nothing', async () => {
  const app = await serve((_req, res, next) => {
    res.once('finish', () => void res.status(500).set('X-Late', '1').end('late'))
    next()
  })
  const client = await app.connect()
  expect((await app.refresh(client)).type).toBe('reply')
  await until(() => app.inFlight === 0)
  expect(app.failures).toEqual([])
})

test('early hints before a refusal do not hide it', async () => {
  const app = await serve((_req, res) => {
    res.writeEarlyHints({ link: '</style.css>; rel=preload' })
    res.status(401).send('no')
  })
  const client = await app.connect()
  expect(await app.refresh(client)).toMatchObject({ payload: { code: 'unauthorized', status: 401 } })
})

test('a refresh while one is in progress and another within 5 seconds are answered with rate_limited', async () => {
  const held = latch()
  const app = await serve((_req, _res, next) => void held.held.then(() => next()))
  const client = await app.connect()
  const first = app.refresh(client)
  await until(() => app.begun.length === 1)
  expect(await app.refresh(client)).toMatchObject({ payload: { code: 'rate_limited' } })
  held.release()
  expect((await first).type).toBe('reply')
  expect(await app.refresh(client, { token: 'ann' })).toMatchObject({ payload: { code: 'rate_limited' } })
  expect([app.begun.length, app.failures.length]).toEqual([1, 2])
})

test('a token of another user changes neither the user nor the rooms nor the held bytes', async () => {
  const app = await serve((_req, _res, next) => next())
  const client = await app.connect()
  const { headers } = app.hub.stats().memory
  expect(await app.refresh(client, { token: 'bob' })).toMatchObject({ payload: { code: 'other_user', status: 403 } })
  expect([app.hub.user('bob').members(), app.hub.user('ann').members().length]).toEqual([[], 1])
  expect(app.hub.stats().memory.headers).toBe(headers)
  expect(app.failures.map(({ code }) => code)).toEqual(['other_user'])
})

test('a client that disconnects during its refresh leaves nothing in memory, and nothing is reported', async () => {
  const held = latch()
  const app = await serve((_req, _res, next) => void held.held.then(() => next()))
  const client = await app.connect()
  client.send(JSON.stringify({ type: 'hub:refresh', id: 1, payload: { token: 'ann' } }))
  await until(() => app.begun.length === 1)
  client.socket.terminate()
  await until(() => app.hub.connections.size === 0)
  held.release()
  await until(() => app.inFlight === 0)
  expect([app.statuses, app.failures]).toEqual([[204], []])
  expect(await leftover(app)).toEqual({ connections: 0, held: [] })
})

test('a refresh on a hub that closes ends with the connection, and nothing is reported', async () => {
  const held = latch()
  const app = await serve((_req, _res, next) => void held.held.then(() => next()))
  later(held.release)
  const client = await app.connect()
  client.send(JSON.stringify({ type: 'hub:refresh', id: 1 }))
  await until(() => app.begun.length === 1)
  const closing = app.hub.close({ within: 1000 })
  client.send(JSON.stringify({ type: 'hub:refresh', id: 2 }))
  held.release()
  await closing
  await until(() => app.inFlight === 0)
  expect(app.failures).toEqual([])
  expect([app.begun.length, app.hub.stats().connections]).toEqual([1, 0])
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Connection, Hub, type HubError, type HubOptions, type Identity } from '@wshub/core'
import { attach, isRefresh, upgrade } from '@wshub/express'
import express from 'express'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one()
})

interface Stage {
  readonly hub: Hub
  readonly failures: HubError[]
  /** What the app answers: an identity, or a status. */
  answer: (refresh: boolean, user: string) => Identity | number
  connect(user?: string): Promise<{ client: WsClient; connection: Connection }>
}

/** An Express app that answers as its test says. */
async function stage(options: HubOptions = {}): Promise<Stage> {
  const failures: HubError[] = []
  const hub = new Hub({
    revalidate: { every: 40 },
    onError: (error) => void failures.push(error as HubError),
    warnings: false,
    ...options,
  })
  const app = express()
  app.get(
    '/ws/:user',
    (req, res, next) => {
      const answer = self.answer(isRefresh(req), req.params.user)
      if (typeof answer === 'number') res.status(answer).send('no')
      else next()
    },
    upgrade(hub, (req) => self.answer(isRefresh(req), req.params.user) as Identity),
  )
  const server = createServer(app)
  attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(
    () => server.close(),
    () => hub.close({ within: 0 }),
  )
  const self: Stage = {
    hub,
    failures,
    answer: (_, user) => ({ user }),
    async connect(user = 'ann') {
      const client = await WsClient.open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/${user}`)
      undo.push(() => client.socket.terminate())
      await until(() => hub.user(user).members().length > 0)
      return { client, connection: hub.user(user).members().at(-1) as Connection }
    },
  }
  return self
}

test.each([
  [401, 4401],
  [302, 4401],
  [403, 4403],
  [404, 4404],
  [410, 4404],
])('an app that answers a repeated handshake with %i closes the connection with %i', async (status, code) => {
  const testApp = await stage()
  testApp.answer = (refresh) => (refresh ? status : { user: 'ann' })
  const { client } = await testApp.connect()
  expect(await client.closed).toEqual({ code, reason: 'revoked' })
})

test.each([400, 429, 500, 503, 200])(
  'an app that answers a repeated handshake with %i closes nothing and is reported',
  async (status) => {
    const testApp = await stage()
    testApp.answer = (refresh) => (refresh ? status : { user: 'ann' })
    const { client } = await testApp.connect()
    await until(() => testApp.failures.length >= 2)
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    expect(['rate_limited', 'not_repeatable', 'refresh_failed']).toContain(testApp.failures[0]?.code)
  },
)

test('a repeated handshake replaces data, session, expiry and the rooms of describe', async () => {
  const testApp = await stage()
  const [before, after] = [
    { user: 'ann', data: 'old', session: 's1', rooms: ['a', 'b'] },
    { user: 'ann', data: 'new', session: 's2', rooms: ['b', 'c'] },
  ]
  testApp.answer = (refresh) => (refresh ? after : before)
  const { connection } = await testApp.connect()
  await connection.join('own')
  await until(() => connection.data === 'new')
  expect(connection.session).toBe('s2')
  expect([...connection.rooms].toSorted()).toEqual(['b', 'c', 'own'])
  expect(testApp.hub.session('s1').members()).toEqual([])
  expect(testApp.hub.session('s2').members()).toEqual([connection])
})

test('a repeated handshake that moves expiresAt keeps the connection beyond the old time', async () => {
  const testApp = await stage()
  const old = Date.now() + 300
  testApp.answer = (refresh) => ({ user: 'ann', expiresAt: refresh ? Date.now() + 60_000 : old })
  const { connection } = await testApp.connect()
  await until(() => Date.now() > old + 100)
  expect(connection.state).toBe('open')
})

test('a repeated handshake that names an earlier expiresAt closes the connection then with 4401', async () => {
  const testApp = await stage()
  const soon = Date.now() + 300
  testApp.answer = (refresh) => ({ user: 'ann', expiresAt: refresh ? soon : soon + 60_000 })
  const { client } = await testApp.connect()
  expect(await client.closed).toEqual({ code: 4401, reason: 'expired' })
})

test('a repeated handshake of another user closes the connection with 4403', async () => {
  const testApp = await stage()
  testApp.answer = (refresh) => ({ user: refresh ? 'bob' : 'ann' })
  const { client, connection } = await testApp.connect()
  expect(await client.closed).toEqual({ code: 4403, reason: 'revoked' })
  expect(connection.user).toBe('ann')
})

test('a session that is disconnected while its handshake is repeated does not come back', async () => {
  const testApp = await stage()
  const { client } = await testApp.connect()
  testApp.answer = () => {
    testApp.hub.user('ann').disconnect()
    return { user: 'ann' }
  }
  expect(await client.closed).toMatchObject({ code: 4401 })
})

test('a hub that closes while a handshake is repeated reports no failure', async () => {
  const testApp = await stage()
  const { client } = await testApp.connect()
  let begun = false
  testApp.answer = () => {
    begun = true
    void testApp.hub.close({ within: 100 })
    return { user: 'ann' }
  }
  await until(() => begun)
  await client.closed
  await testApp.hub.close()
  expect(testApp.failures).toEqual([])
})

test('25 connections that are refused at once stay until the app accepts them again', async () => {
  let refuses = false
  const testApp = await stage({
    revalidate: { every: 300 },
    onError: (error) => {
      if ((error as HubError).code === 'mass_refusal') refuses = false
    },
  })
  testApp.answer = (refresh, user) => (refresh && refuses ? 401 : { user })
  const clients = await Promise.all(Array.from({ length: 25 }, (_, index) => testApp.connect(`u${index}`)))
  refuses = true
  await until(() => !refuses)
  let accepted = 0
  testApp.answer = (refresh, user) => {
    if (refresh) accepted += 1
    return { user }
  }
  await until(() => accepted >= 2 * 2 * clients.length)
  expect(clients.map(({ connection }) => connection.state)).toEqual(clients.map(() => 'open'))
})

test('25 connections that are refused twice in a row close', async () => {
  const testApp = await stage({ revalidate: { every: 100 } })
  let refuses = false
  testApp.answer = (refresh, user) => (refresh && refuses ? 401 : { user })
  const clients = await Promise.all(Array.from({ length: 25 }, (_, index) => testApp.connect(`u${index}`)))
  refuses = true
  for (const { client } of clients) expect(await client.closed).toMatchObject({ code: 4401 })
})

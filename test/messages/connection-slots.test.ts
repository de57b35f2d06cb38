import { Hub } from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { upgrade } from '@wshub/express'
import express, { type RequestHandler } from 'express'
import { closeApps, TestApp } from '../support/app.js'
import { until } from '../support/wait.js'

// upgrade() reserves a connection slot, and the 101 is sent later, because middleware such as a session may delay it.

afterEach(closeApps)

/** Delays every answer by a turn, after `meanwhile` has run. */
const hold =
  (meanwhile: () => void): RequestHandler =>
  (_, response, next) => {
    const end = response.end.bind(response) as () => void
    response.end = () => {
      meanwhile()
      setImmediate(end)
      return response
    }
    next()
  }

test('a room that becomes full before the 101 ends no process and leaves no membership', async () => {
  const hub = new Hub({ onError: () => {} })
  const full = (): void => void (hub.rooms.get('r')?.size === 1 && hub.createRoom('r', { maxMembers: 1 }))
  const app = express().get(
    '/ws',
    hold(full),
    upgrade(hub, () => ({ rooms: ['r'] })),
  )
  const clients = [await connect(app, '/ws'), await connect(app, '/ws')]
  await Promise.all(clients.map((client) => client.close()))
  await until(() => hub.connections.size === 0)
  expect(hub.room('r').size).toBe(0)
  await hub.close()
}, 5000)

test('a hub that begins to close before the 101 opens the connection and closes it with 1001', async () => {
  const hub = new Hub()
  const app = express().get(
    '/ws',
    hold(() => void hub.close()),
    upgrade(hub),
  )
  const client = await connect(app, '/ws')
  expect(await client.closed).toEqual({ code: 1001, reason: expect.stringMatching(/^retry=\d+$/) as string })
  await until(() => hub.connections.size === 0)
})

test('of two simultaneous handshakes for the last connection one is accepted and the other refused', async () => {
  const testApp = new TestApp({ limits: { maxConnections: 1 } })
  const both = await Promise.allSettled([testApp.enter(), testApp.enter()])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { status: 503 } })
})

test('of two simultaneous handshakes for the last place of a room one is accepted and the other refused', async () => {
  const testApp = new TestApp()
  testApp.hub.createRoom('duel', { maxMembers: 1 })
  const both = await Promise.allSettled([testApp.enter('rooms=duel'), testApp.enter('rooms=duel')])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(testApp.hub.room('duel').size).toBe(1)
})

test('two calls of upgrade() for one client take one connection slot', async () => {
  const hub = new Hub({ limits: { maxConnections: 2 } })
  const app = express()
  const twice: RequestHandler = (request, _, next) => {
    upgrade(hub)(request, { status: () => ({ set: () => ({ end: next }) }) }, next)
  }
  app.get('/ws', twice, upgrade(hub))
  for (let n = 0; n < 5; n += 1) {
    const client = await connect(app, '/ws')
    await client.close()
    await until(() => hub.connections.size === 0)
  }
  await hub.close()
})

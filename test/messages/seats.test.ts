import { Hub } from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { upgrade } from '@wshub/express'
import express, { type RequestHandler } from 'express'
import { closeApps, TestApp } from '../support/app.js'
import { until } from '../support/wait.js'

// A seat is promised in upgrade(), and the 101 leaves later: middleware such as a session's may hold it up.

afterEach(closeApps)

/** Sends every answer a turn later, after something else has happened. */
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

test('a room that becomes full meanwhile takes down no process, and leaves no trace', async () => {
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

test('a hub that begins to close meanwhile keeps its word, and says 1001', async () => {
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

test('two who come at once for one seat: one gets it, the other a refusal', async () => {
  const testApp = new TestApp({ limits: { maxConnections: 1 } })
  const both = await Promise.allSettled([testApp.enter(), testApp.enter()])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { status: 503 } })
})

test('two who come at once for the last seat of a room: one gets it, the other a refusal', async () => {
  const testApp = new TestApp()
  testApp.hub.createRoom('duel', { maxMembers: 1 })
  const both = await Promise.allSettled([testApp.enter('rooms=duel'), testApp.enter('rooms=duel')])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(testApp.hub.room('duel').size).toBe(1)
})

test('two routes that let the same client in take one seat', async () => {
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

import { HubError, Router } from '@wshub/core'
import { z } from 'zod'
import { CounterMap } from '../../packages/core/src/util/counter-map.js'
import { closeApps, clientFrame, TestApp } from '../support/app.js'
import { until } from '../support/wait.js'

afterEach(closeApps)

const router = new Router()
  .handle('number', { payload: z.number() }, () => true)
  .handle('fail', () => {
    throw new Error('of the server')
  })
  .handle('mine', () => {
    throw new HubError('mine')
  })

test('a message that is answered with an error counts under its code', async () => {
  const testApp = new TestApp({ router, limits: { messageRate: { perSecond: 0.001, burst: 6 } } })
  const client = await testApp.enter()
  for (const type of ['number', 'fail', 'mine', 'nobody']) await client.request(type, 'x').catch(() => {})
  client.send('{"type":')
  expect(await client.next()).toMatchObject({ payload: { code: 'invalid_message' } })
  expect(await client.request('number', 1)).toBe(true)
  await client.request('number', 1).catch(() => {})
  expect(testApp.hub.stats()).toMatchObject({
    received: 6,
    failed: 5,
    rejected: { invalid_payload: 1, internal: 1, mine: 1, unknown_type: 1, invalid_message: 1, rate_limited: 1 },
  })
})

test('a connection that has closed counts under its code, or under why it was dropped', async () => {
  const testApp = new TestApp({ heartbeat: { pingInterval: 20, pongTimeout: 2000 }, limits: { idleTimeout: 10_000 } })
  const closed = (): unknown => testApp.hub.stats().closed
  await (await testApp.enter()).close()
  await until(() => testApp.hub.connections.size === 0)
  expect(closed()).toEqual({ 1000: 1 })
  await (await testApp.enter()).close(4999)
  const banned = await testApp.connect()
  banned.connection.disconnect()
  await banned.client.closed
  const dropped = await testApp.connect()
  dropped.client.terminate()
  await dropped.connection.closed
  const broken = await testApp.stall()
  broken.socket.write(clientFrame(0x3, Buffer.from('x')))
  broken.socket.resume()
  await broken.connection.closed
  await until(() => testApp.hub.connections.size === 0)
  expect(closed()).toEqual({ 1000: 1, 1002: 1, 1006: 1, 4401: 1, other: 1 })
})

test('a connection that ends by pong timeout or write timeout is counted under that name', async () => {
  const testApp = new TestApp({
    heartbeat: { pingInterval: 20, pongTimeout: 20 },
    limits: { maxBufferedBytes: 64 * 1024 * 1024, writeTimeout: 5000 },
  })
  await (
    await testApp.stall()
  ).connection.closed
  expect(testApp.hub.stats().closed).toEqual({ 'pong timeout': 1 })
  const stuck = new TestApp({ limits: { maxBufferedBytes: 64 * 1024 * 1024, writeTimeout: 60 } })
  const { connection } = await stuck.stall()
  connection.send('x'.repeat(32 * 1024 * 1024))
  await connection.closed
  expect(stuck.hub.stats().closed).toEqual({ 'write timeout': 1 })
})

test('a counter map counts names beyond the 64th as other', () => {
  const counters = new CounterMap()
  for (let n = 0; n < 10_000; n += 1) counters.add(`word ${n}`)
  counters.add('word 0')
  counters.add('__proto__')
  const { counts } = counters
  expect(Object.keys(counts)).toHaveLength(65)
  expect(counts['word 0']).toBe(2)
  expect(counts['other']).toBe(10_000 - 64 + 1)
})

test('a snapshot of a counter map does not change', () => {
  const counters = new CounterMap()
  counters.add('__proto__')
  const before = counters.counts
  counters.add('__proto__')
  expect(Object.entries(before)).toEqual([['__proto__', 1]])
  expect(Object.entries(counters.counts)).toEqual([['__proto__', 2]])
})

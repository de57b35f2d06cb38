import { type Broker, Hub, Hubs, Router } from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { retryHint } from '@wshub/core/protocol'
import { upgrade } from '@wshub/express'
import express from 'express'
import { timers } from '../support/process.js'
import { closeApps, TestApp } from '../support/app.js'
import { turn, until, latch } from '../support/wait.js'

afterEach(closeApps)

test('every client gets its queued messages and 1001 with a reconnect hint', async () => {
  const testApp = new TestApp()
  const clients = await Promise.all(Array.from({ length: 50 }, () => testApp.enter()))
  testApp.hub.emit('last')
  await testApp.hub.close({ within: 5000 })
  const hints: number[] = []
  for (const client of clients) {
    expect(await client.next()).toEqual({ type: 'last' })
    const { code, reason } = await client.closed
    expect(code).toBe(1001)
    hints.push(retryHint(reason) ?? NaN)
  }
  expect(Math.min(...hints)).toBeGreaterThan(0)
  expect(Math.max(...hints)).toBeLessThan(6000)
  // Reconnects are spread over the whole time: each fifth of it has at least one.
  expect(new Set(hints.map((ms) => Math.floor((ms - 250) / 1000))).size).toBe(5)
})

test('a second call of close() returns the same promise', async () => {
  const { hub } = new TestApp()
  const closing = hub.close()
  expect(hub.close({ within: 1 })).toBe(closing)
  await closing
  expect(hub.close()).toBe(closing)
})

test.each([-1, NaN, 'soon'])('within: %p is refused', (within) => {
  expect(() => new Hub().close({ within: within as number })).toThrow(/within.*not (-1|NaN|soon)/)
})

test('within: Infinity waits without a deadline and sends a reconnect hint', async () => {
  const testApp = new TestApp()
  const client = await testApp.enter()
  await testApp.hub.close({ within: Infinity })
  const { reason } = await client.closed
  expect(retryHint(reason)).toEqual(expect.any(Number))
})

test('upgrades are refused with 503 from the first moment on', async () => {
  const testApp = new TestApp()
  await testApp.enter()
  const closing = testApp.hub.close()
  await expect(testApp.enter()).rejects.toMatchObject({ status: 503 })
  await closing
  await expect(testApp.enter()).rejects.toMatchObject({ status: 503 })
})

test('handlers in progress finish, their replies arrive before 1001, and no later message is handled', async () => {
  const handled: unknown[] = []
  const { held, release } = latch()
  const router = new Router().handle('work', async ({ payload }) => {
    await held
    handled.push(payload)
    return payload
  })
  const testApp = new TestApp({ router })
  const { client, connection } = await testApp.connect()
  const answers = Promise.all([client.request('work', 1), client.request('work', 2)])
  await connection.ping()
  const closing = testApp.hub.close()
  await turn()
  client.emit('work', 3)
  await connection.ping()
  release()
  expect(await answers).toEqual([1, 2])
  expect(await client.closed).toMatchObject({ code: 1001 })
  await closing
  expect(handled).toEqual([1, 2])
})

test('a handler may wait for its client while the hub closes', async () => {
  const router = new Router().handle('work', ({ connection }) => connection.request('which'))
  const testApp = new TestApp({ router })
  const client = await testApp.enter()
  const answer = client.request('work')
  const question = (await client.next()) as { type: string; id: string }
  const closing = testApp.hub.close()
  client.reply(question, 'mine')
  expect(await answer).toBe('mine')
  await closing
})

test('close() resolves when the last hook has run', async () => {
  const steps: string[] = []
  const testApp = new TestApp({
    onClose: async () => {
      await turn()
      await turn()
      steps.push('onClose')
    },
  })
  await testApp.enter()
  await testApp.hub.close()
  expect(steps).toEqual(['onClose'])
  expect(testApp.hub.stats()).toMatchObject({ connections: 0, rooms: 0, users: 0 })
})

test('a client that does not answer the close frame is terminated at the deadline', async () => {
  const testApp = new TestApp()
  const { socket, connection } = await testApp.stall()
  const healthy = await testApp.enter()
  const gone = new Promise((resolve) => socket.once('close', resolve))
  await testApp.hub.close({ within: 150 })
  expect(await connection.closed).toEqual({ code: 1001, reason: expect.stringMatching(/retry=/), clean: false })
  expect(await healthy.closed).toMatchObject({ code: 1001 })
  socket.resume()
  await gone
})

test('a handler that never ends does not hold the hub beyond the deadline', async () => {
  const testApp = new TestApp({ onMessage: () => new Promise(() => {}) })
  const { client, connection } = await testApp.connect()
  client.send('x')
  await connection.ping()
  await testApp.hub.close({ within: 100 })
  expect(await client.closed).toMatchObject({ code: 1001 })
})

test('a client that leaves while its handler finishes does not hold the hub until the deadline', async () => {
  const { held, release } = latch()
  const testApp = new TestApp({ onMessage: () => held })
  const { client, connection } = await testApp.connect()
  client.send('x')
  await connection.ping()
  const closing = testApp.hub.close({ within: 16_000 })
  await client.close()
  await connection.closed
  release()
  await expect(closing).resolves.toBeUndefined()
}, 5000)

test('a broker that never closes does not hold the hub beyond the deadline', async () => {
  const broker: Broker = {
    connect() {},
    subscribe() {},
    unsubscribe() {},
    publish() {},
    close: () => new Promise(() => {}),
  }
  await expect(new Hub({ broker }).close({ within: 50 })).resolves.toBeUndefined()
}, 5000)

test('no timer of a closed hub keeps the process', async () => {
  const before = timers()
  const testApp = new TestApp(
    { batch: { window: 2000 }, limits: { openTimeout: 60_000 } },
    { expiresAt: Date.now() + 60_000 },
  )
  const client = await testApp.enter()
  testApp.hub.emit('waits for more')
  await testApp.hub.close({ within: 60_000 })
  await client.closed
  expect(timers()).toBe(before)
}, 5000)

describe('Hubs', () => {
  test('several hubs work in parallel by name, and close together', async () => {
    const hubs = new Hubs()
    const chat = hubs.create<{ events: { hello: string } }>('chat')
    const game = hubs.create('game')
    expect([chat.name, game.name, hubs.names]).toEqual(['chat', 'game', ['chat', 'game']])
    expect(hubs.get('chat')).toBe(chat)
    expect(hubs.get('__proto__')).toBeUndefined()
    const app = express().get('/chat', upgrade(chat)).get('/game', upgrade(game))
    const [inChat, inGame] = [await connect(app, '/chat'), await connect(app, '/game')]
    chat.room('a').emit('hello', 'nobody')
    chat.emit('hello', 'chat')
    game.emit('hello', 'game')
    expect(await inChat.next()).toEqual({ type: 'hello', payload: 'chat' })
    expect(await inGame.next()).toEqual({ type: 'hello', payload: 'game' })
    expect(chat.stats()).toMatchObject({ name: 'chat', connections: 1, opened: 1 })
    await hubs.close({ within: 1000 })
    expect(await inChat.closed).toMatchObject({ code: 1001 })
    expect(await inGame.closed).toMatchObject({ code: 1001 })
  })

  test('a name is taken once, and options are checked', () => {
    const hubs = new Hubs()
    hubs.create('chat')
    expect(() => hubs.create('chat')).toThrow('There is a hub called "chat" already.')
    expect(() => hubs.create('')).toThrow(/The option name/)
    expect(() => hubs.create('x', { onOpne() {} } as object)).toThrow(/onOpne/)
    expect(hubs.names).toEqual(['chat'])
  })

  test('a shared broker serves every hub that has no broker of its own', async () => {
    const topics: string[] = []
    const broker = (name: string): Broker => ({
      connect() {},
      subscribe() {},
      unsubscribe() {},
      publish: (topic) => void topics.push(`${name} ${topic.split('/', 1)[0]}`),
      close() {},
    })
    const hubs = new Hubs({ broker: broker('shared') })
    hubs.create('a').emit('x')
    hubs.create('b', { broker: broker('own') }).emit('x')
    await until(() => topics.length === 2)
    expect(topics).toEqual(['shared a', 'own b'])
    await hubs.close()
  })
})

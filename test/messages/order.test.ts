import { setTimeout as delay } from 'node:timers/promises'
import { type Connection, Router } from '@wshub/core'
import { closeApps, TestApp } from '../support/app.js'
import { until, latch } from '../support/wait.js'

afterEach(closeApps)

const ask = async (connection: Connection): Promise<void> => {
  connection.emit('got', await connection.request('which', { of: 2 }))
}

const random = (): Promise<void> => delay(Math.random() * 2)

test('1,000 messages to handlers with random delays have their effects in order', async () => {
  const effects: number[] = []
  const router = new Router().handle('n', async ({ payload }) => {
    if ((payload as number) % 3 > 0) await random()
    effects.push(payload as number)
    return payload
  })
  const testApp = new TestApp({ router })
  const { ws, texts } = await testApp.dial()
  const numbers = Array.from({ length: 1000 }, (_, n) => n)
  for (const n of numbers) ws.send(JSON.stringify({ type: 'n', payload: n, id: n }))
  await until(() => texts.length === 1000)
  expect(effects).toEqual(numbers)
  expect(texts.map((text) => (JSON.parse(text) as { id: number }).id)).toEqual(numbers)
})

test.each([
  ['handlers', true],
  ['onMessage', false],
])('concurrency 4: four %s run at a time if enough messages wait, and never more', async (_, typed) => {
  let now = 0
  let most = 0
  let done = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++now)
    await random()
    now -= 1
    done += 1
  }
  const router = new Router().handle('work', work)
  const testApp = new TestApp({ limits: { concurrency: 4 }, ...(typed ? { router } : { onMessage: work }) })
  const { ws } = await testApp.dial()
  for (let n = 0; n < 200; n += 1) ws.send('{"type":"work"}')
  await until(() => done === 200)
  expect(most).toBe(4)
})

test('two connections do not wait for each other', async () => {
  const { held, release } = latch()
  const testApp = new TestApp({ router: new Router().handle('hold', () => held).handle('go', () => 'gone') })
  const [one, other] = [await testApp.enter(), await testApp.enter()]
  one.emit('hold')
  expect(await other.request('go')).toBe('gone')
  release()
})

describe.each([
  ['with a router', true],
  ['without a router', false],
])('a handler may wait for its own client %s', (_, typed) => {
  const options = typed
    ? { router: new Router().handle('ask', ({ connection }) => ask(connection)) }
    : { onMessage: ask }

  test('onOpen may wait for its own client', async () => {
    const testApp = new TestApp({ ...options, onOpen: ask })
    const client = await testApp.enter()
    const question = (await client.next()) as { type: string; id: string }
    expect(question).toMatchObject({ type: 'which', payload: { of: 2 } })
    client.reply(question, 'the second')
    expect(await client.next()).toEqual({ type: 'got', payload: 'the second' })
  })

  test('a handler may wait for its own client with a hundred messages behind it', async () => {
    const testApp = new TestApp(options)
    const { ws, texts } = await testApp.dial()
    ws.on('message', (data: Buffer) => {
      const { type, id } = JSON.parse(data.toString()) as { type: string; id: string }
      if (type === 'which') ws.send(JSON.stringify({ type: 'reply', id, payload: id }))
    })
    for (let n = 0; n < 100; n += 1) ws.send('{"type":"ask"}')
    await until(() => texts.filter((text) => text.includes('"got"')).length === 100)
    expect(testApp.stages).toEqual([])
  })
})

test('a socket that is paused is read again while a handler waits for its client', async () => {
  let answer: unknown
  const testApp = new TestApp({
    limits: { maxConnectionBytes: 15_000 },
    onMessage: async (connection, data) => {
      if (data !== 'ask') return
      await until(() => connection.core.paused)
      answer = await connection.request('which', undefined, { timeout: 3000 })
    },
  })
  const { ws, connection } = await testApp.dial()
  ws.on('message', (data: Buffer) => {
    const { id } = JSON.parse(data.toString()) as { id: string }
    ws.send(JSON.stringify({ type: 'reply', id, payload: 'the second' }))
  })
  ws.send('ask')
  for (let n = 0; n < 100; n += 1) ws.send('behind')
  await until(() => answer !== undefined)
  expect(answer).toBe('the second')
  await until(() => !connection.core.paused)
})

test('the close frame of a client is read although its socket is paused', async () => {
  const { held, release } = latch()
  const testApp = new TestApp({ limits: { maxConnectionBytes: 10_000 }, onMessage: () => held })
  const { ws, connection } = await testApp.dial()
  for (let n = 0; n < 100; n += 1) ws.send('x')
  await until(() => connection.core.paused)
  connection.close(4000, 'enough')
  expect(await connection.closed).toEqual({ code: 4000, reason: 'enough', clean: true })
  release()
})

test('a handler may await a ping, with a hundred messages behind it', async () => {
  let pinged = 0
  const testApp = new TestApp({ onMessage: (connection) => connection.ping().then(() => (pinged += 1)) })
  const { ws } = await testApp.dial()
  for (let n = 0; n < 100; n += 1) ws.send('ping')
  await until(() => pinged === 100)
}, 5000)

test('messages that arrive while onOpen waits are handled after it, each once and in order', async () => {
  const steps: unknown[] = []
  const { held: opening, release } = latch()
  const testApp = new TestApp({
    onOpen: async () => {
      await opening
      steps.push('open')
    },
    onMessage: (_, data) => steps.push(Number(data)),
  })
  const { ws, connection } = await testApp.dial()
  for (let n = 0; n < 100; n += 1) ws.send(String(n))
  await connection.ping()
  expect(steps).toEqual([])
  release()
  await until(() => steps.length === 101)
  expect(steps).toEqual(['open', ...Array.from({ length: 100 }, (_, n) => n)])
})

test('a socket is paused while its handlers are behind, and read again afterwards', async () => {
  const { held, release } = latch()
  let handled = 0
  const testApp = new TestApp({ onMessage: () => held.then(() => (handled += 1)) })
  const other = await testApp.dial()
  const { ws, connection } = await testApp.dial()
  const kilobytes = Buffer.alloc(100 * 1024)
  for (let n = 0; n < 300; n += 1) ws.send(kilobytes)
  // 30 MB exceed the kernel buffer of a client that does not read.
  await until(() => connection.core.paused)
  for (let n = 0; n < 100; n += 1) await other.connection.ping()
  expect(ws.bufferedAmount).toBeGreaterThan(0)
  release()
  await until(() => handled === 300)
  expect(ws.bufferedAmount).toBe(0)
})

test('hub:ping is answered while a handler is busy', async () => {
  const { held, release } = latch()
  const testApp = new TestApp({ router: new Router().handle('hold', () => held) })
  const client = await testApp.enter()
  client.emit('hold')
  expect(await client.request('hub:ping')).toBeUndefined()
  client.emit('hub:ping')
  expect(await client.next()).toEqual({ type: 'reply' })
  release()
})

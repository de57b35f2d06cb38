import { type Connection, Router } from '@wshub/core'
import { closeApps, TestApp } from '../support/app.js'
import { until, latch } from '../support/wait.js'

afterEach(closeApps)

const ask = async (connection: Connection): Promise<void> => {
  for await (const data of connection.messages()) connection.json([data, await connection.request('which')])
}

test('messages() inside onOpen gets every message in order, and ends with the connection', async () => {
  const got: (string | Buffer)[] = []
  let ended = false
  const testApp = new TestApp({
    limits: { openTimeout: 20 },
    onOpen: async (connection) => {
      if (connection.user === 'late') await new Promise(() => {})
      for await (const data of connection.messages()) {
        got.push(data)
        connection.send(`took ${data.length}`)
      }
      ended = true
    },
  })
  const { client, connection } = await testApp.connect()
  // A connection is closed if onOpen takes longer than openTimeout, but not if onOpen loops over messages.
  const late = await testApp.connect('user=late')
  expect(await late.client.closed).toMatchObject({ code: 1011 })
  for (let n = 0; n < 50; n += 1) client.send(String(n))
  client.send(Buffer.from([1]))
  for (let n = 0; n < 51; n += 1) await client.next()
  expect(got).toEqual([...Array.from({ length: 50 }, (_, n) => String(n)), Buffer.from([1])])
  expect(ended).toBe(false)
  await client.close()
  await connection.closed
  await until(() => ended)
  expect(testApp.stages).toEqual(['open'])
})

test('messages that came before the loop are not lost', async () => {
  const got: unknown[] = []
  const { held, release } = latch()
  const onOpen = async (connection: Connection): Promise<void> => {
    await held
    for await (const data of connection.messages()) got.push(data)
  }
  const { client, connection } = await new TestApp({ onOpen, limits: { maxConnectionBytes: 10_000 } }).connect()
  for (let n = 0; n < 100; n += 1) client.send(String(n))
  await until(() => connection.core.paused)
  release()
  await until(() => got.length === 100)
  expect(got).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
})

test('the socket is paused while the loop is busy', async () => {
  const got: number[] = []
  const { held, release } = latch()
  const testApp = new TestApp({
    onOpen: async (connection) => {
      for await (const data of connection.messages()) {
        got.push(data.length)
        await held
      }
    },
  })
  const other = await testApp.dial()
  const { ws, connection } = await testApp.dial()
  const bytes = Buffer.alloc(200 * 1024)
  // One message is in the loop, six exceed maxConnectionBytes, and 40 MB exceed the kernel buffer.
  for (let n = 0; n < 200; n += 1) ws.send(bytes)
  await until(() => connection.core.paused)
  await until(() => got.length === 1)
  for (let n = 0; n < 200; n += 1) await other.connection.ping()
  expect(ws.bufferedAmount).toBeGreaterThan(0)
  expect(got).toHaveLength(1)
  release()
  await until(() => got.length === 200)
})

test('typed messages go to the router, the others to the loop', async () => {
  const got: unknown[] = []
  const testApp = new TestApp({
    router: new Router().handle('echo', ({ payload }) => payload),
    onOpen: async (connection) => {
      for await (const data of connection.messages()) got.push(data)
    },
  })
  const client = await testApp.enter()
  client.send('raw')
  expect(await client.request('echo', 1)).toBe(1)
  client.send('more')
  expect(await client.request('echo', 2)).toBe(2)
  await until(() => got.length === 2)
  expect(got).toEqual(['raw', 'more'])
})

test('leaving the message loop does not block later messages', async () => {
  let left = false
  const testApp = new TestApp({
    router: new Router().handle('echo', ({ payload }) => payload),
    onOpen: async (connection) => {
      for await (const data of connection.messages()) if (data === 'stop') break
      left = true
    },
  })
  const client = await testApp.enter()
  for (let n = 0; n < 40; n += 1) client.send('before')
  client.send('stop')
  for (let n = 0; n < 40; n += 1) client.send('after')
  expect(await client.request('echo', 1)).toBe(1)
  await until(() => left)
})

test('a second message loop continues after the first one', async () => {
  const got: unknown[] = []
  const testApp = new TestApp({
    onOpen: async (connection) => {
      for await (const hello of connection.messages()) {
        got.push(['hello', hello])
        break
      }
      for await (const data of connection.messages()) got.push(data)
    },
  })
  const { client, connection } = await testApp.connect()
  client.send('ann')
  client.send('1')
  client.send('2')
  await connection.ping()
  await connection.ping()
  expect(got).toEqual([['hello', 'ann'], '1', '2'])
})

test('return() ends an iteration that waits', async () => {
  const { connection } = await new TestApp().connect()
  const messages = connection.messages()
  const waiting = messages.next()
  expect(await messages.return?.()).toEqual({ value: undefined, done: true })
  expect(await waiting).toEqual({ value: undefined, done: true })
  expect(await messages.next()).toEqual({ value: undefined, done: true })
}, 3000)

test('two simultaneous next() calls get two messages', async () => {
  const { client, connection } = await new TestApp().connect()
  const messages = connection.messages()
  const both = Promise.all([messages.next(), messages.next()])
  client.send('1')
  client.send('2')
  expect(await both).toEqual([
    { value: '1', done: false },
    { value: '2', done: false },
  ])
}, 3000)

test('a message loop that begins after the client has closed gets the earlier messages, and ends', async () => {
  const got: unknown[] = []
  const { held, release } = latch()
  let ended = false
  const onOpen = async (connection: Connection): Promise<void> => {
    await held
    for await (const data of connection.messages()) got.push(data)
    ended = true
  }
  const { client, connection } = await new TestApp({ onOpen }).connect()
  client.send('1')
  await client.close()
  await connection.closed
  release()
  await until(() => ended)
  expect(got).toEqual(['1'])
}, 3000)

test('connection.request() works inside a message loop', async () => {
  const client = await new TestApp({ onOpen: ask }).enter()
  client.send('a')
  client.send('b')
  for (const expected of ['a', 'b']) {
    const question = (await client.next()) as { type: string; id: string }
    client.reply(question, 1)
    expect(await client.next()).toBe(JSON.stringify([expected, 1]))
  }
})

test('an abandoned message loop does not delay the close of its connection', async () => {
  const ends: string[] = []
  const testApp = new TestApp({
    onOpen: async (connection) => void (await connection.messages().next()),
    onClose: () => ends.push('close'),
    onLeave: () => ends.push('leave'),
  })
  const { client } = await testApp.connect('rooms=a')
  client.send('token')
  await client.close()
  await until(() => ends.length === 2)
  expect(ends).toEqual(['close', 'leave'])
}, 5000)

import { Router } from '@wshub/core'
import { closeApps, TestApp } from '../support/app.js'
import { latch, turn, until } from '../support/wait.js'

afterEach(closeApps)

const echo = (): Router => new Router().handle('echo', ({ payload }) => payload)

async function errorTo(testApp: TestApp, text: string): Promise<unknown> {
  const client = await testApp.enter()
  client.send(text)
  return client.next()
}

describe('ids that an answer cannot repeat are refused as invalid_message', () => {
  test.each(['1e400', '-1e999', 'null', 'true', '{}', '[]', '9007199254740993', '-1234567890123456789'])(
    '%s',
    async (id) => {
      for (const type of ['echo', 'hub:ping', 'hub:recover']) {
        const answer = await errorTo(new TestApp({ router: echo() }), `{"type":"${type}","id":${id}}`)
        expect(answer).toEqual({ type: 'error', payload: { code: 'invalid_message', message: expect.any(String) } })
      }
    },
  )

  test.each([0, -1, 1.5, 9007199254740991, '', 'x'])('an answer repeats the id %p unchanged', async (id) => {
    const client = await new TestApp({ router: echo() }).enter()
    for (const type of ['echo', 'hub:ping']) {
      client.send(JSON.stringify({ type, id }))
      expect(await client.next()).toMatchObject({ type: 'reply', id })
    }
  })
})

test('hub:recover without an id is answered with an error', async () => {
  const answer = await errorTo(new TestApp({ router: echo() }), '{"type":"hub:recover","payload":{"room":"a"}}')
  expect(answer).toMatchObject({ type: 'error', payload: { code: 'invalid_message' } })
})

test('a request that no router handles is answered invalid_message with its id, on a hub with and without a router', async () => {
  const answer = { type: 'error', payload: { code: 'invalid_message' }, id: 1 }
  expect(await errorTo(new TestApp(), '{"type":"x","payload":1,"id":1}')).toMatchObject(answer)
  expect(await errorTo(new TestApp({ router: echo() }), '{"payload":1,"id":1}')).toMatchObject(answer)
})

describe('hooks of raw text and raw binary', () => {
  test('a text is answered with an error on a hub with onBinary, and bytes on a hub with onText', async () => {
    const got: unknown[] = []
    const take = (_: unknown, data: unknown): void => void got.push(data)
    const testApp = new TestApp({ router: echo(), onBinary: take })
    expect(await errorTo(testApp, 'no envelope')).toMatchObject({ payload: { code: 'invalid_message' } })
    const client = await new TestApp({ onText: take }).enter()
    client.send(Buffer.from([1]))
    expect(await client.next()).toMatchObject({ payload: { code: 'invalid_message' } })
    client.send('text')
    const other = await testApp.enter()
    other.send(Buffer.from([2]))
    await until(() => got.length === 2)
    expect(got).toEqual(expect.arrayContaining(['text', Buffer.from([2])]))
  })

  test('onMessage gets texts without onText, and bytes without onBinary', async () => {
    const got: unknown[] = []
    const testApp = new TestApp({
      onText: (_, text) => void got.push(['text', text]),
      onMessage: (_, data) => void got.push(['any', data]),
    })
    const client = await testApp.enter()
    client.send('a')
    client.send(Buffer.from([1]))
    await until(() => got.length === 2)
    expect(got).toEqual([
      ['text', 'a'],
      ['any', Buffer.from([1])],
    ])
  })
})

test('an answer is never dropped: under slowConsumer drop the connection closes with 1013 in its place', async () => {
  const router = echo().handle('big', () => 'x'.repeat(200_000))
  const testApp = new TestApp({ router, limits: { slowConsumer: 'drop', maxBufferedBytes: 1000, closeTimeout: 200 } })
  const { socket, connection } = await testApp.stall()
  while (connection.bufferedAmount === 0) {
    connection.send('x'.repeat(1_000_000))
    await turn()
  }
  connection.send('dropped')
  expect(connection.state).toBe('open')
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 + 22, 0, 0, 0, 0]), Buffer.from('{"type":"echo","id":1}')]))
  expect(await connection.closed).toMatchObject({ code: 1013, reason: 'slow consumer' })
  expect(testApp.hub.stats()).toMatchObject({ slow: 1, dropped: 2 })
}, 20_000)

test('a hub:left is never dropped: under slowConsumer drop the connection closes with 1013 in its place', async () => {
  const testApp = new TestApp({
    router: echo(),
    limits: { slowConsumer: 'drop', maxBufferedBytes: 1000, closeTimeout: 200 },
  })
  const { connection } = await testApp.stall()
  await connection.join('a')
  while (connection.bufferedAmount === 0) {
    connection.send('x'.repeat(1_000_000))
    await turn()
  }
  testApp.hub.room('a').emit('dropped', 'x'.repeat(1000))
  expect(connection.state).toBe('open')
  connection.leave('a')
  expect(await connection.closed).toMatchObject({ code: 1013, reason: 'slow consumer' })
}, 20_000)

test('onClose gets the code and reason of the side that closed first, whatever the other echoes', async () => {
  const seen: unknown[] = []
  const testApp = new TestApp({ onClose: (_, { code, reason }) => void seen.push([code, reason]) })
  for (const echoed of [undefined, 1000, 4999]) {
    const { ws, connection } = await testApp.dial()
    ws.once('close', () => {})
    connection.disconnect(4401, 'logged out')
    ws.close(echoed)
    await connection.closed
  }
  const { ws, connection } = await testApp.dial()
  ws.close(4000, 'bye')
  await until(() => connection.state === 'closing')
  connection.disconnect(4401, 'too late')
  await until(() => seen.length === 4)
  expect(seen).toEqual([
    [4401, 'logged out'],
    [4401, 'logged out'],
    [4401, 'logged out'],
    [4000, 'bye'],
  ])
})

test('a handler that waits for onClose does not keep onClose from running', async () => {
  const { held, release } = latch()
  const testApp = new TestApp({ limits: { closeTimeout: 50 }, onMessage: () => held, onClose: () => release() })
  const { ws } = await testApp.dial()
  ws.send('subscribe')
  await until(() => testApp.hub.stats().received === 1)
  ws.close()
  await held
})

test('100,000 events to a client that pauses arrive whole if each awaits drained', async () => {
  const testApp = new TestApp()
  const { ws, connection, texts } = await testApp.dial()
  ws.pause()
  const sending = (async () => {
    for (let n = 0; n < 100_000; n += 1) {
      connection.send(`${n} ${'x'.repeat(64)}`)
      await connection.drained
    }
  })()
  await until(() => connection.bufferedAmount > 500_000)
  ws.resume()
  await sending
  await until(() => texts.length === 100_000)
  expect(texts.every((text, n) => text.startsWith(`${n} `))).toBe(true)
  expect(testApp.hub.stats()).toMatchObject({ dropped: 0, slow: 0 })
})

test('drained resolves when the connection closes', async () => {
  const { connection } = await new TestApp().stall()
  while (connection.bufferedAmount < 600_000) {
    connection.send('x'.repeat(100_000))
    await turn()
  }
  const { drained } = connection
  connection.terminate()
  await expect(drained).resolves.toBeUndefined()
})

test('invalid messages are answered a hundred times, then the connection closes with 4400', async () => {
  const testApp = new TestApp({ router: echo() })
  const { ws, connection, texts } = await testApp.dial()
  for (let n = 0; n < 1000; n += 1) ws.send('?')
  expect(await connection.closed).toMatchObject({ code: 4400, reason: 'too many invalid messages' })
  expect(texts.length).toBeLessThan(110)
})

test('codes that clients invent count as remote_error', async () => {
  const testApp = new TestApp({ router: new Router().handle('ask', ({ connection }) => connection.request('which')) })
  const client = await testApp.enter()
  for (let n = 0; n < 70; n += 1) {
    client.send(JSON.stringify({ type: 'ask', id: n }))
    const { id } = (await client.next()) as { id: string }
    client.send(JSON.stringify({ type: 'error', payload: { code: `made_up_${n}` }, id }))
    await client.next()
  }
  client.send('?')
  await client.next()
  expect(testApp.hub.stats().rejected).toEqual({ remote_error: 70, invalid_message: 1 })
})

describe('messageRate', () => {
  test('messageRate counts pings and unasked pongs', async () => {
    const testApp = new TestApp({ limits: { messageRate: { perSecond: 0.001, burst: 10 } } })
    for (const send of ['ping', 'pong'] as const) {
      const { ws, connection } = await testApp.dial()
      for (let n = 0; n < 30; n += 1) ws[send]()
      expect(await connection.closed).toMatchObject({ code: 4429 })
    }
  })

  test('messageRate does not count pongs that were asked for', async () => {
    const testApp = new TestApp({ limits: { messageRate: { perSecond: 0.001, burst: 3 } } })
    const { connection } = await testApp.dial()
    for (let n = 0; n < 20; n += 1) await connection.ping()
    expect(connection.state).toBe('open')
  })

  test('messageRate counts the bytes of messages', async () => {
    const cost = { perByte: 0.01 }
    const testApp = new TestApp({ router: echo(), limits: { messageRate: { perSecond: 0.001, burst: 20, cost } } })
    const client = await testApp.enter()
    expect(await client.request('echo', 'x'.repeat(1500))).toHaveLength(1500)
    await expect(client.request('echo', 'x'.repeat(500))).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('messageRate charges the sender for each connection that the messages of its handler reach, also after an await', async () => {
    const cost = { perRecipient: 1 }
    const router = new Router().handle('shout', async ({ hub }) => {
      await turn()
      hub.room('a').send('!')
    })
    const testApp = new TestApp({ router, limits: { messageRate: { perSecond: 0.001, burst: 20, cost } } })
    for (let n = 0; n < 25; n += 1) await testApp.enter('rooms=a')
    const client = await testApp.enter()
    await client.request('shout')
    await expect(client.request('shout')).rejects.toMatchObject({ code: 'rate_limited' })
  })
})

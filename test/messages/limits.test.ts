import { Router } from '@wshub/core'
import { closeApps, TestApp } from '../support/app.js'
import { latch, turn, until } from '../support/wait.js'

afterEach(closeApps)

describe('a consumer that does not read', () => {
  const LIMIT = 300_000
  // Exceeds the kernel buffer of a client that does not read.
  const MOST = 1000
  const limits = { maxBufferedBytes: LIMIT, closeTimeout: 50 } as const
  const message = 'x'.repeat(64 * 1024)

  test('a consumer that does not read is closed with 1013, holds no more than its limit, and affects no other client', async () => {
    const testApp = new TestApp({ limits })
    const healthy = await testApp.dial('rooms=r')
    const { connection } = await testApp.stall('rooms=r')
    let most = 0
    let sent = 0
    for (; connection.state === 'open' && sent < MOST; sent += 1) {
      testApp.hub.room('r').send(message)
      most = Math.max(most, connection.bufferedAmount)
      await until(() => healthy.texts.length === sent + 1)
    }
    expect(await connection.closed).toEqual({ code: 1013, reason: 'slow consumer', clean: false })
    expect(most).toBeLessThanOrEqual(LIMIT)
    expect(testApp.hub.stats()).toMatchObject({ slow: 1, dropped: 1 })
    expect(healthy.texts).toHaveLength(sent)
    expect(healthy.connection.state).toBe('open')
  })

  test('a consumer that does not read has its messages dropped and counted, and goes on when it reads again', async () => {
    const testApp = new TestApp({ limits: { ...limits, slowConsumer: 'drop' } })
    const { ws, connection, texts } = await testApp.dial()
    ws.pause()
    let sent = 0
    for (; testApp.hub.stats().dropped < 10 && sent < MOST; sent += 1) {
      connection.send(`${sent} ${message}`)
      await turn()
      expect(connection.bufferedAmount).toBeLessThanOrEqual(LIMIT)
    }
    ws.resume()
    await until(() => connection.bufferedAmount === 0)
    connection.send('end')
    await until(() => texts.at(-1) === 'end')
    expect(texts.length - 1).toBe(sent - testApp.hub.stats().dropped)
    const order = texts.slice(0, -1).map((text) => Number.parseInt(text, 10))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(connection.state).toBe('open')
    expect(testApp.hub.stats().slow).toBe(0)
  })

  test('a burst of messages in one turn makes no connection a slow consumer', async () => {
    const testApp = new TestApp({ limits })
    const { connection, texts } = await testApp.dial()
    for (let n = 0; n < 20; n += 1) connection.send(message.slice(0, 30_000))
    await until(() => texts.length === 20)
    expect(testApp.hub.stats()).toMatchObject({ slow: 0, dropped: 0 })
  })

  test('a message larger than the buffer limit is sent if nothing else waits', async () => {
    const testApp = new TestApp({ limits: { maxBufferedBytes: 1000 } })
    const { connection, texts } = await testApp.dial()
    connection.send(message)
    await until(() => texts.length === 1)
    expect(texts[0]).toHaveLength(message.length)
  })

  test('writeTimeout ends a connection whose socket accepts no bytes', async () => {
    const testApp = new TestApp({ limits: { maxBufferedBytes: 64 * 1024 * 1024, writeTimeout: 60 } })
    const idle = await testApp.dial()
    const { connection } = await testApp.stall()
    connection.send('x'.repeat(32 * 1024 * 1024))
    expect(await connection.closed).toEqual({ code: 1006, reason: 'write timeout', clean: false })
    expect(idle.connection.state).toBe('open')
  })
})

describe('messageRate', () => {
  const options = { limits: { messageRate: { perSecond: 0.001, burst: 5 } } }

  test('messages over the rate are refused as rate_limited, and a client that goes on is closed with 4429', async () => {
    const handled: unknown[] = []
    const testApp = new TestApp({ ...options, onMessage: (_, data) => handled.push(data) })
    const { client, connection } = await testApp.connect()
    for (let n = 0; n < 20; n += 1) client.send(String(n))
    for (let n = 0; n < 5; n += 1) {
      expect(await client.next()).toMatchObject({ type: 'error', payload: { code: 'rate_limited' } })
    }
    expect(await client.closed).toEqual({ code: 4429, reason: 'too many messages' })
    await connection.closed
    expect(handled).toEqual(['0', '1', '2', '3', '4'])
    expect(testApp.failures).toMatchObject([{ stage: 'limit', error: { code: 'rate_limited' } }])
  })

  test('a request over messageRate is answered with an error that has its id', async () => {
    const testApp = new TestApp({ ...options, router: new Router().handle('x', () => 1) })
    const client = await testApp.enter()
    for (let n = 0; n < 5; n += 1) expect(await client.request('x')).toBe(1)
    await expect(client.request('x')).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('messageRate is counted for each connection', async () => {
    const testApp = new TestApp({ ...options, router: new Router().handle('x', () => 1) })
    const [one, other] = [await testApp.enter(), await testApp.enter()]
    for (let n = 0; n < 6; n += 1) one.emit('x')
    expect(await one.next()).toMatchObject({ payload: { code: 'rate_limited' } })
    expect(await other.request('x')).toBe(1)
  })
})

test('idleTimeout closes a client that sends no message with 4408; pongs do not count as messages', async () => {
  const testApp = new TestApp({
    limits: { idleTimeout: 100 },
    // The hub does not count a stall of more than an eighth of pongTimeout, in which the messages of the sender are late, too.
    heartbeat: { pingInterval: 20, pongTimeout: 200 },
    router: new Router().handle('x', () => 1),
  })
  const sender = await testApp.dial()
  const quiet = await testApp.dial()
  const sending = setInterval(() => sender.ws.send('{"type":"x"}'), 10)
  const [code, reason] = await new Promise<[number, Buffer]>((resolve) =>
    quiet.ws.once('close', (...all) => resolve(all)),
  )
  clearInterval(sending)
  expect([code, reason.toString()]).toEqual([4408, 'idle'])
  expect(sender.connection.state).toBe('open')
  expect(await sender.connection.closed).toMatchObject({ code: 4408 })
})

test('idleTimeout does not run while reading is paused', async () => {
  const { held, release } = latch()
  const testApp = new TestApp({
    limits: { idleTimeout: 60, maxConnectionBytes: 10_000 },
    // Without pings. With a short pongTimeout the hub does not count a stall before the first messages.
    heartbeat: { pingInterval: 60_000, pongTimeout: 100 },
    onMessage: () => held,
  })
  const { ws, connection } = await testApp.dial()
  for (let n = 0; n < 100; n += 1) ws.send('x')
  await until(() => connection.core.paused)
  for (let n = 0; n < 3; n += 1) expect(await (await testApp.dial()).connection.closed).toMatchObject({ code: 4408 })
  expect(connection.state).toBe('open')
  release()
})

describe('limits of connections', () => {
  test('a client beyond maxConnections gets 503, and one is accepted after another has closed', async () => {
    const testApp = new TestApp({ limits: { maxConnections: 2 } })
    const one = await testApp.connect()
    await testApp.enter()
    await expect(testApp.enter()).rejects.toMatchObject({ status: 503 })
    await one.client.close()
    await one.connection.closed
    await testApp.enter()
    expect(testApp.hub.stats()).toMatchObject({ connections: 2, opened: 3 })
  })

  test('a client beyond maxConnectionsPerUser gets 429, and other users are accepted', async () => {
    const testApp = new TestApp({ limits: { maxConnectionsPerUser: 1 } })
    const one = await testApp.connect('user=ann')
    await expect(testApp.enter('user=ann')).rejects.toMatchObject({ status: 429 })
    await testApp.enter('user=bob')
    await testApp.enter()
    await testApp.enter()
    one.connection.terminate()
    await one.connection.closed
    await testApp.enter('user=ann')
  })

  test('a client beyond maxConnectionsPerAddress gets 429', async () => {
    const testApp = new TestApp({ limits: { maxConnectionsPerAddress: 2 } })
    await testApp.dial()
    const second = await testApp.dial()
    await expect(testApp.dial()).rejects.toThrow(/429/)
    second.ws.close()
    await second.connection.closed
    await testApp.dial()
  })
})

test('a client that reads one large message slowly is not closed by writeTimeout or the heartbeat', async () => {
  const testApp = new TestApp({
    limits: { maxBufferedBytes: 64 * 1024 * 1024, writeTimeout: 1000 },
    heartbeat: { pingInterval: 200, pongTimeout: 1000 },
  })
  const { socket, connection } = await testApp.stall()
  const size = 40 * 1024 * 1024
  connection.send(Buffer.alloc(size))
  let read = 0
  socket.on('data', (chunk) => {
    read += chunk.length
    socket.pause()
    // The load: the client reads a chunk each 5 ms.
    setTimeout(() => socket.resume(), 5)
  })
  socket.resume()
  await until(() => read > 20 * 1024 * 1024)
  expect(connection.state).toBe('open')
}, 30_000)

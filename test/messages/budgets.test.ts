import { Router } from '@wshub/core'
import { clientFrame, closeApps, TestApp } from '../support/app.js'
import { latch, turn, until } from '../support/wait.js'

afterEach(closeApps)

const KIB = 1024

/** JSON that becomes twenty times as large when it is parsed. */
function bomb(bytes: number): string {
  return `{"type":"slow","payload":[${'{},'.repeat(bytes / 3)}{}]}`
}

describe('messages behind a busy handler', () => {
  test('messages behind a busy handler are not parsed: 20 MiB of JSON that would become 400 MiB cost less than 20 MiB', async () => {
    const { held, release } = latch()
    const parse = jest.spyOn(JSON, 'parse')
    const testApp = new TestApp({
      router: new Router().handle('slow', () => held),
      limits: { maxConnectionBytes: 4096 * KIB },
    })
    const { ws, connection } = await testApp.dial()
    const before = parse.mock.calls.length
    for (let n = 0; n < 8; n += 1) ws.send(bomb(250 * KIB))
    await until(() => testApp.hub.stats().memory.queued > 7 * 250 * KIB)
    expect(parse.mock.calls.length).toBe(before + 1)
    parse.mockRestore()
    connection.terminate()
    release()
    await until(() => testApp.hub.stats().memory.used < 4 * KIB)
  })

  test('messages behind a busy handler do not delay hub:ping', async () => {
    const { held, release } = latch()
    const testApp = new TestApp({ router: new Router().handle('slow', () => held) })
    const client = await testApp.enter()
    for (let n = 0; n < 1000; n += 1) client.emit('slow', n)
    expect(await client.request('hub:ping')).toBeUndefined()
    release()
  })

  test('messages behind a busy handler do not delay the reply to a request of the server, however its keys are escaped', async () => {
    let answer: unknown
    const { held, release } = latch()
    const testApp = new TestApp({
      router: new Router().handle('ask', async ({ connection }) => {
        await held
        answer = await connection.request('which')
      }),
    })
    const { ws, texts } = await testApp.dial()
    for (let n = 0; n < 1000; n += 1) ws.send('{"type":"ask"}')
    release()
    await until(() => texts.length > 0)
    const { id } = JSON.parse(texts[0] ?? '') as { id: string }
    ws.send(`{"payload":"this one","id":"${id}","type":"re\\u0070ly"}`)
    await until(() => answer !== undefined)
    expect(answer).toBe('this one')
  })

  test('messages behind a busy handler pause the socket at the byte limit, and the rest arrives in order', async () => {
    const got: number[] = []
    const { held, release } = latch()
    const testApp = new TestApp({
      limits: { maxConnectionBytes: 100 * KIB },
      onMessage: async (_: unknown, data: unknown) => {
        await held
        got.push(Number(String(data).slice(0, 4)))
      },
    })
    const { ws, connection } = await testApp.dial()
    for (let n = 0; n < 1000; n += 1) ws.send(`${String(n).padStart(4, '0')}${'x'.repeat(10 * KIB)}`)
    await until(() => connection.core.paused)
    for (let n = 0; n < 10; n += 1) await turn()
    // One read brings 64 KiB more at most.
    expect(testApp.hub.stats().memory.queued).toBeLessThan(180 * KIB)
    release()
    await until(() => got.length === 1000)
    expect(got).toEqual(Array.from({ length: 1000 }, (_, n) => n))
  })

  test('a small waiting message does not keep its packet in memory', async () => {
    const { connection } = await new TestApp().dial()
    const { receiver } = connection.core
    const kept = receiver.keep(Buffer.alloc(64 * KIB).subarray(0, 1)) as Buffer
    expect(kept.buffer.byteLength).toBe(1)
  })
})

describe('the budget of a hub', () => {
  test('the budget of a hub is shared: the less of it is left, the fewer bytes may wait for each connection', async () => {
    const { held, release } = latch()
    const testApp = new TestApp({ limits: { maxHubBytes: 8192 * KIB }, onMessage: () => held })
    const clients = await Promise.all(Array.from({ length: 20 }, () => testApp.dial()))
    for (const { ws } of clients) for (let n = 0; n < 100; n += 1) ws.send(Buffer.alloc(20 * KIB))
    await until(() => clients.every(({ connection }) => connection.core.paused))
    const { used, limit } = testApp.hub.stats().memory
    expect(used).toBeLessThan(limit)
    release()
    await until(() => testApp.hub.stats().received === 2000)
    await until(() => testApp.hub.stats().memory.queued === 0)
  })

  test('a hub without budget for two large messages parses one at a time, and all in the end', async () => {
    let busy = 0
    let most = 0
    const router = new Router().handle('slow', async () => {
      most = Math.max(most, (busy += 1))
      await turn()
      await turn()
      busy -= 1
    })
    const testApp = new TestApp({ limits: { maxHubBytes: 4096 * KIB }, router })
    const clients = await Promise.all(Array.from({ length: 10 }, () => testApp.dial()))
    for (const { ws } of clients) ws.send(bomb(100 * KIB))
    await until(() => testApp.hub.stats().received === 10)
    expect(most).toBeLessThanOrEqual(2)
    await until(() => testApp.hub.stats().memory.handling === 0)
  })

  test('an exceeded budget of a hub closes the connection that holds the most with 1013 and refuses handshakes with 503', async () => {
    const testApp = new TestApp({ limits: { maxHubBytes: 600 * KIB, maxBufferedBytes: 64 * KIB * KIB } })
    const [reader, stalled] = [await testApp.dial(), await testApp.stall()]
    let refusal: unknown
    while (stalled.connection.state === 'open') {
      stalled.connection.send(Buffer.alloc(500 * KIB))
      reader.connection.send('to you as well')
      refusal ??= await testApp.enter().then(() => undefined, String)
      await turn()
    }
    expect(await stalled.connection.closed).toMatchObject({ code: 1013, reason: 'over budget' })
    expect(refusal).toContain('503')
    expect(reader.connection.state).toBe('open')
    expect(testApp.hub.stats()).toMatchObject({ overBudget: 1, refused: { hub_overloaded: expect.any(Number) } })
    await until(() => testApp.hub.stats().memory.sending === 0)
  })
})

describe('stats().memory', () => {
  test('stats().memory counts only headers and rooms while all clients are idle, and is zero after they have left', async () => {
    const testApp = new TestApp({ router: new Router().handle('slow', () => turn()) })
    const { ws, connection } = await testApp.dial('rooms=a,b')
    for (let n = 0; n < 50; n += 1) ws.send(bomb(300))
    await until(() => testApp.hub.stats().received === 50)
    await until(() => testApp.hub.stats().memory.handling === 0)
    const { memory } = testApp.hub.stats()
    expect(memory).toMatchObject({ queued: 0, sending: 0, receiving: 0, early: 0 })
    expect(memory.headers).toBeGreaterThan(100)
    expect(memory.rooms).toBeGreaterThan(2)
    expect(memory.used).toBe(memory.headers + memory.rooms)
    connection.terminate()
    await connection.closed
    expect(testApp.hub.stats().memory.used).toBe(0)
  })

  test('stats().memory counts an unfinished message, fragments included, the next time that the heartbeat checks the connection', async () => {
    const testApp = new TestApp({ heartbeat: { pingInterval: 20, pongTimeout: 10_000 } })
    const { socket, connection } = await testApp.stall()
    socket.write(Buffer.concat([clientFrame(1, Buffer.alloc(1000), false), clientFrame(0, Buffer.alloc(1000), false)]))
    await until(() => testApp.hub.stats().memory.receiving > 2000)
    connection.terminate()
    await until(() => testApp.hub.stats().memory.receiving === 0)
  })
})

test('a silent client behind a slow handler is pinged and disconnected, whether or not its socket is paused', async () => {
  const { held, release } = latch()
  const options = { heartbeat: { pingInterval: 40, pongTimeout: 40 }, onMessage: () => held }
  const testApp = new TestApp({ ...options, limits: { maxConnectionBytes: 5 * KIB } })
  const closures = [1, 100].map(async (messages) => {
    const { socket, connection } = await testApp.stall()
    for (let n = 0; n < messages; n += 1) socket.write(clientFrame(1, Buffer.alloc(100)))
    return connection.closed
  })
  for (const closure of await Promise.all(closures))
    expect(closure).toMatchObject({ code: 1006, reason: 'pong timeout' })
  release()
})

test('a client that keeps sending is not disconnected while its socket is paused', async () => {
  const { held, release } = latch()
  const options = { heartbeat: { pingInterval: 40, pongTimeout: 40 }, onMessage: () => held }
  const testApp = new TestApp({ ...options, limits: { maxConnectionBytes: 5 * KIB } })
  const { ws, connection } = await testApp.dial()
  for (let n = 0; n < 500; n += 1) ws.send(Buffer.alloc(10 * KIB))
  const other = await testApp.stall()
  expect(await other.connection.closed).toMatchObject({ reason: 'pong timeout' })
  expect(connection.state).toBe('open')
  release()
  await until(() => connection.hub.stats().memory.queued === 0)
})

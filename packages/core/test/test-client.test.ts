import { HubError, Router } from '../src/index.js'
import { connect } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { until } from '../../../test/support/wait.js'

// The client of the test kit: every wait settles with a message or with an error that explains it.

afterEach(async () => {
  jest.useRealTimers()
  await closeHubServers()
})

test('next(type) skips messages of other types and keeps them', async () => {
  const { client, connection } = await new HubServer().connect()
  for (const type of ['a', 'b', 'a']) connection.emit(type, type)
  connection.send('text')
  expect(await client.next('b')).toEqual({ type: 'b', payload: 'b' })
  expect([await client.next(), await client.next('a'), await client.next()]).toEqual([
    { type: 'a', payload: 'a' },
    { type: 'a', payload: 'a' },
    'text',
  ])
})

test('until() waits for the message that its predicate accepts', async () => {
  const { client, connection } = await new HubServer().connect()
  const third = client.until((message) => message === 'three')
  for (const text of ['one', 'two', 'three']) connection.send(text)
  expect(await third).toBe('three')
  expect(await client.next()).toBe('one')
})

test('two simultaneous waits get messages in order', async () => {
  const { client, connection } = await new HubServer().connect()
  const both = [client.next(), client.next()]
  connection.send('one')
  connection.send('two')
  expect(await Promise.all(both)).toEqual(['one', 'two'])
})

test('quiet() resolves while nothing has come', async () => {
  const { client, connection } = await new HubServer().connect()
  connection.send('text')
  await client.next()
  await expect(client.quiet()).resolves.toBeUndefined()
  await expect(client.quiet(5)).resolves.toBeUndefined()
})

test('quiet() rejects with what came, which stays to be read', async () => {
  const { client, connection } = await new HubServer().connect()
  connection.emit('said', { text: 'hi' })
  await expect(client.quiet()).rejects.toThrow("expected nothing, got { type: 'said', payload: { text: 'hi' } }")
  expect(await client.next('said')).toEqual({ type: 'said', payload: { text: 'hi' } })
})

test('quiet() detects a message that a handler sends before its turn ends', async () => {
  const hubServer = new HubServer({ router: new Router().handle('go', ({ hub }) => hub.emit('gone')) })
  const { client } = await hubServer.connect()
  client.emit('go')
  await expect(client.quiet()).rejects.toThrow(/expected nothing, got { type: 'gone' }/)
})

test('a call that waits when the connection closes gets its code and reason', async () => {
  const { client, connection } = await new HubServer({
    router: new Router().handle('x', () => new Promise(() => {})),
  }).connect()
  const waits = [client.next('a'), client.until(() => true), client.request('x')]
  const settled = Promise.allSettled(waits)
  connection.disconnect(4403, 'not you')
  for (const result of await settled) expect(String(Reflect.get(result, 'reason'))).toContain('closed (4403 not you)')
  await expect(client.request('x')).rejects.toThrow(
    'expected an answer to "x", but the connection has closed (4403 not you)',
  )
})

test('a predicate that throws rejects its own until()', async () => {
  const { client, connection } = await new HubServer().connect()
  const failed = client.until(() => {
    throw new Error('mine')
  })
  const other = client.next()
  connection.send('text')
  await expect(failed).rejects.toThrow('mine')
  expect(await other).toBe('text')
})

test.each([[5], [null], [{}]])('next(%p) and until(%p) reject with a sentence', async (wrong) => {
  const { client } = await new HubServer().connect()
  await expect(client.next(wrong as never)).rejects.toThrow(/^next\(\) takes the type of a message, not /)
  await expect(client.until(wrong as never)).rejects.toThrow(/^until\(\) takes a function, not /)
})

test('a wait under fake timers ends with an error that names the cause', async () => {
  const hubServer = new HubServer()
  const { client } = await hubServer.connect()
  await client.close()
  const app = await connect((await import('node:http')).createServer(), '/').catch((error: unknown) => error)
  expect(String(app)).toContain('attach(server)')
  const late = await lateClient()
  jest.useFakeTimers()
  await expect(late.next('a')).rejects.toThrow(
    'expected a message of the type "a" within 50 ms, got none. The timers are fake',
  )
  jest.useRealTimers()
  late.terminate()
})

async function lateClient(): ReturnType<typeof connect> {
  const { attach, Hub } = await import('../src/index.js')
  const { Upgrader } = await import('../src/adapter/index.js')
  const { createServer } = await import('node:http')
  const upgrader = new Upgrader(new Hub())
  const server = createServer((request, response) => {
    const info = { host: request.headers.host, address: undefined, secure: false }
    void upgrader.admit(request, info, () => ({})).then(({ status }) => response.writeHead(status).end())
  })
  attach(server)
  return connect(server, '/', { timeout: 50 })
}

describe('stream()', () => {
  const router = new Router().handle('count', async function* ({ payload, signal }) {
    for (let value = 1; value <= Number(payload); value += 1) yield value
    if (payload === 3) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    if (payload === 2) throw new HubError('sold_out')
    return 'done'
  })

  test('stream() iterates over the values of a streamed reply, and returns the reply', async () => {
    const { client } = await new HubServer({ router }).connect()
    const stream = client.stream<number, string>('count', 1)
    expect([await stream.next(), await stream.next()]).toEqual([
      { done: false, value: 1 },
      { done: true, value: 'done' },
    ])
    await client.quiet()
  })

  test('stream() throws the error that ends the stream', async () => {
    const { client } = await new HubServer({ router }).connect()
    const values: unknown[] = []
    const read = async (): Promise<void> => {
      for await (const value of client.stream('count', 2)) values.push(value)
    }
    await expect(read()).rejects.toMatchObject({ code: 'sold_out' })
    expect(values).toEqual([1, 2])
  })

  test('stream() cancels the request if the loop ends before the stream', async () => {
    const hubServer = new HubServer({ router })
    const { client } = await hubServer.connect()
    for await (const value of client.stream('count', 3)) if (value === 2) break
    await until(() => hubServer.hub.stats().rejected['cancelled'] === 1)
    await client.quiet()
  })
})

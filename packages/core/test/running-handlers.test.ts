import { Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { latch, until } from '../../../test/support/wait.js'

// Each message gets one answer, and at most 16 abandoned handlers of a connection keep running.

afterEach(closeHubServers)

/** Handlers of `wait` that hang until the test ends the oldest one. */
function hanging() {
  const [begun, ends]: [unknown[], (() => void)[]] = [[], []]
  const router = new Router()
    .handle('wait', ({ id }) => {
      begun.push(id)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
    .handle('soon', async () => 'soon')
  return { router, begun, end: () => ends.shift()?.() }
}

interface Aborted {
  readonly signal: AbortSignal
}

/** A handler that fails once it is aborted. */
function failing(name: string) {
  return async ({ signal }: Aborted) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    throw Object.assign(new Error(name), { name })
  }
}

const wait = (id: number | string): string => JSON.stringify({ type: 'wait', id })
const ids = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1)

test('a cancelled request whose handler ignores the signal is answered once', async () => {
  const { router, begun, end } = hanging()
  const { client } = await new HubServer({ router, limits: { handlerTimeout: 20 } }).connect()
  client.send(wait(1))
  await until(() => begun.length === 1)
  client.emit('hub:cancel', { id: 1 })
  const payload = { code: 'cancelled', message: 'The client has cancelled the request.' }
  expect(await client.next()).toEqual({ type: 'error', id: 1, payload })
  client.send(wait(2))
  expect(await client.next()).toEqual({
    type: 'error',
    id: 2,
    payload: { code: 'timeout', message: 'The handler has not answered within 20 ms.' },
  })
  end()
  end()
  await client.quiet()
})

test('a cancel leaves a request with the same id that waits behind the cancelled one', async () => {
  const { router, begun, end } = hanging()
  const { client } = await new HubServer({ router }).connect()
  client.send(wait(1))
  client.send(wait(1))
  await until(() => begun.length === 1)
  client.emit('hub:cancel', { id: 1 })
  expect(await client.next()).toMatchObject({ payload: { code: 'cancelled' } })
  end()
  await until(() => begun.length === 2)
  end()
  expect(await client.next()).toEqual({ type: 'reply', id: 1 })
})

test('a cancel removes no frame from the queue that is no message with that id', async () => {
  const { router, begun, end } = hanging()
  const received: string[] = []
  const hubServer = new HubServer({ router, onMessage: (_, data) => void received.push(String(data)) })
  const { client } = await hubServer.connect()
  for (const id of [1, 2]) client.send(wait(id))
  for (const frame of [Buffer.from(wait(2)), 'hello', '{"type":"soon"}']) client.send(frame)
  client.emit('hub:cancel', { id: 2 })
  expect(await client.next()).toMatchObject({ id: 2, payload: { code: 'cancelled' } })
  end()
  await until(() => received.length === 2)
  expect([received, begun]).toEqual([[wait(2), 'hello'], [1]])
})

test('a handler that asks for its signal after the cancel finds it aborted', async () => {
  const seen: unknown[] = []
  const { held, release } = latch()
  const router = new Router().handle('wait', async (context) => {
    await held
    seen.push(context.signal.aborted, context.signal.reason)
  })
  const { client } = await new HubServer({ router }).connect()
  client.send(wait(1))
  await client.request('hub:ping')
  client.emit('hub:cancel', { id: 1 })
  await client.next()
  release()
  await until(() => seen.length > 0)
  expect(seen).toMatchObject([true, { code: 'cancelled' }])
})

test('an AbortError of a cancelled handler is not reported, and another error names the stage "message"', async () => {
  const router = new Router().handle('polite', failing('AbortError')).handle('broken', failing('Bug'))
  const hubServer = new HubServer({ router, limits: { concurrency: 2 } })
  const { client } = await hubServer.connect()
  for (const [id, type] of ['polite', 'broken'].entries()) {
    client.send(JSON.stringify({ type, id }))
    await client.request('hub:ping')
    client.emit('hub:cancel', { id })
    await client.next()
  }
  await until(() => hubServer.failures.length > 0)
  expect(hubServer.failures).toMatchObject([{ error: { message: 'Bug' }, stage: 'message' }])
})

describe('with 16 abandoned handlers', () => {
  /** A connection whose first 17 handlers hang: the last one, which was read with them, keeps the queue waiting. */
  async function full(first: readonly string[] = []) {
    const { router, begun, end } = hanging()
    const { client } = await new HubServer({ router, limits: { handlerTimeout: 5 } }).connect()
    for (const text of first) client.send(text)
    for (const id of ids(18)) client.send(wait(id))
    for (const id of ids(17)) expect(await client.next('error')).toMatchObject({ id, payload: { code: 'timeout' } })
    return { client, begun, end }
  }

  test.each([
    ['', []],
    [', however many ended in time before', ids(20).map((id) => `{"type":"soon","id":${id}}`)],
  ])('the queue waits until the 17th handler has settled%s', async (__, first) => {
    const { begun, end } = await full(first)
    expect(begun).toEqual(ids(17))
    for (const _ of ids(17)) end()
    await until(() => begun.length === 18)
  })

  test('a handler that settles in time does not make the socket readable', async () => {
    const { router, begun, end } = hanging()
    const { client } = await new HubServer({ router, limits: { handlerTimeout: 50 } }).connect()
    for (const id of ids(16)) client.send(wait(id))
    client.send('{"type":"soon","id":17}')
    expect((await client.next('reply')) as object).toMatchObject({ id: 17, payload: 'soon' })
    client.send(wait(18))
    client.send('{"type":"hub:ping","id":19}')
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun).toEqual(ids(16))
    end()
    expect(await client.next('reply')).toMatchObject({ id: 19 })
    await until(() => begun.length === 17)
  })

  test('the place of a handler that has settled is free for another one', async () => {
    const { begun, end, client } = await full()
    for (const _ of ids(17)) end()
    await until(() => begun.length === 18)
    end()
    for (const id of ids(17)) client.send(wait(100 + id))
    await until(() => begun.length === 18 + 17)
  })
})

test('a connection keeps nothing of handlers that have settled', async () => {
  const { router, begun, end } = hanging()
  const { client, connection } = await new HubServer({ router }).connect()
  client.send(wait(1))
  await until(() => begun.length === 1)
  const { core } = connection
  expect(core.runs?.all).toMatchObject([{ id: 1 }])
  end()
  expect(await client.next()).toMatchObject({ type: 'reply', id: 1 })
  expect(core.runs).toBeUndefined()
})

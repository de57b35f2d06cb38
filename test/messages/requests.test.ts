import { type Connection, type Envelope, Router } from '@wshub/core'
import { closeApps, type ConnectedClient, TestApp } from '../support/app.js'
import { until, latch } from '../support/wait.js'

afterEach(closeApps)

/** Whether requests to this client are pending. */
const pending = ({ core }: Connection): boolean => core.receiver.expectsReply

describe.each([
  ['with a router', { router: new Router() }],
  ['without a router', {}],
])('a request to a client %s', (_, options) => {
  test('a request resolves with the payload of the reply', async () => {
    const { client, connection } = await new TestApp(options).connect()
    const answer = connection.request('which', { of: 2 })
    const question = (await client.next()) as { type: string; id: string }
    expect(pending(connection)).toBe(true)
    client.reply(question, { n: 1 })
    expect(await answer).toEqual({ n: 1 })
    expect(pending(connection)).toBe(false)
  })

  test('a request rejects with the code of an error reply', async () => {
    const { client, connection } = await new TestApp(options).connect()
    const answer = connection.request('which')
    const { id } = (await client.next()) as { id: string }
    client.send(JSON.stringify({ type: 'error', id, payload: { code: 'busy', message: 'Ask later.' } }))
    await expect(answer).rejects.toMatchObject({ name: 'HubError', code: 'busy' })
    expect(pending(connection)).toBe(false)
  })

  test('a request rejects at its timeout', async () => {
    const { connection } = await new TestApp(options).connect()
    await expect(connection.request('which', 1, { timeout: 20 })).rejects.toMatchObject({ code: 'timeout' })
    expect(pending(connection)).toBe(false)
  })

  test('a request rejects if the connection closes or is closed', async () => {
    const { client, connection } = await new TestApp(options).connect()
    const answers = Promise.allSettled([connection.request('one'), connection.request('two')])
    await client.close()
    expect(await answers).toMatchObject([{ reason: { code: 'closed' } }, { reason: { code: 'closed' } }])
    expect(pending(connection)).toBe(false)
    await connection.closed
    await expect(connection.request('three')).rejects.toMatchObject({ code: 'closed' })
  })

  test('a request without a JSON form rejects and leaves nothing pending', async () => {
    const { connection } = await new TestApp(options).connect()
    await expect(connection.request('which', 1n, { timeout: 60_000 })).rejects.toThrow(TypeError)
    expect(pending(connection)).toBe(false)
  })
})

test('unexpected replies are ignored', async () => {
  const testApp = new TestApp({ router: new Router().handle('echo', ({ payload }) => payload) })
  const { client, connection } = await testApp.connect()
  const answer = connection.request('which')
  const question = (await client.next()) as { type: string; id: string }
  for (const id of ['s99', '__proto__', 1, undefined]) client.send(JSON.stringify({ type: 'reply', id, payload: 'no' }))
  client.reply(question, 'yes')
  client.reply(question, 'again')
  expect(await answer).toBe('yes')
  expect(await client.request('echo', 1)).toBe(1)
  expect(testApp.stages).toEqual([])
})

test('a reply is accepted only from the client that was asked', async () => {
  const testApp = new TestApp()
  const [one, other] = [await testApp.connect(), await testApp.connect()]
  const answer = one.connection.request('which')
  const question = (await one.client.next()) as { type: string; id: string }
  const others = other.connection.request('which', undefined, { timeout: 50 })
  other.client.reply(question, 'forged')
  one.client.reply(question, 'mine')
  expect(await answer).toBe('mine')
  // Both requests have the same id, so the forged reply answers the request to its sender.
  expect(await others).toBe('forged')
})

test('a request to an audience collects replies and lists connections that did not answer', async () => {
  const testApp = new TestApp()
  const connected = await Promise.all(['replies', 'errs', 'leaves', 'sleeps'].map(() => testApp.connect('rooms=r')))
  const [replies, errs, leaves, sleeps] = connected as [
    ConnectedClient,
    ConnectedClient,
    ConnectedClient,
    ConnectedClient,
  ]
  const asked = testApp.hub.room('r').request('which', { of: 2 }, { timeout: 100 })
  const questions = await Promise.all(
    connected.map(({ client }) => client.next() as Promise<{ type: string; id: string }>),
  )
  expect(questions).toMatchObject(connected.map(() => ({ type: 'which', payload: { of: 2 } })))
  replies.client.reply(questions[0] as { type: string; id: string }, 'here')
  errs.client.send(JSON.stringify({ type: 'error', id: questions[1]?.id, payload: { code: 'no' } }))
  await leaves.client.close()
  const missing = [errs, leaves, sleeps].map(({ connection }) => connection.id)
  const result = await asked
  expect(result.replies).toEqual(['here'])
  expect([...result.missing].toSorted()).toEqual(missing.toSorted())
  expect(connected.map(({ connection }) => pending(connection))).toEqual([false, false, false, false])
})

test('a request to an empty audience resolves at once', async () => {
  const testApp = new TestApp()
  expect(await testApp.hub.room('empty').request('which')).toEqual({ replies: [], missing: [] })
})

test('a request of something without a JSON form to an audience rejects, as emit throws', async () => {
  const testApp = new TestApp()
  await testApp.connect()
  expect(() => testApp.hub.emit('x', 1n)).toThrow(TypeError)
  await expect(testApp.hub.request('x', 1n)).rejects.toThrow(TypeError)
})

test('ping measures the round trip, and rejects at close', async () => {
  const testApp = new TestApp()
  const { client, connection } = await testApp.connect()
  const [one, two] = await Promise.all([connection.ping(), connection.ping()])
  expect(one).toBeGreaterThanOrEqual(0)
  expect(two).toBeGreaterThanOrEqual(0)
  await client.close()
  await connection.closed
  await expect(connection.ping()).rejects.toMatchObject({ code: 'closed' })
})

test('a ping without an answer rejects at close', async () => {
  const testApp = new TestApp()
  const { socket, connection } = await testApp.stall()
  const rejected = connection.ping().catch((error: unknown) => error)
  socket.destroy()
  expect(await rejected).toMatchObject({ code: 'closed' })
})

test('the signal of a handler is aborted when its client leaves', async () => {
  let signal: AbortSignal | undefined
  const { held, release } = latch()
  const router = new Router().handle('work', (context) => {
    ;({ signal } = context)
    return held
  })
  const { client, connection } = await new TestApp({ router }).connect()
  client.emit('work')
  await until(() => signal !== undefined)
  expect(signal?.aborted).toBe(false)
  await client.close()
  await connection.closed
  expect(signal?.aborted).toBe(true)
  release()
})

test('a pending request does not affect raw frames on a hub without a router', async () => {
  const raw: unknown[] = []
  const testApp = new TestApp({ onMessage: (_, data) => raw.push(data) })
  const { client, connection } = await testApp.connect()
  const texts = ['{"type":"hub:ping","id":1}', '{"type":"error"}', '{"type":"reply","id":"zzz"}', '{"type":"x"}']
  const answer = connection.request('which')
  const question = (await client.next()) as Envelope
  for (const text of texts) client.send(text)
  client.reply(question, 'this')
  expect(await answer).toBe('this')
  await until(() => raw.length === texts.length)
  expect(raw).toEqual(texts)
})

test.each([0, -5, NaN, 'soon', null])('a timeout of %p is refused', async (timeout) => {
  const testApp = new TestApp()
  const { connection } = await testApp.connect()
  await expect(connection.request('x', 1, { timeout: timeout as number })).rejects.toThrow(/timeout must be a number/)
  await expect(testApp.hub.request('x', 1, { timeout: timeout as number })).rejects.toThrow(/timeout must be a number/)
})

test.each(['reply', 'error', 'hub:x', '', undefined])('the type %p is not for apps', async (type) => {
  const testApp = new TestApp()
  const { connection } = await testApp.connect()
  expect(() => testApp.hub.emit(type as string, 1)).toThrow(TypeError)
  expect(() => connection.emit(type as string, 1)).toThrow(TypeError)
  await expect(connection.request(type as string)).rejects.toThrow(TypeError)
})

test('a request that a slow reader does not get rejects at once', async () => {
  const testApp = new TestApp({ limits: { slowConsumer: 'drop', maxBufferedBytes: 1000 } })
  const { connection } = await testApp.stall()
  const megabyte = 'x'.repeat(1024 * 1024)
  for (let n = 0; n < 20; n += 1) connection.send(megabyte)
  await expect(connection.request('x', megabyte, { timeout: 60_000 })).rejects.toMatchObject({ code: 'slow_consumer' })
})

import { Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { held, numbers, streamServer } from './streaming.js'
import { latch, until } from '../../../test/support/wait.js'

// How many streamed replies a connection may have, and which ids they have.

afterEach(closeHubServers)

test('a stream beyond limits.maxStreams is answered too_many_streams until a generator has settled', async () => {
  const { values, release } = held('first')
  const { hubServer, slots } = streamServer(values, { limits: { maxStreams: 2 } })
  const { client } = await hubServer.connect()
  for (const id of [1, 2]) {
    client.send(JSON.stringify({ type: 'stream', id }))
    await client.next('hub:next')
    client.emit('hub:cancel', { id })
    await client.next('error')
  }
  await expect(client.request('stream')).rejects.toMatchObject({ code: 'too_many_streams' })
  const message = 'The connection has 2 streamed replies in progress.'
  const error = { code: 'too_many_streams', fault: 'client', message }
  expect(hubServer.failures).toMatchObject([{ stage: 'message', error }])
  release()
  await until(() => slots() === 0)
  expect(await client.request('stream')).toBeUndefined()
})

test('a message with the id of a stream in progress is refused without id, and the stream goes on', async () => {
  const { values, release } = held('first')
  const { hubServer } = streamServer(values)
  const { client } = await hubServer.connect()
  client.send('{"type":"stream","id":1}')
  client.send('{"type":"echo","id":1}')
  client.send('{"type":"stream","id":1}')
  await client.next('hub:next')
  const refusals = [await client.next(), await client.next()]
  const refusal = { type: 'error', payload: { code: 'invalid_message', message: expect.stringContaining('id') } }
  expect(refusals).toEqual([refusal, refusal])
  release()
  expect([await client.next(), await client.next()]).toEqual([
    { type: 'hub:next', id: 1, payload: 'late' },
    { type: 'reply', id: 1 },
  ])
})

test('the id of a cancelled stream may be used again, although its generator has not settled', async () => {
  const { values, release } = held('first')
  const { hubServer, slots } = streamServer(values)
  const { client } = await hubServer.connect()
  for (const round of [1, 2]) {
    client.send('{"type":"stream","id":1}')
    expect(await client.next()).toEqual({ type: 'hub:next', id: 1, payload: 'first' })
    expect(slots()).toBe(round)
    client.emit('hub:cancel', { id: 1 })
    expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { code: 'cancelled' } })
  }
  release()
  await until(() => slots() === 0)
})

test('of two requests with one id whose iterables come late, the second is refused without id', async () => {
  const { held: wait, release } = latch()
  const router = new Router().handle('late', () => wait.then(() => numbers(1)))
  const hubServer = new HubServer({ router, limits: { concurrency: 2 } })
  const { client } = await hubServer.connect()
  client.send('{"type":"late","id":1}')
  client.send('{"type":"late","id":1}')
  await client.request('hub:ping')
  release()
  const messages = [await client.next(), await client.next(), await client.next()]
  expect(messages[0]).toMatchObject({ type: 'error', payload: { code: 'invalid_message' } })
  expect(messages.map((message) => Reflect.get(Object(message), 'id'))).toEqual([undefined, 1, 1])
  await client.quiet()
})

test('a stream that was refused is answered once, although its iterable is slow to end and a cancel comes', async () => {
  const { held: ending, release } = latch()
  const slow = {
    next: () => new Promise<never>(() => {}),
    return: () => ending.then(() => ({ done: true as const, value: 0 })),
  }
  const router = new Router().handle('late', () => Promise.resolve({ [Symbol.asyncIterator]: () => slow }))
  const hubServer = new HubServer({ router, limits: { maxStreams: 1, concurrency: 2 } })
  const { client } = await hubServer.connect()
  client.send('{"type":"late","id":1}')
  client.send('{"type":"late","id":2}')
  expect(await client.next()).toMatchObject({ type: 'error', id: 2, payload: { code: 'too_many_streams' } })
  client.emit('hub:cancel', { id: 2 })
  await client.quiet()
  release()
})

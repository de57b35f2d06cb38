import { HubError, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { held, numbers, streamServer } from './streaming.js'
import { scale } from '../../../test/support/scale.js'
import { latch, until } from '../../../test/support/wait.js'

// Streamed replies and the rest of the hub: repeated handshakes, rates, floods of cancels, generators that never settle.

afterEach(closeHubServers)

const FLOOD = scale(1000, 200)

/** A client with a stream that has begun, on a hub where the app decides about further handshakes. */
async function refreshable(again: () => object) {
  const { held: wait, release } = latch()
  const server = streamServer(async function* ({ signal }) {
    yield 'before'
    await Promise.race([wait, new Promise((resolve) => signal.addEventListener('abort', resolve))])
    yield 'after'
  })
  let handshakes = 0
  const { client } = await server.hubServer.connect(async () => (handshakes++ > 0 ? again() : { user: 'ada' }))
  const stream = client.stream('stream')
  await stream.next()
  return { ...server, client, stream, release }
}

test('a stream goes on after the app has accepted its connection once more', async () => {
  const { client, stream, release } = await refreshable(() => ({ user: 'ada', data: 'new' }))
  await client.request('hub:refresh')
  release()
  expect(await stream.next()).toEqual({ done: false, value: 'after' })
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

test('a stream goes on after a refused refresh, and ends when the user is disconnected', async () => {
  const { hubServer, client, stream, seen, slots } = await refreshable(() => {
    throw new HubError('unauthorized')
  })
  await expect(client.request('hub:refresh')).rejects.toMatchObject({ code: 'unauthorized' })
  expect(seen).toEqual({ ended: 0, aborted: [] })
  hubServer.hub.user('ada').disconnect()
  await expect(stream.next()).rejects.toThrow('4401')
  await until(() => slots() === 0)
  expect(seen).toEqual({ ended: 1, aborted: ['closed'] })
})

test('a stream is charged for what its generator emits, and not for its values', async () => {
  const { hubServer } = streamServer(
    async function* ({ hub, payload }) {
      yield* numbers(20)
      for (let sent = 0; sent < Number(payload); sent += 1) hub.emit('news')
    },
    { limits: { messageRate: { perSecond: 1, burst: 10, cost: { perRecipient: 1 } } } },
  )
  const [one, other] = [await hubServer.connect(), await hubServer.connect()]
  await one.client.request('stream', 0)
  expect(await one.client.request('echo', 'still allowed')).toBe('still allowed')
  await other.client.request('stream', 10)
  await expect(other.client.request('echo')).rejects.toMatchObject({ code: 'rate_limited' })
})

test('cancels of unknown streams affect neither a stream nor the queue', async () => {
  const { values, release } = held('first')
  const { hubServer, seen, slots } = streamServer(values)
  const { client } = await hubServer.connect()
  const stream = client.stream('stream')
  await stream.next()
  for (let id = 0; id < FLOOD; id += 1) client.emit('hub:cancel', { id: `never-${id}` })
  expect(await client.request('echo', 1)).toBe(1)
  release()
  expect(await stream.next()).toEqual({ done: false, value: 'late' })
  await stream.next()
  await client.quiet()
  expect([seen, slots(), hubServer.failures]).toEqual([{ ended: 1, aborted: [] }, 0, []])
})

test('many streams that are cancelled at once leave nothing behind', async () => {
  const { hubServer, seen, slots } = streamServer(() => numbers())
  const { client } = await hubServer.connect()
  for (let id = 0; id < FLOOD; id += 1) {
    client.send(JSON.stringify({ type: 'stream', id }))
    client.emit('hub:cancel', { id })
  }
  expect(await client.request('echo', 1)).toBe(1)
  await until(() => slots() === 0)
  const { cancelled = 0, too_many_streams: refused = 0 } = hubServer.hub.stats().rejected
  expect([cancelled + refused, hubServer.hub.stats().streams, seen.ended]).toEqual([FLOOD, 0, seen.aborted.length])
})

test('a generator that never settles holds up neither onClose nor the close of the hub', async () => {
  const closed: unknown[] = []
  const { hubServer, seen } = streamServer(
    async function* () {
      yield 1
      await new Promise(() => {})
    },
    { limits: { closeTimeout: 20 }, onClose: (_, { code }) => closed.push(code) },
  )
  const [one, other] = [await hubServer.connect(), await hubServer.connect()]
  await Promise.all([one.client.stream('stream').next(), other.client.stream('stream').next()])
  await one.client.close()
  await until(() => closed.length === 1)
  await hubServer.hub.close({ within: 200 })
  expect([closed, seen.aborted, hubServer.hub.stats().streams]).toEqual([[1000, 1001], ['closed', 'unavailable'], 2])
})

test('a handler that closes its connection and returns an iterable has it ended', async () => {
  const ended: string[] = []
  async function* values() {
    try {
      yield* numbers(3)
    } finally {
      ended.push('finally')
    }
  }
  const router = new Router().handle('bye', async ({ connection }) => {
    const stream = values()
    await stream.next()
    connection.close()
    return stream
  })
  const hubServer = new HubServer({ router })
  const { client } = await hubServer.connect()
  client.send('{"type":"bye","id":1}')
  await client.closed
  await until(() => ended.length === 1)
  expect([hubServer.hub.stats().streams, hubServer.failures]).toEqual([0, []])
})

import { Readable } from 'node:stream'
import { HubError, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { partsOf } from './internals.js'
import { held, numbers, streamServer } from './streaming.js'
import { latch, turn, until } from '../../../test/support/wait.js'

// Reasons for which a streamed reply ends before its generator.

afterEach(closeHubServers)

test('hub:cancel is answered at once, and finally runs and the slot is free once the pending await has settled', async () => {
  const { values, release } = held('first')
  const { hubServer, seen, slots } = streamServer(values)
  const { client } = await hubServer.connect()
  client.send('{"type":"stream","id":1}')
  expect(await client.next()).toEqual({ type: 'hub:next', id: 1, payload: 'first' })
  for (let sent = 0; sent < 3; sent += 1) client.emit('hub:cancel', { id: 1 })
  expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { code: 'cancelled' } })
  await client.quiet()
  expect([seen, slots()]).toEqual([{ ended: 0, aborted: ['cancelled'] }, 1])
  release()
  await until(() => slots() === 0)
  expect(seen).toEqual({ ended: 1, aborted: ['cancelled'] })
  await client.quiet()
  expect(hubServer.failures).toEqual([])
})

test.each<[string, (client: { terminate(): void; close(): unknown }) => unknown]>([
  ['closes', (client) => client.close()],
  ['is lost', (client) => client.terminate()],
])('a connection that %s ends its streams, and onClose runs after finally', async (_, end) => {
  const order: string[] = []
  const { hubServer, seen, slots } = streamServer(
    async function* ({ signal }) {
      yield 1
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await turn()
      order.push('generator')
    },
    { onClose: () => order.push('onClose') },
  )
  const { client } = await hubServer.connect()
  client.send('{"type":"stream","id":1}')
  await client.next('hub:next')
  end(client)
  await until(() => order.length === 2)
  expect([order, seen, slots()]).toEqual([['generator', 'onClose'], { ended: 1, aborted: ['closed'] }, 0])
  expect(hubServer.failures).toEqual([])
})

/** Yields a number before each gate but the last, and waits at each gate. */
function gated(gates: readonly Promise<void>[]): {
  readonly values: () => AsyncGenerator
  readonly pulls: () => number
} {
  let pulled = 0
  async function* values(): AsyncGenerator {
    for (const [value, open] of gates.entries()) {
      if (value < gates.length - 1) yield value
      pulled = value + 1
      await open
    }
  }
  return { values, pulls: () => pulled }
}

describe('a streamed reply on a clock of the test', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate', 'queueMicrotask'] })
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  test('limits.handlerTimeout is the time to each value: a value that is late ends the stream, a long stream goes on', async () => {
    const gates = [latch(), latch(), latch(), latch(), latch(), latch()]
    const { held: never, release } = latch()
    const { values, pulls } = gated([...gates.map(({ held: open }) => open), never])
    const { hubServer, seen, slots } = streamServer(values, { limits: { handlerTimeout: 100 } })
    const { client } = await hubServer.connect()
    client.send('{"type":"stream","id":1}')
    for (const [value, gate] of gates.entries()) {
      expect(await client.next()).toMatchObject({ payload: value })
      await until(() => pulls() === value + 1)
      jest.advanceTimersByTime(60)
      gate.release()
    }
    jest.advanceTimersByTime(100)
    expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { code: 'timeout' } })
    expect([seen.ended, slots()]).toEqual([0, 1])
    release()
    await until(() => slots() === 0)
    expect(seen).toEqual({ ended: 1, aborted: ['timeout'] })
    const message = 'The next value was not there within 100 ms.'
    expect(hubServer.failures).toMatchObject([{ stage: 'message', error: { code: 'timeout', fault: 'app', message } }])
  })
})

test('an error of finally after a cancel is reported once, the reason of the signal is not', async () => {
  const bug = new Error('a bug')
  const router = new Router()
    .handle('polite', async function* ({ signal }) {
      yield 1
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    })
    .handle('broken', async function* () {
      try {
        yield* numbers()
      } finally {
        // oxlint-disable-next-line no-unsafe-finally
        throw bug
      }
    })
  const hubServer = new HubServer({ router })
  const { client } = await hubServer.connect()
  client.send('{"type":"polite","id":1}')
  client.send('{"type":"broken","id":2}')
  await client.next('hub:next')
  client.emit('hub:cancel', { id: 1 })
  client.emit('hub:cancel', { id: 2 })
  await until(() => partsOf(hubServer.hub).replyStreams.size === 0)
  expect(hubServer.failures).toEqual([{ stage: 'message', error: bug }])
})

test.each([undefined, null])(
  '%s that a generator throws after a cancel is reported, and its slot is free',
  async (nothing) => {
    const { hubServer, slots } = streamServer(async function* ({ signal }) {
      yield 1
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      // oxlint-disable-next-line typescript/only-throw-error, no-throw-literal -- apps do
      throw nothing
    })
    const { client } = await hubServer.connect()
    client.send('{"type":"stream","id":1}')
    await client.next('hub:next')
    client.emit('hub:cancel', { id: 1 })
    await until(() => slots() === 0)
    expect(hubServer.failures).toEqual([{ stage: 'message', error: nothing }])
  },
)

test('a cancel destroys a Readable that waits for data', async () => {
  const source = new Readable({ read: () => {}, objectMode: true })
  const hubServer = new HubServer({ router: new Router().handle('stream', () => source) })
  const { client } = await hubServer.connect()
  client.send('{"type":"stream","id":1}')
  source.push('a')
  await client.next('hub:next')
  client.emit('hub:cancel', { id: 1 })
  await until(() => partsOf(hubServer.hub).replyStreams.size === 0)
  expect([source.destroyed, hubServer.failures]).toEqual([true, []])
})

test('a request that is cancelled before its promise of an iterable settles ends the iterable', async () => {
  const { held: wait, release } = latch()
  const source = new Readable({ read: () => {} })
  const hubServer = new HubServer({ router: new Router().handle('stream', () => wait.then(() => source)) })
  const { client } = await hubServer.connect()
  client.send('{"type":"stream","id":1}')
  client.emit('hub:cancel', { id: 1 })
  expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { code: 'cancelled' } })
  release()
  await until(() => source.destroyed)
  await client.quiet()
  expect([hubServer.failures, partsOf(hubServer.hub).replyStreams.size]).toEqual([[], 0])
})

test('closing the hub lets streams end and ends those that do not with unavailable, and finally has run then', async () => {
  const { held: wait, release } = latch()
  const { hubServer, seen } = streamServer(async function* ({ payload, signal }) {
    yield payload
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
    await (payload === 'ends' ? wait : aborted)
    return 'in time'
  })
  const [one, other] = [await hubServer.connect(), await hubServer.connect()]
  const inTime = one.client.request('stream', 'ends')
  const late = other.client.request('stream', 'hangs').catch((error: unknown) => error)
  await Promise.all([one.client.next('hub:next'), other.client.next('hub:next')])
  const closed = hubServer.hub.close({ within: 400 })
  await turn()
  release()
  expect(await inTime).toBe('in time')
  expect(await late).toMatchObject({ code: 'unavailable' })
  await closed
  expect(seen).toEqual({ ended: 2, aborted: ['unavailable'] })
  expect(hubServer.failures).toEqual([])
})

test('a stream is cancelled while the hub closes', async () => {
  const { hubServer, seen } = streamServer(async function* ({ signal }) {
    yield 1
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  const { client } = await hubServer.connect()
  client.send('{"type":"stream","id":1}')
  await client.next('hub:next')
  const closed = hubServer.hub.close({ within: 60_000 })
  client.emit('hub:cancel', { id: 1 })
  expect(await client.next('error')).toMatchObject({ payload: { code: 'cancelled' } })
  await closed
  expect(seen).toEqual({ ended: 1, aborted: ['cancelled'] })
})

test('an error that a handler throws with a stream in progress leaves the stream alone', async () => {
  const { values, release } = held('first')
  const hubServer = new HubServer({
    router: new Router().handle('stream', values).handle('fail', () => Promise.reject(new HubError('no'))),
  })
  const { client } = await hubServer.connect()
  const streamed = client.request('stream')
  await client.next('hub:next')
  await expect(client.request('fail')).rejects.toMatchObject({ code: 'no' })
  release()
  expect(await streamed).toBeUndefined()
})

import { WebSocket } from 'ws'
import { Router } from '@wshub/core'
import { until } from '../../../test/support/wait.js'
import type { Client } from '../src/index.js'
import { ClientServer } from './support/client-server.js'

// Streamed replies of a real hub.

let stage: ClientServer
let client: Client

/** The ends of generators, and the cancels that the server got. */
const ended: unknown[] = []

const router = new Router()
  .handle('count', async function* ({ payload }) {
    for (let n = 1; n <= Number(payload); n += 1) yield n
    return 'done'
  })
  .handle('fail', async function* () {
    yield 1
    throw new Error('secret')
  })
  .handle('endless', async function* ({ signal }) {
    try {
      for (let n = 1; !signal.aborted; n += 1) {
        yield n
        await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      ended.push(signal.aborted)
    }
  })
  .handle('silent', async function* ({ signal }) {
    yield 1
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    ended.push('silent')
  })
  .handle('big', async function* ({ payload }) {
    for (let n = 0; n < 100; n += 1) {
      yield 'x'.repeat(1000)
      if (payload === 'slowly') await new Promise((resolve) => setImmediate(resolve))
    }
  })
  .handle('echo', ({ payload }) => payload)

beforeEach(async () => {
  ended.length = 0
  stage = await ClientServer.open({ router, limits: { concurrency: 4 } })
  client = stage.client()
})

afterEach(async () => {
  await stage.close()
})

/** All values of a stream. */
async function all(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const got: unknown[] = []
  try {
    for await (const value of values) got.push(value)
  } catch (error) {
    got.push((error as { readonly code?: string }).code)
  }
  return got
}

test('a stream yields its values in order, and its result resolves with the reply', async () => {
  const stream = client.stream('count', 1000)
  expect(await all(stream)).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1))
  expect(await stream.result).toBe('done')
  expect(await stream.next()).toEqual({ value: undefined, done: true })
})

test('streams and requests run at the same time', async () => {
  const endless = client.stream('endless')
  const streams = [3, 0, 5].map((n) => client.stream('count', n))
  expect(await client.request('echo', 7)).toBe(7)
  expect(await Promise.all(streams.map(all))).toEqual([[1, 2, 3], [], [1, 2, 3, 4, 5]])
  await endless.return?.()
})

test('a reply that is not streamed is a stream without values', async () => {
  const stream = client.stream('echo', 7)
  expect(await all(stream)).toEqual([])
  expect(await stream.result).toBe(7)
})

test('a request ignores values and takes the reply', async () => {
  expect(await client.request('count', 3)).toBe('done')
})

test('an error of the server follows the values, and rejects the result', async () => {
  const stream = client.stream('fail')
  expect(await all(stream)).toEqual([1, 'internal'])
  await expect(stream.result).rejects.toMatchObject({ code: 'internal' })
})

describe('a stream that is cancelled', () => {
  test('leaving the loop ends the generator of the server, and rejects the result with aborted', async () => {
    const stream = client.stream('endless')
    for await (const value of stream) if (value === 3) break
    await expect(stream.result).rejects.toMatchObject({ code: 'aborted' })
    await until(() => ended.length === 1)
    expect([ended, await stream.next()]).toEqual([[true], { value: undefined, done: true }])
  })

  test('an aborted signal ends the generator, drops the values that wait and rejects with the reason of the signal', async () => {
    const aborter = new AbortController()
    const stream = client.stream('endless', undefined, { signal: aborter.signal })
    await stream.next()
    await client.request('echo')
    aborter.abort('enough')
    await expect(stream.result).rejects.toMatchObject({ code: 'aborted', cause: 'enough' })
    expect(await all(stream)).toEqual(['aborted'])
    await until(() => ended.length === 1)
  })

  test('throw() ends the generator and rejects with the error that it got', async () => {
    const stream = client.stream('endless')
    await stream.next()
    await expect(stream.throw?.(new Error('of the reader'))).rejects.toThrow('of the reader')
    await until(() => ended.length === 1)
  })

  test('return() ends a read that waits', async () => {
    const stream = client.stream('silent')
    await stream.next()
    const reading = stream.next()
    await stream.return?.()
    expect(await reading).toEqual({ value: undefined, done: true })
    await until(() => ended.length === 1)
  })

  test('a stream with an aborted signal is not sent', async () => {
    const stream = client.stream('endless', undefined, { signal: AbortSignal.abort() })
    expect(await all(stream)).toEqual(['aborted'])
    await client.request('echo')
    expect(ended).toEqual([])
  })

  test('a stream that is cancelled several times sends one hub:cancel', async () => {
    const sent: string[] = []
    class Spied extends WebSocket {
      override send(data: string): void {
        sent.push(data)
        super.send(data)
      }
    }
    const aborter = new AbortController()
    const spied = stage.client({ WebSocket: Spied })
    const stream = spied.stream('silent', undefined, { signal: aborter.signal })
    await stream.next()
    await stream.return?.()
    aborter.abort()
    await stream.return?.()
    expect(sent.filter((text) => text.includes('hub:cancel'))).toHaveLength(1)
  })
})

describe('a stream that fails', () => {
  test('a stream rejects with connection_lost if its connection is lost, and is not repeated', async () => {
    const stream = client.stream('silent')
    await stream.next()
    for (const connection of stage.hub.connections.values()) connection.terminate()
    expect(await all(stream)).toEqual(['connection_lost'])
    await until(() => ended.length === 1)
    await client.request('echo')
    expect(ended).toEqual(['silent'])
  })

  test('a page that does not read gets overflow after the values that fit in the queue', async () => {
    const slow = stage.client({ queue: { bytes: 10_000 } })
    const stream = slow.stream('big')
    await expect(stream.result).rejects.toMatchObject({ code: 'overflow' })
    const got = await all(stream)
    expect([got.length, got.at(-1)]).toEqual([11, 'overflow'])
  })

  test('a page that reads gets any number of bytes', async () => {
    const fast = stage.client({ queue: { bytes: 10_000 } })
    let bytes = 0
    for await (const value of fast.stream('big', 'slowly')) bytes += String(value).length
    expect(bytes).toBe(100_000)
  })

  test('a closed client, a reserved type and a payload without JSON reject', async () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    expect(await all(client.stream('hub:ping'))).toEqual(['reserved_type'])
    expect(await all(client.stream('count', cycle))).toEqual([undefined])
    client.close()
    expect(await all(client.stream('count', 3))).toEqual(['closed'])
  })

  test('a stream error that is not caught is no unhandled rejection', async () => {
    const stream = client.stream('fail')
    await client.request('echo')
    expect(await stream.next()).toEqual({ value: 1, done: false })
  })
})

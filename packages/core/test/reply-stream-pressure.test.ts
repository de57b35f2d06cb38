import { once } from 'node:events'
import WebSocket from 'ws'
import type { Connection, HubOptions } from '../src/index.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { numbers, streamServer } from './streaming.js'
import { scale } from '../../../test/support/scale.js'
import { latch, turn, until } from '../../../test/support/wait.js'

// Streamed replies and what waits to be sent: a slow reader, fast generators, and everything else of the event loop.

afterEach(closeHubServers)

const LIMIT = 65_536
/** Together 20 MB: more than the buffers of both sides and of the kernel hold. */
const VALUES = scale(10_000, 2500)
const ROW = 'x'.repeat(20_000_000 / VALUES)

/** A client over TCP that does not read until its `resume` is called. */
async function slowReader(hubServer: HubServer): Promise<{ ws: WebSocket; connection: Connection }> {
  const ws = new WebSocket(`ws://127.0.0.1:${await hubServer.port()}/slow`)
  await once(ws, 'open')
  ws.pause()
  return { ws, connection: hubServer.find('/slow') }
}

/** Counts what is pulled, and how much waits at most meanwhile. */
function rows(count: number, options: HubOptions = { limits: { maxBufferedBytes: LIMIT, writeTimeout: 60_000 } }) {
  const pulls = { count: 0, most: 0 }
  const server = streamServer(async function* ({ connection }) {
    for await (const row of numbers(count)) {
      pulls.count += 1
      pulls.most = Math.max(pulls.most, connection.bufferedAmount)
      yield { row, text: ROW }
    }
    return 'done'
  }, options)
  return { ...server, pulls }
}

/** Resolves once a number has stopped to change. */
async function still(number: () => number): Promise<void> {
  for (let before = -1; before !== number();) {
    before = number()
    for (let turns = 0; turns < 20; turns += 1) await turn()
  }
}

test(`${VALUES} values for a slow reader stay within the buffer limit, and all arrive in order once it reads`, async () => {
  const { hubServer, pulls, slots } = rows(VALUES)
  const { ws, connection } = await slowReader(hubServer)
  ws.send('{"type":"stream","id":1}')
  await until(() => pulls.count > 0)
  await still(() => pulls.count)
  const stalledAt = pulls.count
  expect(stalledAt).toBeLessThan(VALUES)
  expect(connection.bufferedAmount).toBeGreaterThan(LIMIT / 2)
  const got: { type: string; payload: { row?: number } }[] = []
  ws.on('message', (data: Buffer) => got.push(JSON.parse(data.toString()) as (typeof got)[number]))
  ws.resume()
  await until(() => got.at(-1)?.type === 'reply')
  expect(got.slice(0, -1).every(({ payload }, index) => payload.row === index)).toBe(true)
  expect([got.length, pulls.count, slots()]).toEqual([VALUES + 1, VALUES, 0])
  expect(pulls.most).toBeLessThanOrEqual(LIMIT)
  ws.terminate()
})

test('values of many streams that come at the same time wait until there is room, and close no connection', async () => {
  const { held: all, release } = latch()
  const { hubServer, slots } = streamServer(
    async function* () {
      await all
      yield 'x'.repeat(30_000)
      yield 'x'.repeat(30_000)
    },
    { limits: { maxBufferedBytes: LIMIT } },
  )
  const { client } = await hubServer.connect()
  const streams = Array.from({ length: 16 }, () => client.request('stream'))
  await until(() => slots() === 16)
  release()
  await Promise.all(streams)
  expect(hubServer.hub.stats()).toMatchObject({ slow: 0, dropped: 0 })
})

test('a value that does not fit closes the connection with 1013, also with the slow consumer policy drop', async () => {
  const { hubServer, seen, slots } = streamServer(
    async function* ({ connection, payload }) {
      yield 'x'.repeat(payload as number)
      connection.send('x'.repeat(1000))
      yield 'x'.repeat(LIMIT)
      yield 'never'
    },
    { limits: { maxBufferedBytes: LIMIT, slowConsumer: 'drop', writeTimeout: 60_000 } },
  )
  const { ws, connection } = await slowReader(hubServer)
  while (connection.bufferedAmount === 0) {
    connection.send('x'.repeat(LIMIT / 4))
    await turn()
  }
  ws.send('{"type":"stream","payload":1,"id":1}')
  ws.resume()
  expect(await connection.closed).toMatchObject({ code: 1013, reason: 'slow consumer' })
  await until(() => slots() === 0)
  expect(seen).toEqual({ ended: 1, aborted: ['closed'] })
})

test('a cancel and other messages are handled while a generator never awaits', async () => {
  const { hubServer, seen, slots } = streamServer(() => numbers())
  const [one, other] = [await hubServer.connect(), await hubServer.connect()]
  one.client.send('{"type":"stream","id":1}')
  await one.client.next('hub:next')
  expect(await other.client.request('echo', 'other')).toBe('other')
  expect(await one.client.request('echo', 'own')).toBe('own')
  one.client.emit('hub:cancel', { id: 1 })
  await one.client.next('error')
  await until(() => slots() === 0)
  expect(seen).toEqual({ ended: 1, aborted: ['cancelled'] })
})

test('16 streams of a connection take turns: each has sent a value before one has sent a hundred', async () => {
  const counts = new Map<unknown, number>()
  const { hubServer } = streamServer(async function* ({ id }) {
    for await (const value of numbers()) {
      counts.set(id, value)
      if (value === 100) return
      yield 'x'.repeat(1000)
    }
  })
  const { client } = await hubServer.connect()
  for (let id = 0; id < 16; id += 1) client.send(JSON.stringify({ type: 'stream', id }))
  await client.next('reply')
  expect(Math.min(...counts.values())).toBeGreaterThan(0)
  expect(counts.size).toBe(16)
})

test.each([
  [1, 32],
  [128, 8],
])('%i streams pull %i values each before other work has its turn', async (streams, share) => {
  const counts = new Map<unknown, number>()
  const { held: all, release } = latch()
  const { hubServer } = streamServer(
    async function* ({ id }) {
      await all
      for await (const value of numbers(40)) {
        counts.set(id, value + 1)
        yield value
      }
    },
    { limits: { maxStreams: streams } },
  )
  const { client } = await hubServer.connect()
  const replies = Array.from({ length: streams }, () => client.request('stream'))
  await until(() => hubServer.hub.stats().streams === streams)
  const other = turn()
  release()
  await other
  expect(counts.size).toBe(streams)
  expect(new Set(counts.values())).toEqual(new Set([share]))
  await Promise.all(replies)
})

test('the parsed message of a stream counts for limits.maxHubBytes until the stream has ended', async () => {
  const { held: wait, release } = latch()
  const { hubServer, slots } = streamServer(async function* () {
    yield 1
    await wait
  })
  const { client } = await hubServer.connect()
  const handling = (): number => hubServer.hub.stats().memory.handling
  client.send(JSON.stringify({ type: 'stream', id: 1, payload: Array.from({ length: 1000 }, () => ({ a: 1 })) }))
  await client.next('hub:next')
  // What the text becomes when it is parsed counts, and it is larger.
  expect(handling()).toBeGreaterThan(20_000)
  release()
  await until(() => slots() === 0)
  expect(handling()).toBe(0)
})

import { HeadChecks } from '../src/history/head-checks.js'
import type { RoomStream } from '../src/history/room-stream.js'
import { EMPTY_POSITION } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { historyServer, next, payloads, recover, upToMark } from './history-server.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { partsOf } from './internals.js'
import { StoreNetwork } from './store-network.js'
import { until } from '../../../test/support/wait.js'

// The streams of a server: memory, commands to the store, and reports.

afterEach(closeHubServers)

const positionIn = async ({ hub }: HubServer, room = 'log'): Promise<number> =>
  (await hub.room(room).history?.position())?.offset ?? 0

test('rooms without members take no memory, whatever is emitted to them or read from them', async () => {
  const here = historyServer(new MemoryNetwork().broker())
  const { streams } = partsOf(here.hub)
  for (let n = 0; n < 100; n += 1) here.hub.room(`log ${n}`).emit('n', n)
  await Promise.all(Array.from({ length: 100 }, async (_, n) => here.hub.room(`log ${n}`).history?.last(5)))
  await until(() => streams.size === 0)
  const { connection } = await here.connect({ rooms: ['log'] })
  expect(streams.size).toBe(1)
  connection.leave('log')
  await until(() => streams.size === 0)
})

test('a gap comes before the first message after it and says where messages continue', async () => {
  const network = new StoreNetwork()
  const [one, other] = [network.server(), network.server()]
  const [here, there] = [historyServer(one), historyServer(other)]
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  one.deaf = true
  for (let n = 1; n <= 20; n += 1) there.hub.room('log').emit('n', n)
  await until(async () => (await positionIn(there)) === 20)
  one.deaf = false
  there.hub.room('log').emit('n', 21)
  const gap = await next(peer)
  expect(gap).toMatchObject({ type: 'hub:gap', payload: { room: 'log', reason: 'too_far', offset: 21 } })
  there.hub.room('log').emit('n', 22)
  expect(await next(peer)).toMatchObject({ payload: 22, offset: 22 })
  expect(here.hub.stats().gaps).toBe(1)
})

test('messages beyond the number that may wait for an earlier one arrive in order', async () => {
  const network = new StoreNetwork()
  const [one, other] = [network.server(), network.server()]
  const history = { size: 5000 }
  const [here, there] = [historyServer(one, history), historyServer(other, history)]
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  one.late = []
  const numbers = Array.from({ length: 1200 }, (_, n) => n)
  for (const n of numbers) there.hub.room('log').emit('n', n)
  await until(() => one.late?.length === 1200)
  one.late.splice(0, 1)
  one.catchUp()
  const got: unknown[] = []
  while (got.length < 1200) got.push((await next(peer)).payload)
  expect(got).toEqual(numbers)
})

test('every room catches up after the link was lost, also one without further messages', async () => {
  const network = new StoreNetwork()
  const [one, other] = [network.server(), network.server()]
  const [here, there] = [historyServer(one), historyServer(other)]
  const rooms = Array.from({ length: 600 }, (_, n) => `log ${n}`)
  const peers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => here.connect({ rooms: rooms.slice(n * 100, n * 100 + 100) })),
  )
  await until(() => one.topics.size >= 600)
  one.deaf = true
  for (const room of rooms) there.hub.room(room).emit('n', room)
  await until(async () => (await positionIn(there, 'log 599')) === 1)
  one.deaf = false
  one.events?.restored()
  const got: unknown[] = []
  for (const peer of peers) for (let n = 0; n < 100; n += 1) got.push((await next(peer)).payload)
  expect(new Set(got)).toEqual(new Set(rooms))
})

test('a forged message with a high offset causes one read and no other effect', async () => {
  const network = new StoreNetwork()
  const server = network.server()
  const here = historyServer(server)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  here.hub.room('log').emit('n', 1)
  expect(await next(peer)).toMatchObject({ payload: 1 })
  const [topic = ''] = [...server.topics].filter((it) => it.endsWith('/log'))
  const forged = { epoch: '9999999999ffffff', tag: 'ffffffff', previous: 'ffffffff' }
  for (const offset of [2 ** 50, NaN, -1, 2, 2 ** 60])
    server.deliver?.(topic, Buffer.from('junk'), { ...forged, offset })
  here.hub.room('log').emit('n', 2)
  expect(await next(peer)).toMatchObject({ payload: 2, offset: 2 })
  expect(here.hub.stats().discarded).toBe(5)
})

test('a message that is not kept is not delivered and is reported in a room with unkept: fail', async () => {
  const network = new StoreNetwork()
  const server = network.server()
  const here = historyServer(server, { unkept: 'fail' })
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  server.down = true
  here.hub.room('log').emit('n', 1)
  await until(() => here.hub.stats().unsent === 1)
  server.down = false
  here.hub.room('log').emit('n', 2)
  expect(await next(peer)).toMatchObject({ payload: 2, offset: 1 })
  expect(here.failures.map(({ error }) => (error as { code?: string }).code)).toContain('not_kept')
  expect(await recover(peer, EMPTY_POSITION)).toMatchObject({ recovered: true, offset: 1 })
})

/** What the checks look at of a room. */
function streamOf(topic: string, state: object): RoomStream {
  const known = { active: true, verified: true, checkedAt: 0, refreshedAt: 1e6, outages: 0 }
  return { place: { topic }, ...known, ...state } as never
}

test('the store is asked for busy rooms every 5 s, for idle ones every 30 s, and for unverified ones at once', async () => {
  const asked: string[][] = []
  const heads = async (topics: readonly string[]): Promise<[]> => (asked.push([...topics]), [])
  const checks = new HeadChecks({ history: { heads } as never, again: () => {}, failed: () => {} })
  const rooms = [
    streamOf('busy', { activeAt: 1e6 }),
    streamOf('idle', { activeAt: 0 }),
    streamOf('new', { verified: false }),
  ]
  for (const one of rooms) one.checkedAt = 1e6
  checks.run(rooms, 1e6 + 999)
  checks.run(rooms, 1e6 + 1000)
  checks.run(rooms, 1e6 + 5000)
  checks.run(rooms, 1e6 + 30_000)
  expect(asked).toEqual([['new'], ['busy', 'new'], ['idle', 'new']])
})

test('a message that was shown unkept and kept after all arrives once', async () => {
  const network = new StoreNetwork()
  const server = network.server()
  const here = historyServer(server)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  const append = server.append.bind(server)
  server.append = async (...asked) => {
    server.append = append
    await append(...asked)
    throw new Error('the answer is lost')
  }
  here.hub.room('log').emit('n', 1)
  await until(async () => (await positionIn(here)) === 1)
  here.hub.room('log').emit('n', 2)
  const got = payloads([await next(peer), await next(peer)])
  expect(got).toEqual([1, 2])
  expect(payloads((await upToMark(peer)).filter(({ type }) => type === 'n'))).toEqual([])
})

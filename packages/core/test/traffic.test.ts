import { hostname } from 'node:os'
import { Router } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { latch, until } from '../../../test/support/wait.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { pair } from './servers-support.js'

// What hub.stats() counts of messages: in both directions, by type, how long handlers take, and which side is slower.

afterEach(closeHubServers)

const router = (): Router =>
  new Router()
    .handle('say', ({ payload }) => payload)
    .merge(
      'chat:',
      new Router().handle('ask', async () => 'answer').fallback(() => 'fallback'),
    )
    .fallback(() => undefined)

describe('the traffic of a hub', () => {
  test('stats() counts the messages of clients and their bytes, also those that the hub serves by itself', async () => {
    const hubServer = new HubServer({ router: router() })
    const { client } = await hubServer.connect()
    await client.request('say', 'hi')
    await client.request('hub:ping')
    expect(hubServer.hub.stats().traffic).toMatchObject({ messagesIn: 2 })
    const before = hubServer.hub.stats().traffic.bytesIn
    client.send('é'.repeat(5))
    await until(() => hubServer.hub.stats().traffic.messagesIn === 3)
    expect(hubServer.hub.stats().traffic.bytesIn - before).toBe(10)
  })

  test('stats() counts a broadcast once for each connection, with its frame', async () => {
    const hubServer = new HubServer()
    const peers = [await hubServer.connect(), await hubServer.connect()]
    hubServer.hub.send('12345')
    for (const { client } of peers) expect(await client.next()).toBe('12345')
    expect(hubServer.hub.stats().traffic).toMatchObject({ messagesOut: 2, bytesOut: 14 })
  })
})

describe('the types of messages', () => {
  test('stats() counts registered types apart, and all types that clients invent as one', async () => {
    const hubServer = new HubServer({ router: router(), onMessage: () => {} })
    const { client } = await hubServer.connect()
    for (const type of ['say', 'chat:ask', 'chat:ask']) await client.request(type)
    for (let n = 0; n < 100; n += 1) client.send(JSON.stringify({ type: n % 2 ? `other ${n}` : `chat:${n}` }))
    client.send('no envelope')
    await until(() => hubServer.hub.stats().received === 104)
    expect(hubServer.hub.stats().types).toEqual({ say: 1, 'chat:ask': 2, 'hub:other': 100, 'hub:raw': 1 })
  })

  test('messages of a router without has() are counted as other types', async () => {
    const hubServer = new HubServer({ router: { dispatch: () => 'done' } })
    const { client } = await hubServer.connect()
    await client.request('constructor')
    expect(hubServer.hub.stats().types).toEqual({ 'hub:other': 1 })
  })
})

describe('the times of handlers', () => {
  test('stats() has no handler times before the first call with handlers: true, and then those of later messages', async () => {
    const hubServer = new HubServer({ router: router() })
    const { client } = await hubServer.connect()
    await client.request('say')
    expect(hubServer.hub.stats()).not.toHaveProperty('handlers')
    expect(hubServer.hub.stats({ handlers: true }).handlers).toMatchObject({ count: 0, p50: 0, p99: 0, types: {} })
    await client.request('say')
    await client.request('chat:ask')
    const { handlers } = hubServer.hub.stats()
    expect(handlers).toMatchObject({ count: 2, types: { say: { count: 1 }, 'chat:ask': { count: 1 } } })
    expect(handlers?.p99).toBeGreaterThan(0)
  })

  test('a handler that returns a promise is measured until the promise settles', async () => {
    const { held, release } = latch()
    const hubServer = new HubServer({ router: new Router().handle('wait', () => held) })
    const { client } = await hubServer.connect()
    hubServer.hub.stats({ handlers: true })
    const asked = client.request('wait')
    await until(() => hubServer.hub.stats().received === 1)
    expect(hubServer.hub.stats().handlers?.count).toBe(0)
    release()
    await asked
    await until(() => hubServer.hub.stats().handlers?.count === 1)
  })

  test('stats({ cluster: true, handlers: true }) makes every server measure its handlers', async () => {
    const { here, there } = await pair()
    await here.hub.stats({ cluster: true })
    expect(there.hub.stats().handlers).toBeUndefined()
    const { servers } = await here.hub.stats({ cluster: true, handlers: true })
    expect(servers.map(({ server }) => server)).toEqual([here, there].map(({ hub }) => hub.stats().server))
    expect(servers.map(({ handlers }) => handlers?.count)).toEqual([0, 0])
    expect(there.hub.stats().handlers?.count).toBe(0)
  })
})

test('stats() names the server, its machine and its process, and has no state of a broker without one', () => {
  const before = Date.now()
  const { hub } = new HubServer({ name: 'chat' })
  const stats = hub.stats()
  expect(stats).toMatchObject({ name: 'chat', server: hub.servers.id, host: hostname(), pid: process.pid })
  expect(stats.startedAt).toBeGreaterThanOrEqual(before)
  expect(stats).not.toHaveProperty('broker')
})

test('stats() has the state of the broker, when it began, and the number of reconnections', () => {
  const network = new MemoryNetwork()
  const { hub } = new HubServer({ broker: network.broker() })
  expect(hub.stats().broker).toMatchObject({ state: 'connected', restored: 0 })
  const before = Date.now()
  network.outage()
  expect(hub.stats().broker).toMatchObject({ state: 'down', restored: 0 })
  expect(hub.stats().broker?.since).toBeGreaterThanOrEqual(before)
  network.restore()
  expect(hub.stats().broker).toMatchObject({ state: 'connected', restored: 1 })
})

describe('back-pressure', () => {
  test('stats() counts a connection as paused while its handlers are behind', async () => {
    const { held, release } = latch()
    const hubServer = new HubServer({ onMessage: () => held, limits: { maxConnectionBytes: 1000 } })
    const { client } = await hubServer.connect()
    for (let n = 0; n < 10; n += 1) client.send('x'.repeat(200))
    await until(() => hubServer.hub.stats().pressure.paused === 1)
    release()
    await until(() => hubServer.hub.stats().pressure.paused === 0)
  })

  test('a paused connection that closes is not counted any more', async () => {
    const { held, release } = latch()
    const hubServer = new HubServer({ onMessage: () => held, limits: { maxConnectionBytes: 1000 } })
    const { client, connection } = await hubServer.connect()
    for (let n = 0; n < 10; n += 1) client.send('x'.repeat(200))
    await until(() => hubServer.hub.stats().pressure.paused === 1)
    connection.terminate()
    await connection.closed
    expect(hubServer.hub.stats().pressure).toEqual({ paused: 0, stalled: 0 })
    release()
  })

  test('stats() counts a connection as stalled while its client does not read', async () => {
    const hubServer = new HubServer({ limits: { maxBufferedBytes: 64 * 1024 * 1024 } })
    const { socket, connection } = await hubServer.silent()
    socket.pause()
    connection.send(Buffer.alloc(16 * 1024 * 1024))
    await until(() => hubServer.hub.stats().pressure.stalled === 1)
    connection.terminate()
    await connection.closed
    expect(hubServer.hub.stats().pressure.stalled).toBe(0)
  })
})

import { Hub, type HubError, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { partsOf } from './internals.js'
import { latch, turn } from '../../../test/support/wait.js'

afterEach(closeHubServers)

/** The timers that keep this process alive. */
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

const SENTENCE: unknown = expect.stringMatching(/^[A-Z].* .*\.$/)

/** The status and the body with which a handshake is refused. */
async function refused(hubServer: HubServer, peer = {}): Promise<unknown> {
  const { status, body } = (await hubServer.connect(peer).catch((error: unknown) => error)) as Record<string, unknown>
  return { status, body: String(body).trim() }
}

describe('a handshake of a full or closing hub', () => {
  test('a full hub refuses a handshake with 503 and accepts one after a client has left', async () => {
    const hubServer = new HubServer({ limits: { maxConnections: 1 } })
    const { client, connection } = await hubServer.connect()
    expect(await refused(hubServer)).toEqual({ status: 503, body: SENTENCE })
    await client.close()
    await connection.closed
    await hubServer.connect()
  })

  test('a user with the most connections is refused with 429, and other users are not', async () => {
    const hubServer = new HubServer({ limits: { maxConnectionsPerUser: 1 } })
    const { client, connection } = await hubServer.connect({ user: 'ann' })
    expect(await refused(hubServer, { user: 'ann' })).toEqual({
      status: 429,
      body: expect.stringContaining('this user'),
    })
    await hubServer.connect({ user: 'bob' })
    await client.close()
    await connection.closed
    await hubServer.connect({ user: 'ann' })
  })

  test('a handshake during the shutdown is refused with 503 and calls no onOpen', async () => {
    const opened = jest.fn()
    const hubServer = new HubServer({ onOpen: opened })
    await hubServer.hub.close()
    expect(await refused(hubServer)).toEqual({ status: 503, body: SENTENCE })
    expect(() => partsOf(hubServer.hub).admission.reserve({}, { address: '', begunAt: 0 })).toThrow(
      expect.objectContaining({ code: 'hub_closing' }) as HubError,
    )
    expect(opened).not.toHaveBeenCalled()
  })
})

describe('close', () => {
  test.each([-1, NaN, 'soon'])('within %p is refused, with the option and the value', (within) => {
    expect(() => new Hub().close({ within: within as number })).toThrow(
      `The option within must be a number of at least 0 (ms), not ${within}.`,
    )
  })

  test('close within 0 terminates the open connections', async () => {
    const hubServer = new HubServer()
    const { connection } = await hubServer.connect()
    await hubServer.hub.close({ within: 0 })
    expect(connection.state).toBe('closed')
    expect(hubServer.hub.connections.size).toBe(0)
  })

  test('close lets handlers finish for at most half of its time', async () => {
    const { held, release } = latch()
    const handled: unknown[] = []
    const hubServer = new HubServer({
      onMessage: async (_, data) => {
        await held
        handled.push(data)
      },
    })
    const { client, connection } = await hubServer.connect()
    client.send('1')
    client.send('2')
    await connection.ping()
    const closing = hubServer.hub.close({ within: 60_000 })
    await turn()
    expect(connection.state).toBe('open')
    release()
    await closing
    expect(handled).toEqual(['1', '2'])
  })

  test('close gives each client a different reconnect time, the first after a quarter of a second', async () => {
    const hubServer = new HubServer()
    const clients = await Promise.all(Array.from({ length: 10 }, async () => (await hubServer.connect()).client))
    await hubServer.hub.close({ within: 10_000 })
    const waits = await Promise.all(
      clients.map(async ({ closed }) => Number(/^retry=(\d+)$/.exec((await closed).reason)?.[1])),
    )
    for (const [n, wait] of waits.toSorted((a, b) => a - b).entries()) {
      expect(wait).toBeGreaterThanOrEqual(250 + n * 1000)
      expect(wait).toBeLessThanOrEqual(250 + (n + 1) * 1000)
    }
  })

  test('close spreads the reconnections over at most half a minute', async () => {
    const hubServer = new HubServer()
    const clients = await Promise.all(Array.from({ length: 5 }, async () => (await hubServer.connect()).client))
    await hubServer.hub.close({ within: 1_000_000 })
    for (const { closed } of clients) {
      expect(Number((await closed).reason.replace('retry=', ''))).toBeLessThanOrEqual(30_250)
    }
  })

  test('close stops the heartbeat', async () => {
    const started = jest.spyOn(globalThis, 'setTimeout')
    const stopped = jest.spyOn(globalThis, 'clearTimeout')
    const hubServer = new HubServer()
    await hubServer.connect()
    await hubServer.hub.close()
    const handles = started.mock.results.map(({ value }) => value as NodeJS.Timeout)
    // Only the timer of the heartbeat keeps no process alive.
    const last = handles.findLast((handle) => !handle.hasRef())
    expect(last).toBeDefined()
    expect(stopped).toHaveBeenCalledWith(last)
    jest.restoreAllMocks()
  })
})

test('a handler, an authorize and an onOpen that never settle keep no process alive after hub.close()', async () => {
  const before = timers()
  const never = new Promise<never>(() => {})
  const router = new Router().handle('wait', () => never)
  const hubServer = new HubServer({ router, onOpen: ({ user }) => (user === 'late' ? never : undefined) })
  hubServer.hub.createRoom('shut', { authorize: () => never })
  const { client } = await hubServer.connect({ user: 'ann' })
  await hubServer.connect({ user: 'late' })
  client.send('{"type":"wait","id":1}')
  client.send('{"type":"hub:join","id":2,"payload":{"room":"shut"}}')
  await client.request('hub:ping')
  await hubServer.hub.close({ within: 20 })
  await client.closed
  expect(timers()).toBeLessThanOrEqual(before)
})

test('a handler and a streamed value that never settle keep no process alive after hub.close() if their time is limited', async () => {
  const before = timers()
  const never = new Promise<never>(() => {})
  const stream = { [Symbol.asyncIterator]: () => ({ next: () => never }) }
  const router = new Router().handle('stream', () => stream).handle('wait', () => never)
  const hubServer = new HubServer({ router, limits: { handlerTimeout: 60_000 } })
  const { client } = await hubServer.connect()
  client.send('{"type":"stream","id":1}')
  client.send('{"type":"wait","id":2}')
  await client.request('hub:ping')
  await hubServer.hub.close({ within: 20 })
  await client.closed
  expect(timers()).toBeLessThanOrEqual(before)
})

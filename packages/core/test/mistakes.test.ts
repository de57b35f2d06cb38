import { Hub, type HubError, Router } from '../src/index.js'
import { ProxyTimeoutDetector } from '../src/lifecycle/proxy-timeout-detector.js'
import { forgetShownWarnings } from '../src/observability/warnings.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { latch, until } from '../../../test/support/wait.js'
import { closeHubServers, HubServer } from './hub-server.js'

// Each mistake is explained by one sentence, in a process warning or in the error.

afterEach(async () => {
  jest.useRealTimers()
  jest.restoreAllMocks()
  forgetShownWarnings()
  await closeHubServers()
})

type Joined = Awaited<ReturnType<HubServer['connect']>>

/** Collects the process warnings from now on: text by code. */
function collectWarnings(): Map<string, string> {
  const warnings = new Map<string, string>()
  jest.spyOn(process, 'emitWarning').mockImplementation((text, options) => {
    warnings.set((options as unknown as { code?: string }).code ?? '', String(text))
  })
  return warnings
}

/** Runs something as in production. */
async function inProduction<Result>(work: () => Promise<Result>): Promise<Result> {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  try {
    return await work()
  } finally {
    process.env['NODE_ENV'] = before
  }
}

const REQUEST = '{"type":"say","id":1}'

/** Ends three connections that are 60 s old, ten seconds apart. */
async function endAtOneAge(end: (peer: Joined) => unknown): Promise<Map<string, string>> {
  const warnings = collectWarnings()
  const hubServer = new HubServer({ name: 'cut' })
  const now = jest.spyOn(performance, 'now')
  for (let n = 1; n <= 3; n += 1) {
    const peer = await hubServer.connect()
    const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)
    now.mockReturnValue(n * 10_000)
    void end(peer)
    await peer.connection.closed
    later.mockRestore()
  }
  return warnings
}

describe('a request to a hub without a router', () => {
  test('a request to a hub without a router is explained if no handler takes texts', async () => {
    const warnings = collectWarnings()
    const { client } = await new HubServer({ name: 'no texts' }).connect()
    client.send(REQUEST)
    await until(() => warnings.has('WSHUB_NO_ROUTER'))
    expect(warnings.get('WSHUB_NO_ROUTER')).toContain('Pass a router: new Hub({ router }).')
  })

  test('a request to a hub without a router is explained if the client speaks the protocol, although onMessage takes texts', async () => {
    const warnings = collectWarnings()
    const hubServer = new HubServer({ name: 'raw', onMessage: () => {} })
    const { client } = await hubServer.connect({}, { protocols: ['wshub'] })
    client.send(REQUEST)
    await until(() => warnings.has('WSHUB_NO_ROUTER'))
  })

  test('a text with an id that is no envelope is not explained to a hub with a router', async () => {
    const warnings = collectWarnings()
    const { client } = await new HubServer({ name: 'with a router', router: new Router() }).connect()
    client.send('{"id":1}')
    expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { code: 'invalid_message' } })
    expect([...warnings.keys()]).toEqual([])
  })

  test('an envelope is not explained to an app that reads those of other clients by itself', async () => {
    const warnings = collectWarnings()
    const hubServer = new HubServer({ name: 'own envelopes', onMessage: () => {} })
    const { client } = await hubServer.connect()
    client.send(REQUEST)
    await until(() => hubServer.hub.stats().received === 1)
    expect([...warnings.keys()]).toEqual([])
  })
})

/** A server with a history, and a worker without it. */
function serverAndWorker(name: string, warnings?: boolean): { server: HubServer; worker: Hub } {
  const network = new MemoryNetwork()
  const server = new HubServer({ name, warnings, broker: network.broker() })
  server.hub.createRoom(/^log:/, { history: { size: 10 } })
  return { server, worker: new HubServer({ name, broker: network.broker() }).hub }
}

describe('an emit of a server that does not know of the history of a room', () => {
  test('an emit that is not kept is explained by the server that keeps the history, with the name of the room', async () => {
    const warnings = collectWarnings()
    const { server, worker } = serverAndWorker('with a worker')
    const { client } = await server.connect({ rooms: ['log:1', 'other'] })
    worker.room('other').emit('said', 1)
    const sent = ['{"type":"raw"}', '{"type":"raw","room":"other"}', 'a "room" that is no envelope']
    for (const text of sent) worker.room('log:1').send(text)
    for (let n = 0; n < 4; n += 1) await client.next()
    expect(server.failures).toEqual([])
    expect(warnings.size).toBe(0)
    worker.room('log:1').emit('said', 1)
    await client.next()
    expect(warnings.get('WSHUB_UNKEPT_EMIT')).toContain('The room is "log:1".')
    expect(warnings.get('WSHUB_UNKEPT_EMIT')).toContain('Call createRoom() with the same options on every server')
  })

  test('an emit that is not kept is explained in production and with warnings: false too, because messages are lost', async () => {
    const warnings = collectWarnings()
    await inProduction(async () => {
      const { server, worker } = serverAndWorker('production', false)
      const { client } = await server.connect({ rooms: ['log:1'] })
      worker.room('log:1').emit('said', 1)
      await client.next()
    })
    expect([...warnings.keys()]).toEqual(['WSHUB_UNKEPT_EMIT'])
  })

  test('an emit is not explained if it was volatile, or if the worker knows of the history', async () => {
    const warnings = collectWarnings()
    const { server, worker } = serverAndWorker('knowing')
    const { client } = await server.connect({ rooms: ['log:1'] })
    worker.room('log:1').emit('typing', 1, { volatile: true })
    await client.next()
    worker.createRoom(/^log:/, { history: { size: 10 } })
    worker.room('log:1').emit('said', 1)
    await client.next()
    expect(warnings.size).toBe(0)
  })
})

describe('a handler that does not settle', () => {
  test('a handler that does not settle is explained within 35 s, with the type of its message', async () => {
    const warnings = collectWarnings()
    const { held, release } = latch()
    const hubServer = new HubServer({ name: 'hangs', router: new Router().handle('report', () => held) })
    const { client } = await hubServer.connect()
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] })
    client.send('{"type":"report"}')
    await until(() => hubServer.hub.stats().received === 1)
    jest.advanceTimersByTime(34_999)
    expect(warnings.size).toBe(0)
    jest.advanceTimersByTime(1)
    expect(warnings.get('WSHUB_SLOW_HANDLER')).toContain('It is that of "report".')
    release()
  })

  test('a handler is not explained if it settles in time, or with warnings: false', async () => {
    const warnings = collectWarnings()
    const { held, release } = latch()
    const quick = new HubServer({ name: 'quick', router: new Router().handle('report', async () => 'done') })
    const quiet = new HubServer({ name: 'quiet', warnings: false, router: new Router().handle('report', () => held) })
    const [one, other] = [await quick.connect(), await quiet.connect()]
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] })
    expect(await one.client.request('report')).toBe('done')
    other.client.send('{"type":"report"}')
    await until(() => quiet.hub.stats().received === 1)
    jest.advanceTimersByTime(60_000)
    expect(warnings.size).toBe(0)
    release()
  })
})

describe('a proxy that cuts connections', () => {
  test('pings that are rarer than the timeout of proxies are explained when the hub is made', () => {
    const warnings = collectWarnings()
    expect(new Hub({ name: 'often', heartbeat: { pingInterval: 59_999 } }).name).toBe('often')
    expect(warnings.size).toBe(0)
    expect(new Hub({ name: 'rare', heartbeat: { pingInterval: 60_000 } }).name).toBe('rare')
    expect(warnings.get('WSHUB_RARE_PINGS')).toContain('Proxies close connections without traffic after 60 s')
  })

  test.each([
    ['end at the same age and at different times', [60_000, 60_500, 59_900], [0, 5000, 10_000], true],
    ['end at different ages', [60_000, 90_000, 30_000], [0, 5000, 10_000], false],
    ['end at once', [60_000, 60_000, 60_000], [0, 1, 2], false],
    ['end soon after their handshake', [100, 100, 100], [0, 5000, 10_000], false],
    ['are only two', [60_000, 60_000], [0, 5000], false],
  ])('connections that %s are recognised: %p, %p → %p', (_, ages, times, recognised) => {
    const cuts = new ProxyTimeoutDetector()
    expect(ages.map((age, index) => cuts.cut(age, times[index] ?? 0)).at(-1)).toBe(recognised)
  })

  test('connections that are cut at the same age are explained with the age', async () => {
    const warnings = await endAtOneAge(({ connection }) => connection.terminate())
    expect(warnings.get('WSHUB_CUT_CONNECTIONS')).toContain('It is about 60 s.')
  })

  test.each<[string, (peer: Joined) => unknown]>([
    ['clients close', ({ client }) => client.close()],
    ['the app disconnects', ({ connection }) => connection.disconnect()],
  ])('connections that %s at the same age cause no warning', async (_, end) => {
    expect((await endAtOneAge(end)).has('WSHUB_CUT_CONNECTIONS')).toBe(false)
  })
})

describe('mistakes in code', () => {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const

  test('a schema behind its handler is explained', () => {
    expect(() => new Router().handle('say', (() => 'said') as never, schema as never)).toThrow(
      'The schema of "say" comes after its handler. Write handle(type, schema, handler).',
    )
  })

  test('a refused join that nobody awaits is explained once, without onError', async () => {
    const warnings: string[] = []
    jest.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)))
    const hub = new HubServer({ name: 'joins', onError: undefined, limits: { maxRoomsPerConnection: 1 } })
    const { connection } = await hub.connect()
    for (const room of ['a', 'b', 'c']) void connection.join(room)
    await until(() => warnings.length > 0)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('A join was refused (too_many_rooms), and nobody awaited it. Await join()')
  })

  test.each([
    [{ usr: 'ada' }, 'describe() returned the unknown property "usr"; known are: user'],
    [{ user: Promise.resolve('ada') }, 'The property user that describe() returned is a promise: await it.'],
  ])('a describe that returns %p is explained', async (identity, sentence) => {
    const { client } = await new HubServer().connect(identity as never).catch((error: unknown) => ({ client: error }))
    expect(client).toMatchObject({ status: 500 })
    expect(String((client as HubError & { body: unknown }).body)).toContain(sentence)
  })
})

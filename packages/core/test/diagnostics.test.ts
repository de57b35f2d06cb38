import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import { HubError, Router } from '../src/index.js'
import { until } from '../../../test/support/wait.js'
import { later, listen, stepsOf, tracesOf, unsubscribeAll } from './diagnostics-listener.js'
import { closeHubServers, HubServer } from './hub-server.js'

// The traces that a hub publishes on node:diagnostics_channel.

afterEach(async () => {
  unsubscribeAll()
  await closeHubServers()
})

const router = (): Router =>
  new Router()
    .handle('now', () => 'now')
    .handle('later', async () => 'later')
    .handle('fails', async () => {
      throw new HubError('conflict')
    })
    .handle('throws', () => {
      throw new HubError('conflict')
    })

describe('the trace of a message', () => {
  test('a handler that returns at once is published from start to end with its result', async () => {
    const traces = tracesOf('wshub:message')
    const hubServer = new HubServer({ router: router() })
    const { client, connection } = await hubServer.connect()
    expect(await client.request('now')).toBe('now')
    expect(stepsOf(traces)).toEqual(['start', 'end'])
    const id: unknown = expect.anything()
    expect(traces[0]?.payload).toEqual({ connection, type: 'now', route: 'now', id })
    expect(traces[1]?.payload).toMatchObject({ result: 'now' })
  })

  test('a handler that returns a promise is published until the promise settles', async () => {
    const traces = tracesOf('wshub:message')
    const { client } = await new HubServer({ router: router() }).connect()
    expect(await client.request('later')).toBe('later')
    expect(stepsOf(traces)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(traces[3]?.payload).toMatchObject({ result: 'later' })
  })

  test.each([
    ['throws', ['start', 'error', 'end']],
    ['fails', ['start', 'end', 'error', 'asyncStart', 'asyncEnd']],
  ])('a handler that %s is published with its error, and its client gets the error', async (type, steps) => {
    const traces = tracesOf('wshub:message')
    const { client } = await new HubServer({ router: router() }).connect()
    await expect(client.request(type)).rejects.toMatchObject({ code: 'conflict' })
    expect(stepsOf(traces)).toEqual(steps)
    expect(traces.at(-1)?.payload['error']).toMatchObject({ code: 'conflict' })
  })

  test('the route of a type that a client has invented is hub:other, and that of a raw frame hub:raw', async () => {
    const traces = tracesOf('wshub:message')
    const raw: unknown[] = []
    const hubServer = new HubServer({ router: router(), onMessage: (_, data) => raw.push(data) })
    const { client } = await hubServer.connect()
    client.send('{"type":"invented"}')
    client.send('raw')
    await until(() => traces.filter(({ step }) => step === 'end').length >= 1 && hubServer.hub.stats().received === 2)
    const starts = traces.filter(({ step }) => step === 'start')
    expect(starts.map(({ payload }) => [payload['type'], payload['route']])).toEqual([
      ['invented', 'hub:other'],
      [undefined, 'hub:raw'],
    ])
    expect(raw).toEqual(['raw'])
  })

  test('a lazy thenable that a handler returns is started once', async () => {
    tracesOf('wshub:message')
    let runs = 0
    const lazy = {
      // oxlint-disable-next-line unicorn/no-thenable -- query builders are thenables
      then(resolve: (value: string) => void) {
        runs += 1
        resolve('row')
      },
    }
    const { client } = await new HubServer({ router: new Router().handle('query', (): unknown => lazy) }).connect()
    expect(await client.request('query')).toBe('row')
    expect(runs).toBe(1)
  })
})

describe('the stores of a trace', () => {
  test('a store that is bound to messages is set in the handler and in what it awaits', async () => {
    const store = new AsyncLocalStorage<unknown>()
    const { start } = tracingChannel<unknown, { route?: string }>('wshub:message')
    start.bindStore(store, ({ route }) => route)
    later(() => void start.unbindStore(store))
    const handler = async (): Promise<unknown> => {
      await Promise.resolve()
      return store.getStore()
    }
    const { client } = await new HubServer({ router: new Router().handle('ask', handler) }).connect()
    expect(await client.request('ask')).toBe('ask')
    expect(store.getStore()).toBeUndefined()
  })

  test('a store that is bound to handshakes is set in describe, at the opening and in the handlers of the connection', async () => {
    const store = new AsyncLocalStorage<unknown>()
    const { start } = tracingChannel<unknown, object>('wshub:handshake')
    start.bindStore(store, () => 'handshake')
    later(() => void start.unbindStore(store))
    const seen: unknown[] = []
    listen(channel('wshub:connection:open'), () => seen.push(store.getStore()))
    const hubServer = new HubServer({ router: new Router().handle('ask', () => store.getStore()) })
    const describe = async () => {
      seen.push(store.getStore())
      return {}
    }
    const { client } = await hubServer.connect(describe)
    expect(await client.request('ask')).toBe('handshake')
    expect(seen).toEqual(['handshake', 'handshake'])
  })
})

async function* values(fails: unknown) {
  yield 1
  if (fails) throw new HubError('conflict')
  yield 2
}

describe('the other traces', () => {
  test('a handshake is published with its status, or with what describe throws', async () => {
    const traces = tracesOf('wshub:handshake')
    const hubServer = new HubServer({ limits: { maxConnections: 1 } })
    await hubServer.connect()
    await hubServer.connect().catch(() => undefined)
    await hubServer.connect(async () => Promise.reject(new HubError('unauthorized'))).catch(() => undefined)
    const ends = traces.filter(({ step }) => step === 'asyncEnd').map(({ payload }) => payload)
    expect(ends.map(({ result }) => (result as { status: number } | undefined)?.status)).toEqual([101, 503, undefined])
    expect(ends[2]?.['error']).toMatchObject({ code: 'unauthorized' })
    expect(ends.every((end) => end['hub'] === hubServer.hub)).toBe(true)
  })

  test('a repeated handshake is published with its outcome', async () => {
    const traces = tracesOf('wshub:refresh')
    const hubServer = new HubServer({ router: router() })
    const { client, connection } = await hubServer.connect()
    await client.request('hub:refresh', { token: 'new' })
    expect(stepsOf(traces)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(traces.at(-1)?.payload).toMatchObject({ connection, result: { kind: 'renewed' } })
  })

  test('a streamed reply is published with the number of its values, or with why it ended', async () => {
    const traces = tracesOf('wshub:stream')
    const streams = new Router().handle('count', ({ payload }) => values(payload))
    const { client, connection } = await new HubServer({ router: streams }).connect()
    client.send('{"type":"count","id":1}')
    client.send('{"type":"count","id":2,"payload":true}')
    await until(() => traces.filter(({ step }) => step === 'asyncEnd').length === 2)
    const ends = traces.filter(({ step }) => step === 'asyncEnd').map(({ payload }) => payload)
    expect(ends.find(({ id }) => id === 1)).toEqual({ connection, id: 1, result: { values: 2 } })
    expect(ends.find(({ id }) => id === 2)).toMatchObject({ id: 2, error: { code: 'conflict' } })
  })

  test('a streamed reply of a connection that closes is published with the error closed', async () => {
    const traces = tracesOf('wshub:stream')
    const streams = new Router().handle('hang', async function* ({ signal }) {
      yield 1
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    const { client } = await new HubServer({ router: streams }).connect()
    client.send('{"type":"hang","id":1}')
    await client.next('hub:next')
    await client.close()
    await until(() => traces.some(({ step }) => step === 'asyncEnd'))
    expect(traces.at(-1)?.payload).toMatchObject({ id: 1, error: { code: 'closed' } })
  })
})

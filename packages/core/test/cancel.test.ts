import { type HubError, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { ask } from './joining.js'
import { latch, until } from '../../../test/support/wait.js'

// hub:cancel, limits.handlerTimeout and context.key.

afterEach(closeHubServers)

/** A router whose handler `wait` settles when the test says so. */
function waiting(): { router: Router; begun: string[]; aborted: unknown[]; end: (result?: unknown) => void } {
  const [begun, aborted, ends]: [string[], unknown[], ((result: unknown) => void)[]] = [[], [], []]
  const router = new Router().handle('wait', ({ id, signal, payload }) => {
    begun.push(String(id ?? payload))
    signal.addEventListener('abort', () => aborted.push((signal.reason as HubError).code))
    return new Promise((resolve) => ends.push(resolve))
  })
  return { router, begun, aborted, end: (result) => ends.shift()?.(result) }
}

describe('hub:cancel', () => {
  test('hub:cancel aborts a handler and answers its request once, and the next message waits until the handler has settled', async () => {
    const { router, begun, aborted, end } = waiting()
    const hubServer = new HubServer({ router })
    const { client } = await hubServer.connect()
    client.send('{"type":"wait","id":1}')
    client.send('{"type":"wait","id":2}')
    await until(() => begun.length === 1)
    client.emit('hub:cancel', { id: 1 })
    expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { code: 'cancelled' } })
    await client.request('hub:ping')
    expect([begun, aborted]).toEqual([['1'], ['cancelled']])
    end('too late')
    await until(() => begun.length === 2)
    end('two')
    expect(await client.next()).toEqual({ type: 'reply', id: 2, payload: 'two' })
    expect(hubServer.failures).toEqual([])
    expect(hubServer.hub.stats().rejected).toEqual({ cancelled: 1 })
  })

  test('hub:cancel removes requests that wait for their handler, and leaves the others', async () => {
    const { router, begun, end } = waiting()
    const hubServer = new HubServer({ router })
    const { client } = await hubServer.connect()
    for (const id of [1, 2, 3, '2']) client.send(JSON.stringify({ type: 'wait', id }))
    client.emit('hub:cancel', { id: 2 })
    client.emit('hub:cancel', { id: 3 })
    client.emit('hub:cancel', { id: 'nothing' })
    expect(await client.next()).toMatchObject({ id: 2, payload: { code: 'cancelled' } })
    expect(await client.next()).toMatchObject({ id: 3, payload: { code: 'cancelled' } })
    end()
    await until(() => begun.length === 2)
    expect(begun).toEqual(['1', '2'])
    end()
    expect([await client.next(), await client.next()]).toMatchObject([{ id: 1 }, { id: '2' }])
  })

  test('hub:cancel of a request that was answered, or of another connection, changes nothing', async () => {
    const { router, begun, end } = waiting()
    const hubServer = new HubServer({ router })
    const [one, other] = [await hubServer.connect(), await hubServer.connect()]
    one.client.send('{"type":"wait","id":1}')
    await until(() => begun.length === 1)
    other.client.emit('hub:cancel', { id: 1 })
    await other.client.quiet()
    end('done')
    expect(await one.client.next()).toMatchObject({ type: 'reply', payload: 'done' })
    one.client.emit('hub:cancel', { id: 1 })
    await one.client.quiet()
  })

  test.each([[{}], [{ id: null }], [undefined]])(
    'hub:cancel with the payload %p is answered invalid_payload',
    async (payload) => {
      const hubServer = new HubServer({ router: new Router() })
      const { client } = await hubServer.connect()
      client.emit('hub:cancel', payload)
      expect(await client.next()).toMatchObject({ type: 'error', payload: { code: 'invalid_payload' } })
    },
  )

  test('an aborted handler that rejects with the reason is not reported, any other error is', async () => {
    const router = new Router()
      .handle(
        'polite',
        ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      )
      .handle(
        'broken',
        ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('a bug')))),
      )
    const hubServer = new HubServer({ router, limits: { concurrency: 2 } })
    const { client } = await hubServer.connect()
    client.send('{"type":"polite","id":1}')
    client.send('{"type":"broken","id":2}')
    client.emit('hub:cancel', { id: 1 })
    client.emit('hub:cancel', { id: 2 })
    expect([await client.next(), await client.next()]).toMatchObject([{ id: 1 }, { id: 2 }])
    await until(() => hubServer.failures.length > 0)
    expect(hubServer.failures).toMatchObject([{ error: new Error('a bug') }])
  })

  test('a handler is aborted when its connection closes', async () => {
    const { router, begun, aborted } = waiting()
    const hubServer = new HubServer({ router })
    const { client } = await hubServer.connect()
    client.send('{"type":"wait","id":1}')
    await until(() => begun.length === 1)
    client.terminate()
    await until(() => aborted.length === 1)
    expect(aborted).toEqual(['closed'])
  })
})

describe('limits.handlerTimeout', () => {
  test('limits.handlerTimeout answers timeout, aborts the handler, reports it once and handles the next message', async () => {
    const { router, begun, aborted, end } = waiting()
    const hubServer = new HubServer({ router, limits: { handlerTimeout: 20 } })
    const { client } = await hubServer.connect()
    client.send('{"type":"wait","id":1}')
    client.send('{"type":"wait","payload":"event"}')
    expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { code: 'timeout' } })
    await until(() => begun.length === 2)
    const second = await client.next()
    expect(second).toMatchObject({ type: 'error', payload: { code: 'timeout' } })
    expect(second).not.toHaveProperty('id')
    end('too late')
    await client.quiet()
    expect([begun, aborted]).toEqual([
      ['1', 'event'],
      ['timeout', 'timeout'],
    ])
    const late = { stage: 'message', error: { code: 'timeout', fault: 'app' } }
    expect(hubServer.failures).toMatchObject([late, late])
  })

  test('a connection is not read while 16 abandoned handlers run, and is read again once one has settled', async () => {
    const { router, begun, end } = waiting()
    const hubServer = new HubServer({ router, limits: { handlerTimeout: 5 } })
    const { client } = await hubServer.connect()
    for (let id = 1; id <= 16; id += 1) {
      client.send(JSON.stringify({ type: 'wait', id }))
      expect(await client.next()).toMatchObject({ id, payload: { code: 'timeout' } })
    }
    client.send('{"type":"wait","id":17}')
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun.length).toBe(16)
    end()
    await until(() => begun.length === 17)
  })

  test('a handler that settles within limits.handlerTimeout is answered with its result', async () => {
    const { held, release } = latch()
    const hubServer = new HubServer({
      router: new Router().handle('a', () => held.then(() => 1)),
      limits: { handlerTimeout: 10_000 },
    })
    const peer = await hubServer.connect()
    const asked = ask(peer, 'a')
    release()
    expect(await asked).toEqual({ reply: 1 })
  })
})

describe('context.key', () => {
  test('context.key is the key of the request', async () => {
    const hubServer = new HubServer({ router: new Router().handle('pay', ({ key }) => key ?? null) })
    const { client } = await hubServer.connect()
    client.send('{"type":"pay","id":1,"key":"k1"}')
    client.send('{"type":"pay","id":2}')
    expect([await client.next(), await client.next()]).toMatchObject([{ payload: 'k1' }, { payload: null }])
  })

  test.each([[5], [''], [null], ['k'.repeat(129)]])('a key %p is answered invalid_message', async (key) => {
    const hubServer = new HubServer({ router: new Router().handle('pay', () => 'paid') })
    const { client } = await hubServer.connect()
    client.send(JSON.stringify({ type: 'pay', id: 1, key }))
    expect(await client.next()).toMatchObject({ id: 1, payload: { code: 'invalid_message' } })
  })
})

import { AsyncLocalStorage } from 'node:async_hooks'
import { type Middleware, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { until } from '../../../test/support/wait.js'

// The async context in which a streamed reply is pulled.

afterEach(closeHubServers)

const inner = new AsyncLocalStorage<string>()
const outer = new AsyncLocalStorage<string>()

const within =
  (storage: AsyncLocalStorage<string>, value: string): Middleware =>
  (_, next) =>
    storage.run(value, next)

/** Yields what the storages hold, before and after an await, and reports what they hold in `finally`. */
async function* stores(ended: unknown[] = []): AsyncGenerator {
  try {
    yield [outer.getStore(), inner.getStore()]
    await new Promise((resolve) => setImmediate(resolve))
    for (;;) yield [outer.getStore(), inner.getStore()]
  } finally {
    ended.push([outer.getStore(), inner.getStore()])
  }
}

/** The first values of a stream that is cancelled then. */
async function firstValues(router: Router, ended: unknown[]) {
  const hubServer = new HubServer({ router })
  const { client } = await hubServer.connect()
  client.send('{"type":"a","id":1}')
  const values = [await client.next(), await client.next()].map((message) => Reflect.get(Object(message), 'payload'))
  client.emit('hub:cancel', { id: 1 })
  await until(() => ended.length > 0)
  expect(hubServer.failures).toEqual([])
  return values
}

const BOTH = ['outer', 'inner']

test('a generator runs in the async context of its middleware, and so does its finally', async () => {
  const ended: unknown[] = []
  const router = new Router()
    .use(within(outer, 'outer'))
    .use(within(inner, 'inner'))
    .handle('a', () => stores(ended))
  expect(await firstValues(router, ended)).toEqual([BOTH, BOTH])
  expect(ended).toEqual([BOTH])
})

test('a generator of a merged router runs in the context of the middleware of both routers', async () => {
  const ended: unknown[] = []
  const merged = new Router().use(within(inner, 'inner')).handle('a', async () => stores(ended))
  const router = new Router().use(within(outer, 'outer')).merge('', merged)
  expect(await firstValues(router, ended)).toEqual([BOTH, BOTH])
  expect(ended).toEqual([BOTH])
})

test('a generator with which a middleware replaces the reply runs in its context, and the one inside in its own', async () => {
  const ended: unknown[] = []
  const router = new Router()
    .use(within(outer, 'outer'))
    .use(async (context, next) => {
      await next()
      const values = context.reply as AsyncIterable<unknown>
      context.reply = (async function* () {
        for await (const value of values) yield { wrapped: value, own: [outer.getStore(), inner.getStore()] }
      })()
    })
    .use(within(inner, 'inner'))
    .handle('a', () => stores(ended))
  const value = { wrapped: BOTH, own: ['outer', null] }
  expect(await firstValues(router, ended)).toEqual([value, value])
  expect(ended).toEqual([BOTH])
})

test('a stream without middleware runs in the async context of the connection', async () => {
  const ended: unknown[] = []
  const hubServer = new HubServer({ router: new Router().handle('a', () => stores(ended)) })
  const { client } = await outer.run('handshake', () => hubServer.connect(() => Promise.resolve({})))
  client.send('{"type":"a","id":1}')
  expect(await client.next()).toMatchObject({ payload: ['handshake', null] })
  expect(await client.next()).toMatchObject({ payload: ['handshake', null] })
  client.emit('hub:cancel', { id: 1 })
  await until(() => ended.length > 0)
  expect(ended).toEqual([['handshake', undefined]])
})

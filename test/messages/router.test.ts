import { type Context, HubError, Router } from '@wshub/core'
import * as v from 'valibot'
import { z } from 'zod'
import { closeApps, TestApp } from '../support/app.js'

afterEach(closeApps)

const said =
  (name: string) =>
  ({ type }: Context) =>
    `${name} ${type}`

const note = (name: string) => async (context: Context, next: () => Promise<void>) => {
  await next()
  context.reply = `${name}(${String(context.reply)})`
}

const nothing = (): void => {}

describe('middleware', () => {
  test('middleware wraps every handler, whether it is registered before or after the handler', async () => {
    const steps: string[] = []
    const layer = (name: string) => async (_: Context, next: () => Promise<void>) => {
      steps.push(`${name} in`)
      await next()
      steps.push(`${name} out`)
    }
    const router = new Router()
      .use(layer('a'))
      .handle('x', () => void steps.push('handler'))
      .use(layer('b'))
    const client = await new TestApp({ router }).enter()
    await client.request('x')
    expect(steps).toEqual(['a in', 'b in', 'handler', 'b out', 'a out'])
  })

  test('middleware may change the reply or the payload, or answer in place of the handler', async () => {
    const router = new Router()
      .use(async (context, next) => {
        if (context.type === 'cached') {
          context.reply = 'from the cache'
          return
        }
        context.payload = `${String(context.payload)}!`
        await next()
        context.reply = { wrapped: context.reply }
      })
      .handle('shout', ({ payload }) => payload)
      .handle('cached', () => 'from the handler')
    const client = await new TestApp({ router }).enter()
    expect(await client.request('shout', 'hey')).toEqual({ wrapped: 'hey!' })
    expect(await client.request('cached')).toBe('from the cache')
  })

  test('middleware that calls next() twice is an error, and the handler runs once', async () => {
    const handler = jest.fn()
    const router = new Router()
      .use(async (_, next) => {
        await next()
        await next()
      })
      .handle('x', handler)
    const testApp = new TestApp({ router })
    const client = await testApp.enter()
    await expect(client.request('x')).rejects.toMatchObject({ code: 'internal' })
    expect(handler).toHaveBeenCalledTimes(1)
    expect(testApp.failures).toMatchObject([
      { stage: 'message', error: { message: expect.stringMatching(/next\(\).*once/) } },
    ])
  })

  test('middleware may catch what a handler throws, and also runs for unknown types', async () => {
    const seen: unknown[] = []
    const router = new Router()
      .use(async (context, next) => {
        try {
          await next()
        } catch (error) {
          seen.push((error as HubError).code)
          context.reply = 'forgiven'
        }
      })
      .handle('bad', () => {
        throw new HubError('no')
      })
    const testApp = new TestApp({ router })
    const client = await testApp.enter()
    expect(await client.request('bad')).toBe('forgiven')
    expect(await client.request('nobody')).toBe('forgiven')
    expect(seen).toEqual(['no', 'unknown_type'])
    expect(testApp.stages).toEqual([])
  })

  test('middleware that throws keeps the handler from running', async () => {
    const handler = jest.fn()
    const router = new Router()
      .use(() => {
        throw new HubError('forbidden', 'Not for you.', { status: 403 })
      })
      .handle('x', handler)
    const client = await new TestApp({ router }).enter()
    await expect(client.request('x')).rejects.toMatchObject({ code: 'forbidden', message: 'Not for you.' })
    expect(handler).not.toHaveBeenCalled()
  })
})

describe('merge', () => {
  test('merge takes over handlers with prefix, schema and middleware', async () => {
    const inner = new Router().use(note('inner')).handle('move', { payload: z.object({ x: z.number() }) }, said('move'))
    const outer = new Router().use(note('outer')).merge('game:', inner).handle('chat', said('chat'))
    const client = await new TestApp({ router: outer }).enter()
    expect(await client.request('game:move', { x: 1 })).toBe('outer(inner(move game:move))')
    expect(await client.request('chat')).toBe('outer(chat chat)')
    await expect(client.request('game:move', { x: '1' })).rejects.toMatchObject({ code: 'invalid_payload' })
    await expect(client.request('move', { x: 1 })).rejects.toMatchObject({ code: 'unknown_type' })
  })

  test('merge nests routers', async () => {
    const leaf = new Router().use(note('c')).handle('x', said('x'))
    const middle = new Router().use(note('b')).merge('c:', leaf)
    const client = await new TestApp({ router: new Router().use(note('a')).merge('b:', middle) }).enter()
    expect(await client.request('b:c:x')).toBe('a(b(c(x b:c:x)))')
  })

  test('the fallback of a merged router gets only types with its prefix', async () => {
    const inner = new Router().use(note('inner')).handle('x', said('x')).fallback(said('inner fallback'))
    const outer = new Router().merge('in:', inner).fallback(said('outer fallback'))
    const client = await new TestApp({ router: outer }).enter()
    expect(await client.request('in:x')).toBe('inner(x in:x)')
    expect(await client.request('in:y')).toBe('inner(inner fallback in:y)')
    expect(await client.request('y')).toBe('outer fallback y')
  })

  test('the fallback of a router that was merged twice gets only types with both prefixes', async () => {
    const leaf = new Router().fallback(said('leaf fallback'))
    const middle = new Router().merge('c:', leaf).handle('m', said('m'))
    const client = await new TestApp({
      router: new Router().merge('b:', middle).fallback(said('top fallback')),
    }).enter()
    expect(await client.request('b:c:anything')).toBe('leaf fallback b:c:anything')
    expect(await client.request('b:anything')).toBe('top fallback b:anything')
  })

  test('an unknown type with the prefix of a router without fallback is answered unknown_type', async () => {
    const client = await new TestApp({ router: new Router().merge('b:', new Router().handle('m', said('m'))) }).enter()
    await expect(client.request('b:n')).rejects.toMatchObject({ code: 'unknown_type' })
  })
})

describe('what cannot be registered', () => {
  test.each(['reply', 'error', 'hub:', 'hub:ping', 'hub:mine'])('the router refuses the reserved type %s', (type) => {
    expect(() => new Router().handle(type, nothing)).toThrow(`The message type "${type}" belongs to the protocol.`)
  })

  test.each([
    ['hub', ':x'],
    ['hub:', 'x'],
    ['re', 'ply'],
  ])('merge refuses prefix and type that together are reserved (%s + %s)', (prefix, type) => {
    expect(() => new Router().merge(prefix, new Router().handle(type, nothing))).toThrow(/belongs to the protocol/)
  })

  test('the router refuses a second handler for a type, and a refused merge changes nothing', async () => {
    const router = new Router().handle('a:x', () => 'first')
    expect(() => router.handle('a:x', nothing)).toThrow('The message type "a:x" has a handler already.')
    const other = new Router().handle('new', nothing).handle('x', nothing)
    expect(() => router.merge('a:', other)).toThrow('The message type "a:x" has a handler already.')
    const client = await new TestApp({ router }).enter()
    expect(await client.request('a:x')).toBe('first')
    await expect(client.request('a:new')).rejects.toMatchObject({ code: 'unknown_type' })
  })

  test.each([[''], [1], [null], [undefined], [Symbol('x')]])(
    'the router refuses a type that is no name: %p',
    (type) => {
      expect(() => new Router().handle(type as string, nothing)).toThrow(TypeError)
    },
  )

  test('the router refuses a value that is no function, schema or router', () => {
    const router = new Router()
    expect(() => router.handle('x', 'no' as never)).toThrow(/handle\(\) needs a function/)
    expect(() => router.use({} as never)).toThrow(/use\(\) needs a function/)
    expect(() => router.fallback(1 as never)).toThrow(/fallback\(\) needs a function/)
    expect(() => router.handle('x', { payload: {} as never }, nothing)).toThrow(/"x" must be a Standard Schema/)
    expect(() => router.merge('x', {} as never)).toThrow(/Router/)
    expect(() => router.handle('x', nothing)).not.toThrow()
  })
})

test('a schema may change the payload, and its defaults reach the handler', async () => {
  const schema = z.object({ n: z.coerce.number().default(5) })
  const client = await new TestApp({
    router: new Router().handle('n', { payload: schema }, ({ payload }) => payload.n + 1),
  }).enter()
  expect(await client.request('n', { n: '41' })).toBe(42)
  expect(await client.request('n', {})).toBe(6)
})

test.each([
  ['zod', z.object({ n: z.number() })],
  ['valibot', v.object({ n: v.number() })],
])('a schema of %s may be given without { payload }', async (_, schema) => {
  const router = new Router().handle('n', schema, ({ payload }) => payload.n + 1)
  const client = await new TestApp({ router }).enter()
  expect(await client.request('n', { n: 41 })).toBe(42)
  await expect(client.request('n', { n: 'x' })).rejects.toMatchObject({ code: 'invalid_payload' })
})

test('an error reply has at most twenty issues', async () => {
  const router = new Router().handle('list', { payload: z.array(z.number()) }, () => 1)
  const client = await new TestApp({ router }).enter()
  client.emit(
    'list',
    Array.from({ length: 100 }, () => 'x'),
  )
  expect(((await client.next()) as { payload: { issues: unknown[] } }).payload.issues).toHaveLength(20)
})

test('a handler without a return value replies without a payload', async () => {
  const client = await new TestApp({ router: new Router().handle('x', () => {}) }).enter()
  client.send('{"type":"x","id":0}')
  expect(await client.next()).toEqual({ type: 'reply', id: 0 })
  client.send('{"type":"x","id":""}')
  expect(await client.next()).toEqual({ type: 'reply', id: '' })
})

import { type Context, type Envelope, HubError, Router, type Schema } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { latch, until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

const SENTENCE: unknown = expect.stringMatching(/^[A-Z].* .*\.$/)

/** A schema with a fixed result. */
function schema(validate: (value: unknown) => unknown): Schema {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } }
}

/** Asks a router behind a hub. */
async function ask(router: Router, message: unknown): Promise<{ hubServer: HubServer; answer: unknown }> {
  const hubServer = new HubServer({ router })
  const { client } = await hubServer.connect()
  client.send(JSON.stringify(message))
  return { hubServer, answer: await client.next() }
}

describe('the answer to a message', () => {
  test.each([
    [{ type: 'unknown' }, 'unknown_type', 404],
    [{ type: 'checked', payload: 1 }, 'invalid_payload', 400],
    ['no envelope', 'invalid_message', 400],
  ])(
    'an error for %j has a code and a sentence for the sender, and a status for the hub',
    async (message, code, status) => {
      const router = new Router().handle('checked', { payload: schema(() => ({ issues: [] })) }, () => 1)
      const { hubServer, answer } = await ask(router, message)
      expect(answer).toMatchObject({ type: 'error', payload: { code, message: SENTENCE } })
      expect(hubServer.failures).toMatchObject([{ stage: 'message', error: { code, status } }])
    },
  )

  test('the error for a type without a handler names the type', async () => {
    const { answer } = await ask(new Router(), { type: 'nobodyHandlesThis' })
    expect((answer as Envelope).payload).toMatchObject({ message: expect.stringContaining('nobodyHandlesThis') })
  })

  test('the error for an internal failure tells the sender no details', async () => {
    const router = new Router().handle('x', () => {
      throw new RangeError('secret')
    })
    const { answer } = await ask(router, { type: 'x' })
    expect(answer).toEqual({ type: 'error', payload: { code: 'internal', message: SENTENCE } })
    expect(JSON.stringify(answer)).not.toContain('secret')
  })

  test('a message without an id gets no answer', async () => {
    const hubServer = new HubServer({
      router: new Router().handle('x', () => 'unasked').handle('later', async () => 'unasked'),
    })
    const { client } = await hubServer.connect()
    client.emit('x')
    client.emit('later')
    expect(await client.request('x')).toBe('unasked')
    client.send('{"type":"x","id":"last"}')
    expect(await client.next()).toEqual({ type: 'reply', id: 'last', payload: 'unasked' })
    expect(hubServer.failures).toEqual([])
  })

  test('the result of onMessage is not sent to the client, at once or later', async () => {
    const handled: unknown[] = []
    const onMessage = (_: unknown, data: unknown): unknown => {
      handled.push(data)
      return data === 'now' ? data : Promise.resolve(data)
    }
    const hubServer = new HubServer({ onMessage, router: new Router().handle('x', () => 'answer') })
    const { client } = await hubServer.connect()
    client.send('now')
    client.send('later')
    expect(await client.request('x')).toBe('answer')
    client.send('{"type":"x","id":1}')
    expect(await client.next()).toEqual({ type: 'reply', id: 1, payload: 'answer' })
    expect(handled).toEqual(['now', 'later'])
    expect(hubServer.failures).toEqual([])
  })
})

describe('the issues of a payload', () => {
  test('the issues of a payload travel with their paths as JSON knows them: symbols as text, numbers as numbers', async () => {
    const issues = [
      { message: 'bare' },
      { message: 'deep', path: ['list', 3, { key: 'name' }, Symbol('s'), { key: Symbol('t') }] },
      { message: 'here', path: [] },
    ]
    const router = new Router().handle('x', { payload: schema(() => ({ issues })) }, () => 1)
    const { answer } = await ask(router, { type: 'x' })
    expect((answer as Envelope).payload).toMatchObject({
      issues: [
        { message: 'bare' },
        { message: 'deep', path: ['list', 3, 'name', 'Symbol(s)', 'Symbol(t)'] },
        { message: 'here', path: [] },
      ],
    })
  })

  test('the issues of a payload may come from an asynchronous schema', async () => {
    const payload = schema(async () => Promise.resolve({ issues: [{ message: 'late' }] }))
    const { answer } = await ask(
      new Router().handle('x', { payload }, () => 1),
      { type: 'x', id: 1 },
    )
    expect(answer).toMatchObject({ type: 'error', id: 1, payload: { code: 'invalid_payload' } })
  })
})

test.each([
  ['at once', schema((value) => ({ value: [value] }))],
  ['later', schema(async (value) => Promise.resolve({ value: [value] }))],
])('the handler gets the output of the schema %s, with the whole context', async (_, payload) => {
  const router = new Router().handle('x', { payload }, (context) => [context.payload, context.type, context.id])
  const { answer } = await ask(router, { type: 'x', id: 5, payload: 'p' })
  expect(answer).toEqual({ type: 'reply', id: 5, payload: [['p'], 'x', 5] })
})

test('the signal of a handler is aborted when its connection has closed', async () => {
  const { held, release } = latch()
  let signal: AbortSignal | undefined
  const router = new Router().handle('x', (context) => {
    signal = context.signal
    return held
  })
  const hubServer = new HubServer({ router })
  const { client, connection } = await hubServer.connect()
  client.emit('x')
  await until(() => signal !== undefined)
  expect(signal?.aborted).toBe(false)
  client.terminate()
  await connection.closed
  expect(signal?.aborted).toBe(true)
  release()
})

describe('a handler that answers at once', () => {
  const context = { type: 'x', payload: 2, reply: undefined } as Context

  test('a handler that answers at once costs no promise', async () => {
    const payload = schema((value) => ({ value }))
    const router = new Router()
      .handle('x', (it) => Number(it.payload) * 21)
      .merge(
        'in:',
        new Router().handle('y', { payload }, (it) => Number(it.payload) * 10),
      )
    expect(router.dispatch(context)).toBe(42)
    expect(router.dispatch({ ...context, type: 'in:y' })).toBe(20)
    const hubServer = new HubServer({ router })
    const { connection } = await hubServer.connect()
    const { receiver } = connection.core
    expect(receiver.process('{"type":"x","payload":1}')).toBeUndefined()
    expect(receiver.process('{"type":"unknown"}')).toBeUndefined()
  })

  test('a handler that answers at once gets a promise if middleware wraps it', async () => {
    const router = new Router().use((_, next) => next()).handle('x', () => 1)
    expect(router.dispatch({ ...context })).toBeInstanceOf(Promise)
    expect(await router.dispatch({ ...context })).toBe(1)
  })
})

const nothing = (): void => {}

describe('what cannot be registered', () => {
  test('the router refuses a type that a nested router has', () => {
    const leaf = new Router().handle('x', nothing)
    const router = new Router().merge('a:', new Router().merge('b:', leaf))
    expect(() => router.handle('a:b:x', nothing)).toThrow('The message type "a:b:x" has a handler already.')
    expect(() => router.merge('a:b:', leaf)).toThrow('The message type "a:b:x" has a handler already.')
    expect(() => router.handle('x', nothing)).not.toThrow()
    expect(() => router.handle('b:x', nothing)).not.toThrow()
  })

  test('merge refuses a nested router whose types would become reserved', () => {
    const leaf = new Router().handle('ply', nothing)
    const middle = new Router().merge('e', leaf)
    expect(() => new Router().merge('r', middle)).toThrow('The message type "reply" belongs to the protocol.')
  })

  test.each([[''], [1], [null], [undefined], [['x']]])('the router refuses %p as a type', (type) => {
    expect(() => new Router().handle(type as string, nothing)).toThrow(/^The type of a message must be /)
  })

  test.each([[undefined], [null], [{}], [{ '~standard': undefined }], [{ '~standard': {} }], [nothing]])(
    'the router refuses %p as a schema',
    (payload) => {
      const wrong = (): unknown => new Router().handle('x', { payload: payload as never }, nothing)
      expect(wrong).toThrow('The payload of "x" must be a Standard Schema, such as one of zod or valibot.')
    },
  )

  test.each([[{}], [null], [new Map()]])('merge refuses %p as a router', (router) => {
    expect(() => new Router().merge('a:', router as never)).toThrow('merge() takes a prefix and a Router.')
  })
})

test('the issues of a thrown error reach the sender', async () => {
  const router = new Router()
    .handle('with', () => {
      throw new HubError('odd', 'It is odd.', { issues: [{ message: 'one' }] })
    })
    .handle('without', () => {
      throw new HubError('odd', 'It is odd.')
    })
  const { answer } = await ask(router, { type: 'with' })
  expect(answer).toEqual({
    type: 'error',
    payload: { code: 'odd', message: 'It is odd.', issues: [{ message: 'one' }] },
  })
  const { answer: bare } = await ask(router, { type: 'without', id: 2 })
  expect(bare).toEqual({ type: 'error', id: 2, payload: { code: 'odd', message: 'It is odd.' } })
})

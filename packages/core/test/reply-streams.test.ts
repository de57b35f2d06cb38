import { Readable } from 'node:stream'
import { HubError, type HubOptions, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { partsOf } from './internals.js'
import { numbers, streamServer } from './streaming.js'
import { latch, until } from '../../../test/support/wait.js'

// Handlers that return async iterables: what the client gets.

afterEach(closeHubServers)

/** Everything that a client gets until the answer, of a handler that returns this. */
async function answersTo(handler: () => unknown) {
  const hubServer = new HubServer({ router: new Router().handle('stream', handler) })
  const { client } = await hubServer.connect()
  client.send('{"type":"stream","id":7}')
  const messages = [await client.next()]
  while (!/"(reply|error)"/.test(JSON.stringify(messages.at(-1)))) messages.push(await client.next())
  await client.quiet()
  await until(() => partsOf(hubServer.hub).replyStreams.size === 0)
  return { messages, failures: hubServer.failures }
}

const next = (payload: unknown) => ({ type: 'hub:next', id: 7, payload })
const reply = (payload?: unknown) => ({ type: 'reply', id: 7, ...(payload !== undefined && { payload }) })

/** An iterable that is no generator: it has nothing but `next`. */
const bare = (): AsyncIterable<string> => {
  const values = ['a', 'b']
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const value = values.shift()
        return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value })
      },
    }),
  }
}

test.each<[string, () => unknown, unknown[]]>([
  ['an async generator', () => numbers(2), [next(0), next(1), reply('done')]],
  ['a promise of an async generator', () => Promise.resolve(numbers(1)), [next(0), reply('done')]],
  ['an async generator without values', () => numbers(0), [reply('done')]],
  ['an object with nothing but an async iterator', bare, [next('a'), next('b'), reply()]],
  ['a Readable', () => Readable.from(['a', 'b']), [next('a'), next('b'), reply()]],
  ['a ReadableStream', () => new Response('a').body?.pipeThrough(new TextDecoderStream()), [next('a'), reply()]],
])('the values of %s are sent as hub:next, and its return value as the reply', async (_, handler, expected) => {
  expect(await answersTo(handler)).toEqual({ messages: expected, failures: [] })
})

test('a promise with an async iterator, such as a database query, is awaited and not iterated', async () => {
  const query = Object.assign(Promise.resolve(['row']), { [Symbol.asyncIterator]: () => numbers(1) })
  expect(await answersTo(() => query)).toEqual({ messages: [reply(['row'])], failures: [] })
})

async function* throwing(error: unknown, values: number): AsyncGenerator {
  yield* numbers(values)
  throw error
}

const BUG = new Error('a bug')
const NO_FORM: unknown = expect.objectContaining({ message: 'A value has no JSON form.' })

test.each<[string, () => unknown, unknown[], string, unknown]>([
  ['throws before the first value', () => throwing(BUG, 0), [], 'internal', BUG],
  ['throws after a value', () => throwing(BUG, 1), [next(0)], 'internal', BUG],
  ['throws a HubError', () => throwing(new HubError('sold_out'), 1), [next(0)], 'sold_out', { code: 'sold_out' }],
  ['yields a value without a JSON form', () => yielding(1n), [], 'internal', expect.any(TypeError)],
  ['returns a value without a JSON form', () => returning(1n), [], 'internal', expect.any(TypeError)],
  ['yields a value that throws when it becomes JSON', () => yielding(new Unjust()), [], 'internal', BUG],
  [
    'yields a value that throws a text when it becomes JSON',
    () => yielding({ toJSON: throwsText }),
    [],
    'internal',
    NO_FORM,
  ],
  ['is no iterator', () => ({ [Symbol.asyncIterator]: () => ({}) }), [], 'internal', expect.any(TypeError)],
  ['gives results that are no objects', () => broken(() => 5), [], 'internal', expect.any(TypeError)],
  ['cannot be opened', () => ({ [Symbol.asyncIterator]: () => raise(BUG) }), [], 'internal', BUG],
])('an iterable that %s ends with the error, reported once', async (_, handler, values, code, error) => {
  const { messages, failures } = await answersTo(handler)
  expect(messages).toMatchObject([...values, { type: 'error', id: 7, payload: { code } }])
  expect(failures).toMatchObject([{ stage: 'message', error }])
})

test('finally runs once if a value has no JSON form, and no value follows', async () => {
  const { hubServer, seen, slots } = streamServer(async function* () {
    yield 1n
    yield 'never'
  })
  const { client } = await hubServer.connect()
  await expect(client.request('stream')).rejects.toMatchObject({ code: 'internal' })
  await until(() => slots() === 0)
  expect(seen).toEqual({ ended: 1, aborted: ['TypeError'] })
  await client.quiet()
})

test('a value of 10 MB arrives whole if nothing else waits', async () => {
  const { messages, failures } = await answersTo(() => yielding('x'.repeat(10_000_000)))
  expect(messages).toEqual([next('x'.repeat(10_000_000)), reply()])
  expect(failures).toEqual([])
})

test.each<[string, HubOptions]>([
  ['without a timeout', {}],
  ['with a timeout', { limits: { handlerTimeout: 60_000 } }],
])(
  'a message without id ends the iterable of a handler %s before its first value, and gets no answer',
  async (_, options) => {
    const calls: string[] = []
    const iterator = {
      next: () => Promise.resolve({ done: true as const, value: calls.push('next') }),
      return: () => Promise.resolve({ done: true as const, value: calls.push('return') }),
    }
    const source = new Readable({ read: () => calls.push('read') })
    const router = new Router()
      .handle('sync', () => ({ [Symbol.asyncIterator]: () => iterator }))
      .handle('async', () => Promise.resolve(source))
    const hubServer = new HubServer({ router, ...options })
    const { client } = await hubServer.connect()
    client.emit('sync')
    client.emit('async')
    await client.quiet()
    expect([calls, source.destroyed, hubServer.failures]).toEqual([['return'], true, []])
  },
)

const DONE = { done: true as const, value: undefined }

/** An iterable that can not be ended. @param error of its `return()` */
function unending(error: () => unknown): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(DONE), return: () => Promise.reject(error()) }),
  }
}

test('an error of an iterable that is ended before its first value is reported, the reason of the signal is not', async () => {
  const { held, release } = latch()
  let ended = 0
  const router = new Router()
    .handle('broken', () => unending(() => BUG))
    .handle('polite', ({ signal }) =>
      held.then(() =>
        unending(() => {
          ended += 1
          return signal.reason
        }),
      ),
    )
  const hubServer = new HubServer({ router })
  const { client } = await hubServer.connect()
  client.emit('broken')
  await until(() => hubServer.failures.length === 1)
  client.send('{"type":"polite","id":1}')
  client.emit('hub:cancel', { id: 1 })
  expect(await client.next()).toMatchObject({ type: 'error', payload: { code: 'cancelled' } })
  release()
  await until(() => ended === 1)
  await client.quiet()
  expect(hubServer.failures).toEqual([{ stage: 'message', error: BUG }])
})

class Unjust {
  toJSON(): never {
    return raise(BUG)
  }
}

function throwsText(): never {
  // oxlint-disable-next-line typescript/only-throw-error, no-throw-literal -- apps do
  throw 'a text'
}

async function* yielding(value: unknown): AsyncGenerator {
  yield value
}

// oxlint-disable-next-line require-yield
async function* returning(value: unknown): AsyncGenerator {
  return value
}

function broken(pull: () => unknown): unknown {
  return { [Symbol.asyncIterator]: () => ({ next: pull }) }
}

function raise(error: Error): never {
  throw error
}

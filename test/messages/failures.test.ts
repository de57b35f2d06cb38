import { HubError, Router } from '@wshub/core'
import * as v from 'valibot'
import { z } from 'zod'
import { closeApps, TestApp } from '../support/app.js'

// A mistake of a handler or a client causes one report and one answer to the sender, and affects no other client.

afterEach(closeApps)

const isEven = async (n: number): Promise<boolean> => Promise.resolve(n % 2 === 0)

const router = new Router()
  .handle('throw', () => {
    throw new Error('a secret of the server')
  })
  .handle('reject', () => Promise.reject(new Error('a secret of the server')))
  .handle('later', async () => {
    await Promise.resolve()
    throw new HubError('not_yours', 'This is not yours.')
  })
  .handle('refuse', () => {
    throw new HubError('not_yours', 'This is not yours.')
  })
  .handle('circular', () => {
    const ring: Record<string, unknown> = {}
    ring.ring = ring
    return ring
  })
  .handle('bigint', async () => Promise.resolve(1n))
  .handle('zod', { payload: z.object({ text: z.string() }) }, reached)
  .handle('zod async', { payload: z.object({ n: z.number().refine(isEven) }) }, reached)
  .handle('valibot', { payload: v.object({ text: v.string() }) }, reached)
  .handle('valibot async', { payload: v.objectAsync({ n: v.pipeAsync(v.number(), v.checkAsync(isEven)) }) }, reached)
  .handle('echo', ({ payload }) => payload)

function unspeakable(): never {
  throw new HubError('odd', 'The path holds what JSON does not know.', {
    issues: [{ message: 'no', path: [1n as never] }],
  })
}

function reached(): never {
  throw new Error('an invalid payload reached a handler')
}

const CASES: [type: string, payload: unknown, code: string][] = [
  ['throw', undefined, 'internal'],
  ['reject', undefined, 'internal'],
  ['later', undefined, 'not_yours'],
  ['refuse', undefined, 'not_yours'],
  ['nobody knows this', undefined, 'unknown_type'],
  ['__proto__', {}, 'unknown_type'],
  ['constructor', {}, 'unknown_type'],
  ['toString', {}, 'unknown_type'],
  ['hub:nothing', {}, 'unknown_type'],
  ['zod', { text: 1 }, 'invalid_payload'],
  ['zod', undefined, 'invalid_payload'],
  ['zod async', { n: 1 }, 'invalid_payload'],
  ['valibot', { text: 1 }, 'invalid_payload'],
  ['valibot async', { n: 1 }, 'invalid_payload'],
]

describe.each([
  ['with an id', 7],
  ['without an id', undefined],
])('a message %s', (_, id) => {
  test.each(CASES)('%s of %j is answered with an error', async (type, payload, code) => {
    const testApp = new TestApp({ router })
    const { client, connection } = await testApp.connect()
    const other = await testApp.enter()
    client.send(JSON.stringify({ type, payload, id }))
    expect(await client.next()).toMatchObject({ type: 'error', ...(id !== undefined && { id }), payload: { code } })
    expect(testApp.failures).toMatchObject([{ stage: 'message', connection: { id: connection.id } }])
    expect(await client.request('echo', 'still here')).toBe('still here')
    await expectNothing(other)
    expect(testApp.failures).toHaveLength(1)
  })
})

test('an answer to a message without an id has no id', async () => {
  const testApp = new TestApp({ router })
  const client = await testApp.enter()
  client.emit('refuse')
  expect(await client.next()).toEqual({
    type: 'error',
    payload: { code: 'not_yours', message: 'This is not yours.' },
  })
})

test.each(['circular', 'bigint'])('a reply without a JSON form (%s) is answered with an error', async (type) => {
  const testApp = new TestApp({ router })
  const client = await testApp.enter()
  await expect(client.request(type)).rejects.toMatchObject({ code: 'internal' })
  expect(testApp.stages).toEqual(['message'])
})

test.each([
  ['at once', () => unspeakable()],
  ['later', async () => Promise.resolve().then(unspeakable)],
])('an error without a JSON form, thrown %s, is answered', async (_, handler) => {
  const testApp = new TestApp({ router: new Router().handle('x', handler).handle('echo', ({ payload }) => payload) })
  const client = await testApp.enter()
  await expect(client.request('x')).rejects.toMatchObject({ code: expect.any(String) as string })
  expect(await client.request('echo', 'alive')).toBe('alive')
})

test('the text of an ordinary error is not sent to the client', async () => {
  const testApp = new TestApp({ router })
  const client = await testApp.enter()
  for (const type of ['throw', 'reject']) {
    client.emit(type)
    expect(JSON.stringify(await client.next())).not.toContain('secret')
  }
})

test.each([
  ['zod', [{ message: expect.any(String), path: ['text'] }]],
  ['valibot', [{ message: expect.any(String), path: ['text'] }]],
])('%s says what is wrong and where', async (type, issues) => {
  const testApp = new TestApp({ router })
  const client = await testApp.enter()
  client.emit(type, { text: 1 })
  expect(await client.next()).toMatchObject({ payload: { code: 'invalid_payload', issues } })
})

test('a schema that answers with a promise of another realm is awaited', async () => {
  const { runInNewContext } = await import('node:vm')
  const foreign = runInNewContext('Promise.resolve({ issues: [{ message: "no" }] })') as Promise<{ issues: [] }>
  const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: () => foreign } }
  const testApp = new TestApp({ router: new Router().handle('foreign', { payload: schema }, () => 'reached') })
  const client = await testApp.enter()
  await expect(client.request('foreign', {})).rejects.toMatchObject({ code: 'invalid_payload' })
})

test.each([
  '{"type":',
  '[]',
  'null',
  '"chat"',
  '{}',
  '{"type":1}',
  '{"type":"echo","id":{}}',
  '',
  '{"type":"echo","id":true}',
])('the text %j is answered with invalid_message', async (text) => {
  const testApp = new TestApp({ router })
  const client = await testApp.enter()
  client.send(text)
  expect(await client.next()).toMatchObject({ type: 'error', payload: { code: 'invalid_message' } })
  expect(testApp.stages).toEqual(['message'])
})

test('bytes are answered with invalid_message', async () => {
  const testApp = new TestApp({ router })
  const client = await testApp.enter()
  client.send(Buffer.from('{"type":"echo"}'))
  expect(await client.next()).toMatchObject({ type: 'error', payload: { code: 'invalid_message' } })
})

test('a message that no route takes goes to onMessage', async () => {
  const seen: (string | Buffer)[] = []
  const testApp = new TestApp({ router, onMessage: (_, data) => seen.push(data) })
  const client = await testApp.enter()
  client.send('no message')
  client.send(Buffer.from([1, 2]))
  expect(await client.request('echo', 1)).toBe(1)
  expect(seen).toEqual(['no message', Buffer.from([1, 2])])
  expect(testApp.stages).toEqual([])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
])('onMessage that %s is reported once and answered', async (_, onMessage) => {
  const testApp = new TestApp({ onMessage })
  const client = await testApp.enter()
  client.send('hello')
  expect(await client.next()).toMatchObject({ type: 'error', payload: { code: 'internal' } })
  expect(testApp.stages).toEqual(['message'])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['rejects', (): void => Promise.reject(new Error('broken')) as never],
])('an onError that %s affects no client', async (_, onError) => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const testApp = new TestApp({ router, onError })
  const client = await testApp.enter()
  client.emit('throw')
  expect(await client.next()).toMatchObject({ type: 'error' })
  expect(await client.request('echo', 'alive')).toBe('alive')
  expect(warned).toHaveBeenCalledTimes(1)
  warned.mockRestore()
})

async function expectNothing(client: {
  request(type: string, payload: unknown): Promise<unknown>
  next(): Promise<unknown>
}) {
  // An earlier message would arrive before the marker.
  await client.request('echo', 'marker')
  const nothing = Symbol('nothing')
  const next = await Promise.race([client.next().catch(() => nothing), Promise.resolve(nothing)])
  expect(next).toBe(nothing)
}

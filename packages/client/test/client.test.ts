import { Router } from '@wshub/core'
import { ClientError } from '../src/index.js'
import { nextOf, ClientServer, statusOf } from './support/client-server.js'

// The client against a real hub, over real sockets.

let stage: ClientServer

afterEach(async () => {
  await stage.close()
})

const router = new Router()
  .handle('echo', ({ payload }) => payload)
  .handle('fail', () => {
    throw new Error('secret')
  })
  .handle('never', ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)))

function validate(value: unknown): {
  readonly value?: unknown
  readonly issues?: readonly { readonly message: string }[]
} {
  return typeof value === 'string' ? { value: `${value}!` } : { issues: [{ message: 'no' }] }
}

describe('requests', () => {
  beforeEach(async () => {
    stage = await ClientServer.open({ router, limits: { concurrency: 4 } })
  })

  test('a request before the connection is open is sent once it is', async () => {
    expect(await stage.client().request('echo', { a: [1, 'é😀'] })).toEqual({ a: [1, 'é😀'] })
  })

  test('requests are answered each with their own reply', async () => {
    const client = stage.client()
    expect(await Promise.all([1, 2, 3].map((n) => client.request('echo', n)))).toEqual([1, 2, 3])
  })

  test('a request rejects with the code of the error that the server answers', async () => {
    const client = stage.client()
    await expect(client.request('nothing')).rejects.toMatchObject({ name: 'ClientError', code: 'unknown_type' })
    await expect(client.request('fail')).rejects.toMatchObject({ code: 'internal' })
  })

  test('a request that is not answered in time rejects with timeout', async () => {
    await expect(stage.client().request('never', undefined, { timeout: 50 })).rejects.toMatchObject({ code: 'timeout' })
  })

  test('an aborted request rejects with aborted and the reason', async () => {
    const aborter = new AbortController()
    const answer = stage.client().request('never', undefined, { signal: aborter.signal })
    aborter.abort('enough')
    await expect(answer).rejects.toMatchObject({ code: 'aborted', cause: 'enough' })
  })

  test('a request with an aborted signal is not sent', async () => {
    const answer = stage.client().request('echo', 1, { signal: AbortSignal.abort() })
    await expect(answer).rejects.toMatchObject({ code: 'aborted' })
  })

  test('a request in flight rejects with connection_lost if the connection is lost', async () => {
    const client = stage.client()
    await client.ready
    const answer = client.request('never')
    await client.request('echo')
    void stage.kill()
    await expect(answer).rejects.toMatchObject({ code: 'connection_lost' })
    await stage.restart()
  })

  test('a request with retry is repeated with the same key on the next connection', async () => {
    const client = stage.client()
    await client.ready
    const answer = client.request('never', undefined, { retry: true, timeout: 20_000 })
    await client.request('echo')
    await stage.kill()
    await stage.restart()
    await statusOf(client, 'ready')
    client.close()
    await expect(answer).rejects.toMatchObject({ code: 'closed' })
  })

  test('a closed client rejects waiting and new requests', async () => {
    const client = stage.client()
    const waiting = client.request('echo')
    client.close()
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await expect(client.request('echo')).rejects.toBeInstanceOf(ClientError)
    expect(client.status).toEqual({ state: 'closed', code: 1000, reason: '', final: false })
  })

  test('a queue that is full rejects the next request', async () => {
    const client = stage.client({ queue: { count: 1 }, connect: false })
    client.open()
    const first = client.request('echo', 1)
    await expect(client.request('echo', 2)).rejects.toMatchObject({ code: 'queue_full' })
    expect(await first).toBe(1)
  })

  test('a type of the protocol can not be sent', async () => {
    const client = stage.client()
    expect(() => client.emit('hub:ping')).toThrow('reserved_type')
    await expect(async () => client.request('reply')).rejects.toMatchObject({ code: 'reserved_type' })
  })
})

describe('events', () => {
  beforeEach(async () => {
    stage = await ClientServer.open({ router })
  })

  test('a listener gets the events of its type until it stops', async () => {
    const client = stage.client()
    const got: unknown[] = []
    const stop = client.on('said', (payload) => got.push(payload))
    await client.ready
    stage.hub.emit('said', 1)
    stage.hub.emit('other', 2)
    await client.request('echo')
    stop()
    stage.hub.emit('said', 3)
    await client.request('echo')
    expect(got).toEqual([1])
  })

  test('an iteration gets every event in order', async () => {
    const client = stage.client()
    const events = client.events('n')
    await client.ready
    for (let n = 0; n < 3; n += 1) stage.hub.emit('n', n)
    const got: unknown[] = []
    for await (const n of events) if (got.push(n) === 3) break
    expect(got).toEqual([0, 1, 2])
    expect(await events.next()).toEqual({ value: undefined, done: true })
  })

  test('an event without a connection is not sent', async () => {
    const client = stage.client()
    expect(client.emit('echo')).toBe(false)
    await client.ready
    expect(client.emit('echo')).toBe(true)
  })

  test('an event that may wait is sent once there is a connection', async () => {
    const heard = nextOf<unknown>((listener) => (router.handle('heard', ({ payload }) => listener(payload)), () => {}))
    expect(stage.client().emit('heard', 5, { queue: true })).toBe(true)
    expect(await heard).toBe(5)
  })

  test('an event that its schema refuses is reported and not delivered', async () => {
    const said = { '~standard': { version: 1, vendor: 'test', validate } } as const
    const client = stage.client({ validate: { said } })
    const got: unknown[] = []
    client.on('said', (payload) => got.push(payload))
    const error = nextOf<unknown>((listener) => client.onError(listener))
    await client.ready
    stage.hub.emit('said', 1)
    stage.hub.emit('said', 'a')
    expect(await error).toMatchObject({ code: 'invalid_payload', issues: [{ message: 'no' }] })
    await client.request('echo')
    expect(got).toEqual(['a!'])
  })

  test('an error of a listener is reported, and the other listeners get the event', async () => {
    const client = stage.client()
    const error = nextOf<unknown>((listener) => client.onError(listener))
    client.on('said', () => {
      throw new Error('of the app')
    })
    const said = nextOf<unknown>((listener) => client.on('said', listener))
    await client.ready
    stage.hub.emit('said', 1)
    expect(await said).toBe(1)
    expect(await error).toMatchObject({ message: 'of the app' })
  })

  test('raw frames arrive as text and as bytes', async () => {
    const client = stage.client()
    const got: unknown[] = []
    client.onRaw((data) => got.push(data))
    await client.ready
    for (const connection of stage.hub.connections.values()) {
      connection.send('[1]')
      connection.send(new Uint8Array([1, 2]))
    }
    await client.request('echo')
    expect(got).toEqual(['[1]', new Uint8Array([1, 2]).buffer])
  })
})

import { type Context, Router, withBytes, WithBytes } from '../src/index.js'
import { encodeBinaryEnvelope } from '../src/protocol/index.js'
import { latch, until } from '../../../test/support/wait.js'
import { closeHubServers, HubServer } from './hub-server.js'

// Envelopes with bytes, in one binary frame.

afterEach(closeHubServers)

const BYTES = Buffer.from([0, 1, 2, 0xff])
const MAGIC = Buffer.from([0x77, 0x73, 0x68, 0x01])
const TWO_MB = Buffer.alloc(2_000_000, 'wshub')

function routerOf(got: unknown[] = []): Router {
  return new Router()
    .handle('put', ({ payload, bytes }) => void got.push([payload, bytes]))
    .handle('swap', ({ payload, bytes = Buffer.alloc(0) }: Context) => withBytes(payload, bytes.toReversed()))
}

describe('a message of a client with bytes', () => {
  test('a message with bytes reaches its handler with a view of the bytes', async () => {
    const got: unknown[] = []
    const { client } = await new HubServer({ router: routerOf(got) }).connect()
    client.emit('put', 'four', { bytes: BYTES })
    client.emit('put', 'none', { bytes: Buffer.alloc(0) })
    client.emit('put', 'not any')
    await client.request('hub:ping')
    expect(got).toEqual([
      ['four', BYTES],
      ['none', Buffer.alloc(0)],
      ['not any', undefined],
    ])
  })

  test('a handler that returns withBytes() answers with bytes', async () => {
    const { client } = await new HubServer({ router: routerOf() }).connect()
    const reply = await client.request('swap', 'caption', { bytes: BYTES })
    expect(reply).toEqual(new WithBytes('caption', BYTES.toReversed()))
  })

  test('the values of a streamed reply have bytes', async () => {
    const router = new Router().handle('split', async function* ({ bytes = Buffer.alloc(0) }) {
      for (const byte of bytes) yield withBytes(byte, Buffer.of(byte))
      return withBytes('all', bytes)
    })
    const { client } = await hubOf(router).connect()
    const stream = client.stream('split', '', { bytes: BYTES.subarray(2) })
    expect((await stream.next()).value).toEqual(new WithBytes(2, Buffer.of(2)))
    expect((await stream.next()).value).toEqual(new WithBytes(255, Buffer.of(255)))
    expect(await stream.next()).toEqual({ done: true, value: new WithBytes('all', BYTES.subarray(2)) })
  })

  test('a message with 2 MB of bytes arrives whole, and so does its answer', async () => {
    const { client } = await new HubServer({
      router: routerOf(),
      limits: { maxMessageSize: 2_100_000, maxBufferedBytes: 4_000_000 },
    }).connect()
    const { bytes } = await client.request<WithBytes>('swap', 'two', { bytes: TWO_MB })
    expect(TWO_MB.equals(bytes.toReversed())).toBe(true)
  })

  test('a message with bytes closes the connection with 1009 if its frame is larger than maxMessageSize', async () => {
    const { client } = await new HubServer({ router: routerOf(), limits: { maxMessageSize: 100 } }).connect()
    client.emit('put', '', { bytes: Buffer.alloc(90) })
    expect(await client.closed).toMatchObject({ code: 1009 })
  })

  test('a message of the protocol with bytes is served as without bytes', async () => {
    const { client } = await new HubServer({ router: routerOf() }).connect()
    expect(await client.request('hub:ping', undefined, { bytes: BYTES })).toBeUndefined()
    await expect(client.request('hub:later', undefined, { bytes: BYTES })).rejects.toMatchObject({
      code: 'unknown_type',
    })
  })

  test('a hub:cancel with bytes cancels a waiting message with bytes', async () => {
    const { held, release } = latch()
    const got: unknown[] = []
    const { client } = await new HubServer({ router: routerOf(got).handle('slow', () => held) }).connect()
    client.emit('slow')
    client.send(encodeBinaryEnvelope('{"type":"put","id":7}', BYTES))
    client.emit('hub:cancel', { id: 7 }, { bytes: BYTES })
    expect(await client.next('error')).toMatchObject({ id: 7, payload: { code: 'cancelled' } })
    release()
    await client.request('swap')
    expect(got).toEqual([])
  })

  test('the bytes of a message count while it waits, until it was handled', async () => {
    const { held, release } = latch()
    const { hub, connect } = hubOf(routerOf().handle('slow', () => held))
    const { client } = await connect()
    client.emit('slow')
    client.emit('put', '', { bytes: Buffer.alloc(100_000) })
    await client.request('hub:ping')
    expect(hub.stats().memory.queued).toBeGreaterThan(100_000)
    expect(hub.stats().memory.queued).toBeLessThan(101_000)
    release()
    await client.request('swap')
    expect(hub.stats().memory.queued).toBe(0)
  })
})

describe('a binary frame with the magic', () => {
  test.each([
    ['nothing behind it', MAGIC],
    ['an envelope of 0 bytes', Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 0]), Buffer.from('{}')])],
    ['a length beyond its end', Buffer.concat([MAGIC, Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from('{}')])],
    ['an envelope that is not UTF-8', Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 2, 0xc3, 0x28])])],
    ['a text that is no envelope', encodeBinaryEnvelope('[1]', BYTES)],
  ])('a binary frame with the magic and %s is answered invalid_message, and no hook gets it', async (_, frame) => {
    const onBinary = jest.fn()
    const hubServer = new HubServer({ router: routerOf(), onBinary })
    const { client } = await hubServer.connect()
    client.send(frame)
    expect(await client.next()).toEqual({
      type: 'error',
      payload: expect.objectContaining({ code: 'invalid_message' }),
    })
    expect(await client.request('swap', 1, { bytes: BYTES })).toBeInstanceOf(WithBytes)
    expect(onBinary).not.toHaveBeenCalled()
    expect(hubServer.failures).toHaveLength(1)
  })

  test('a binary envelope without a type is answered with its id', async () => {
    const { client } = await new HubServer({ router: routerOf() }).connect()
    client.send(encodeBinaryEnvelope('{"id":5}', BYTES))
    expect(await client.next('error')).toMatchObject({ id: 5, payload: { code: 'invalid_message' } })
  })

  test('a binary frame with the magic is raw on a hub without a router, in both directions', async () => {
    const frame = Buffer.from(encodeBinaryEnvelope('{"type":"put"}', BYTES))
    const got: unknown[] = []
    const hubServer = new HubServer({ onBinary: (_, bytes) => void got.push(bytes) })
    const { client, connection } = await hubServer.connect()
    client.send(frame)
    await until(() => got.length > 0)
    expect(got).toEqual([frame])
    connection.send(frame)
    hubServer.hub.send(frame)
    for (let n = 0; n < 2; n += 1) expect(await client.next()).toMatchObject({ type: 'put', bytes: BYTES })
  })

  test('a binary frame with the magic cannot be sent raw on a hub with a router', async () => {
    const { hub, connect } = hubOf()
    const { connection } = await connect()
    expect(() => connection.send(MAGIC)).toThrow(TypeError)
    expect(() => hub.send(Uint8Array.from([...MAGIC, 1]))).toThrow(TypeError)
    expect(() => hub.send(MAGIC.subarray(0, 3))).not.toThrow()
  })
})

test('the reply of a client with bytes is a WithBytes, and bytes of an error are ignored', async () => {
  const { connect } = hubOf()
  const { client, connection } = await connect()
  const asked = connection.request('scan', { page: 1 }, { bytes: BYTES })
  const request = await client.next('scan')
  expect(request).toEqual({ type: 'scan', payload: { page: 1 }, id: 's1', bytes: BYTES })
  client.reply(request, 'done', { bytes: BYTES })
  expect(await asked).toEqual(new WithBytes('done', BYTES))
  const refused = connection.request('scan')
  client.send(encodeBinaryEnvelope('{"type":"error","id":"s2","payload":{"code":"no_paper"}}', BYTES))
  await expect(refused).rejects.toMatchObject({ code: 'no_paper' })
})

test('a request with bytes rejects on a hub without a router', async () => {
  const { connection } = await new HubServer().connect()
  await expect(connection.request('scan', 1, { bytes: BYTES })).rejects.toThrow(/hub without a router/)
})

test.each(['text', '', null, 0])('a request rejects if its bytes are %j', async (bytes) => {
  const { connection } = await hubOf().connect()
  const request = connection.request('scan', 1, { bytes: bytes as unknown as Buffer })
  await expect(request).rejects.toThrow(/Bytes must be a Uint8Array/)
})

test('withBytes() throws if it gets no bytes', () => {
  expect(() => withBytes('caption', [1] as unknown as Buffer)).toThrow(TypeError)
})

function hubOf(router = routerOf()) {
  const hubServer = new HubServer({ router })
  return { hub: hubServer.hub, connect: () => hubServer.connect() }
}

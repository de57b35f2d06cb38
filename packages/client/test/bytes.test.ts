import { WebSocket } from 'ws'
import { HubError, Router, withBytes } from '@wshub/core'
import { type Client, WithBytes, withBytes as withClientBytes } from '../src/index.js'
import { BadServer, behave, send } from './support/bad-server.js'
import { ClientServer, nextOf } from './support/client-server.js'

// Bytes beside events, requests, replies and requests of the server.

const BIG = new Uint8Array(2 ** 21).map((_, at) => at % 251)

describe('bytes beside a message of a real hub', () => {
  let stage: ClientServer
  let client: Client

  const router = new Router()
    .handle('upload', ({ payload, bytes }) => {
      if (!bytes) throw new HubError('no_bytes')
      return withBytes({ caption: payload, size: bytes.length }, bytes)
    })
    .handle('frames', async function* () {
      yield withBytes(1, new Uint8Array([1]))
      yield 2
      return withBytes('done', new Uint8Array([3]))
    })
    .handle('echo', ({ payload }) => payload)
    .handle('images', async function* ({ payload }) {
      for (let at = 0; at < Number(payload); at += 1) yield withBytes(at, new Uint8Array(100_000).fill(255))
    })
    .handle('answerOfClientClass', () => withClientBytes('a cat', new Uint8Array([5])))

  beforeEach(async () => {
    stage = await ClientServer.open({ router, limits: { maxMessageSize: 2 ** 22, maxBufferedBytes: 2 ** 23 } })
    client = stage.client()
    await client.ready
  })

  afterEach(async () => {
    await stage.close()
  })

  test('two megabytes of a request arrive whole and come back unchanged with its reply', async () => {
    const reply = (await client.request('upload', 'a cat', { bytes: BIG })) as WithBytes
    expect(reply).toBeInstanceOf(WithBytes)
    expect(reply.payload).toEqual({ caption: 'a cat', size: BIG.length })
    expect(Buffer.compare(reply.bytes, BIG)).toBe(0)
  })

  test('a view is sent without the rest of its buffer, and an empty view as 0 bytes', async () => {
    const part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
    expect(await client.request('upload', '', { bytes: part })).toMatchObject({ bytes: new Uint8Array([2, 3]) })
    expect(await client.request('upload', '', { bytes: new Uint8Array() })).toMatchObject({ payload: { size: 0 } })
    await expect(client.request('upload')).rejects.toMatchObject({ code: 'no_bytes' })
  })

  test('a request with bytes waits for a connection', async () => {
    for (const connection of stage.hub.connections.values()) connection.terminate()
    const bytes = new Uint8Array([7])
    expect(await client.request('upload', 'later', { bytes, retry: true })).toMatchObject({ bytes })
  })

  test('an event brings its bytes beside the payload', async () => {
    const got = nextOf<unknown[]>((listener) => client.on('image', (payload, { bytes }) => listener([payload, bytes])))
    const plain = nextOf<unknown[]>((listener) => client.on('text', (payload, meta) => listener([payload, meta.bytes])))
    const events = client.events('image')
    stage.hub.emit('image', 'a cat', { bytes: new Uint8Array([1, 2]) })
    stage.hub.emit('text', 1)
    expect(await got).toEqual(['a cat', new Uint8Array([1, 2])])
    expect(await plain).toEqual([1, undefined])
    expect((await events.next()).value).toEqual(new WithBytes('a cat', new Uint8Array([1, 2])))
  })

  test.each([
    ['@wshub/client', withClientBytes],
    ['@wshub/core', withBytes],
  ])(
    'a request of the server has bytes, and so has a reply that its handler makes with withBytes of %s',
    async (_, beside) => {
      client.handle('scan', (payload, { bytes }) => beside({ payload, got: bytes?.length }, new Uint8Array([9])))
      const [connection] = stage.hub.connections.values()
      const reply = await connection?.request('scan', 7, { bytes: new Uint8Array([1, 2, 3]) })
      expect(reply).toEqual(withBytes({ payload: 7, got: 3 }, Buffer.from([9])))
    },
  )

  test('a handler of the server that answers with withBytes of @wshub/client sends bytes', async () => {
    const reply = await client.request('answerOfClientClass')
    expect(reply).toEqual(new WithBytes('a cat', new Uint8Array([5])))
  })

  test('values of a stream and its result have bytes', async () => {
    const stream = client.stream('frames')
    const got: unknown[] = []
    for await (const value of stream) got.push(value)
    expect(got).toEqual([new WithBytes(1, new Uint8Array([1])), 2])
    expect(await stream.result).toEqual(new WithBytes('done', new Uint8Array([3])))
  })

  test('the bytes of values count towards the queue: values that fit wait, and more of them end the stream with overflow', async () => {
    const fitting = client.stream('images', 10)
    await fitting.result
    const got: unknown[] = []
    for await (const value of fitting) got.push(value)
    expect(got).toHaveLength(10)
    await expect(client.stream('images', 11).result).rejects.toMatchObject({ code: 'overflow' })
  })

  test('a raw frame that begins like a message with bytes can not be sent, other bytes can', () => {
    expect(() => client.send(new Uint8Array([0x77, 0x73, 0x68, 1, 5]))).toThrow('reserved_bytes')
    expect(client.send(new Uint8Array([0x77, 0x73, 0x68, 2]))).toBe(true)
  })

  test('a request rejects if its bytes are not binary or too many', async () => {
    await expect(client.request('upload', 1, { bytes: [1] as never })).rejects.toMatchObject({ code: 'invalid_bytes' })
    const bytes = new Uint8Array(2 ** 22)
    await expect(client.request('upload', 1, { bytes })).rejects.toMatchObject({ code: 'too_big' })
  })
})

/** The first bytes of a frame with bytes: `wsh`, the version and a length. */
function header(length: number): number[] {
  return [0x77, 0x73, 0x68, 1, ...new Uint8Array(new Uint32Array([length]).buffer).toReversed()]
}

function text(json: string): number[] {
  return [...Buffer.from(json)]
}

describe('malformed frames', () => {
  test.each([
    ['a length that is larger than the frame', [...header(2 ** 32 - 1), ...text('{"type":"x"}')]],
    ['a length of 0', [...header(0), ...text('{"type":"x"}')]],
    ['no length', [0x77, 0x73, 0x68, 1, 0, 0]],
    ['a length that cuts a character', [...header(1), 0xc3, 0xa9]],
    ['an envelope that is no JSON', [...header(1), ...text('{')]],
    ['an envelope without a type', [...header(2), ...text('{}')]],
  ])('%s is reported once, and the connection stays open', async (_, frame) => {
    const server = await BadServer.open(behave)
    const client = server.client({ WebSocket })
    const raw: unknown[] = []
    client.onRaw((data) => raw.push(data))
    client.on('x', (payload) => raw.push(payload))
    await client.ready
    for (const socket of server.sockets) socket.send(new Uint8Array(frame))
    expect(await client.request('echo', 1)).toBe(1)
    expect([server.accepted, server.errors, raw]).toMatchObject([1, [{ code: 'invalid_message' }], []])
    await server.close()
  })

  test('a property bytes in the JSON of a text frame is ignored', async () => {
    const server = await BadServer.open(behave)
    const client = server.client({ WebSocket })
    await client.ready
    const got = nextOf<unknown>((listener) => client.on('x', (_, { bytes }) => listener(bytes)))
    for (const socket of server.sockets) send(socket, { type: 'x', bytes: 'not bytes' })
    expect(await got).toBeUndefined()
    await server.close()
  })
})

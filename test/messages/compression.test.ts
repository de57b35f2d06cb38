import type { Socket } from 'node:net'
import zlib from 'node:zlib'
import { Router } from '@wshub/core'
import { clientFrame, closeApps, TestApp } from '../support/app.js'
import { until } from '../support/wait.js'

afterEach(closeApps)
afterEach(() => jest.restoreAllMocks())

const deflated = (data: string | Buffer): Buffer => {
  const bytes = zlib.deflateRawSync(data, { finishFlush: zlib.constants.Z_SYNC_FLUSH })
  return bytes.subarray(0, -4)
}

const LONG = 'all work and no play '.repeat(200)
const RSV1 = 0x40

test('compression is off by default', async () => {
  const { ws } = await new TestApp().dial()
  expect(ws.extensions).toBe('')
})

test('compression is negotiated without context takeover on either side', async () => {
  const client = await new TestApp({ compression: true }).enter()
  expect(client.headers['sec-websocket-extensions']).toMatch(/^permessage-deflate;/)
  expect(client.headers['sec-websocket-extensions']).toContain('server_no_context_takeover')
  expect(client.headers['sec-websocket-extensions']).toContain('client_no_context_takeover')
  expect(client.headers['sec-websocket-extensions']).not.toContain('server_max_window_bits')
})

test('a broadcast is compressed once, and clients without compression get it uncompressed', async () => {
  const deflate = jest.spyOn(zlib, 'deflateRawSync')
  const testApp = new TestApp({ compression: true })
  const clients = [await testApp.dial('rooms=r'), await testApp.dial('rooms=r'), await testApp.dial('rooms=r')]
  const plain = await testApp.dial('rooms=r', { perMessageDeflate: false })
  const bare = await testApp.stall('rooms=r')
  testApp.hub.room('r').send(LONG)
  testApp.hub.room('r').send(LONG)
  const all = [...clients, plain]
  await until(() => all.every(({ texts }) => texts.length === 2))
  for (const { texts } of all) expect(texts).toEqual([LONG, LONG])
  expect(deflate).toHaveBeenCalledTimes(2)
  const [first] = await once(bare.socket)
  expect(first).toBe(0x81)
})

test.each([
  ['text', LONG, 0x1],
  ['bytes', Buffer.from(LONG), 0x2],
])('long %s is sent compressed, with RSV1 set', async (_, data, opcode) => {
  const testApp = new TestApp({ compression: true })
  const { socket, connection } = await testApp.stall('', OFFER)
  connection.send(data)
  const frame = await once(socket)
  expect(frame[0]).toBe(0x80 | RSV1 | opcode)
  expect(frame.length).toBeLessThan(LONG.length / 10)
  const inflated = zlib.inflateRawSync(Buffer.concat([frame.subarray(2), Buffer.from([0, 0, 0xff, 0xff])]), {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
  })
  expect(inflated.toString()).toBe(LONG)
})

test('messages below the threshold are sent uncompressed, those at the threshold compressed', async () => {
  const deflate = jest.spyOn(zlib, 'deflateRawSync')
  const testApp = new TestApp({ compression: { threshold: 100 } })
  const { socket, connection } = await testApp.stall('', OFFER)
  connection.send('é'.repeat(49))
  expect((await once(socket))[0]).toBe(0x81)
  expect(deflate).not.toHaveBeenCalled()
  connection.send('é'.repeat(50))
  expect((await once(socket))[0]).toBe(0x81 | RSV1)
  expect(deflate).toHaveBeenCalledTimes(1)
})

test('messages of any size arrive whole', async () => {
  const testApp = new TestApp({ compression: { threshold: 0, level: 9 } })
  const { connection, texts } = await testApp.dial()
  const messages = [0, 1, 125, 126, 65_535, 65_536, 300_000].map((size) => 'ü'.repeat(size))
  for (const message of messages) connection.send(message)
  await until(() => texts.length === messages.length)
  expect(texts).toEqual(messages)
})

describe('an offer that the server cannot accept is declined, and the connection has no compression', () => {
  test.each([
    'permessage-deflate; server_max_window_bits=10',
    'permessage-deflate; server_max_window_bits=14',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; client_max_window_bits=16',
    'permessage-deflate; client_max_window_bits=x',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    'permessage-deflate; constructor',
    'permessage-deflate; __proto__=1',
    'x-webkit-deflate-frame',
  ])('%s', async (offer) => {
    const testApp = new TestApp({ compression: { threshold: 0 } })
    const { head, socket, connection } = await testApp.stall('', { 'Sec-WebSocket-Extensions': offer })
    expect(head).toMatch(/^HTTP\/1\.1 101 /)
    expect(head).not.toMatch(/sec-websocket-extensions/i)
    connection.send('plain')
    expect(await once(socket)).toEqual(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('plain')]))
  })

  test.each([
    ['permessage-deflate; server_max_window_bits=15', 'server_max_window_bits=15'],
    ['permessage-deflate; server_max_window_bits="15"; client_max_window_bits', 'server_max_window_bits=15'],
    [
      'permessage-deflate; server_max_window_bits=10, permessage-deflate; server_max_window_bits=15',
      'server_max_window_bits=15',
    ],
    ['permessage-deflate; constructor, permessage-deflate', 'server_no_context_takeover'],
    [
      'permessage-deflate; server_max_window_bits=15; server_max_window_bits=15, permessage-deflate',
      'server_no_context_takeover',
    ],
  ])('the offer %s sets no limit and is accepted', async (offer, parameter) => {
    const testApp = new TestApp({ compression: { threshold: 0 } })
    const { head, socket, connection } = await testApp.stall('', { 'Sec-WebSocket-Extensions': offer })
    expect(head).toMatch(new RegExp(`sec-websocket-extensions: permessage-deflate;[^\\r]*${parameter}`, 'i'))
    connection.send('packed')
    expect((await once(socket))[0]).toBe(0x81 | RSV1)
  })

  test('the second offer is accepted if the first one cannot be', async () => {
    const testApp = new TestApp({ compression: true })
    const offers = 'permessage-deflate; server_max_window_bits=10, permessage-deflate'
    const { head } = await testApp.stall('', { 'Sec-WebSocket-Extensions': offers })
    expect(head).toMatch(/sec-websocket-extensions: permessage-deflate/i)
  })
})

describe('received compressed messages', () => {
  const router = new Router().handle('echo', ({ payload }) => payload)

  test('a compressed message is handled like any other', async () => {
    const testApp = new TestApp({ router, compression: { threshold: 0 } })
    const client = await testApp.enter()
    expect(await client.request('echo', LONG)).toBe(LONG)
    expect(await client.request('echo', LONG)).toBe(LONG)
  })

  test('a bomb closes with 1009 and is never inflated whole', async () => {
    const testApp = new TestApp({ router, compression: true })
    const { socket, connection } = await testApp.stall('', OFFER)
    const bomb = deflated(Buffer.alloc(64 * 1024 * 1024))
    const before = process.memoryUsage().arrayBuffers
    socket.write(clientFrame(RSV1 | 0x1, bomb))
    socket.resume()
    expect(await connection.closed).toMatchObject({ code: 1009 })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * 1024 * 1024)
    expect(testApp.stages).toEqual(['receive'])
  })

  // Node passes chunks on that waited behind a slow one, although that one has failed. Inflating makes a chunk slow.
  test.each([
    ['a message', clientFrame(0x1, Buffer.from('after'))],
    ['a compressed message', clientFrame(RSV1 | 0x1, deflated('after'))],
    ['a close frame', clientFrame(0x8, Buffer.of(0x03, 0xe8))],
  ])('%s is not read after a frame that fails while a message is being inflated', async (_, after) => {
    const received: unknown[] = []
    const testApp = new TestApp({ compression: true, onMessage: (__, data) => received.push(data) })
    const { socket, connection } = await testApp.stall('', OFFER)
    const [served] = testApp.sockets
    // The head of a reserved opcode fails by itself, so that the next chunk begins with a frame.
    const broken = Buffer.of(0x83, 0x80)
    for (const chunk of [clientFrame(RSV1 | 0x1, deflated('first')), broken, after]) served?.emit('data', chunk)
    socket.resume()
    expect(await connection.closed).toMatchObject({ code: 1002, clean: false })
    expect(received).toEqual(['first'])
    expect(testApp.stages).toEqual(['receive'])
    expect((await testApp.dial()).connection.state).toBe('open')
  })

  test('invalid deflate data closes the connection with 1007', async () => {
    const testApp = new TestApp({ router, compression: true })
    const { socket, connection } = await testApp.stall('', OFFER)
    socket.write(clientFrame(RSV1 | 0x1, Buffer.from([0xff, 0xff, 0xff, 0xff])))
    socket.resume()
    expect(await connection.closed).toMatchObject({ code: 1007 })
  })

  test('a compressed message leaves no inflater behind', async () => {
    const testApp = new TestApp({ router, compression: true })
    const { socket, connection } = await testApp.stall('', OFFER)
    const written = jest.spyOn(zlib.InflateRaw.prototype, 'write')
    for (let n = 0; n < 3; n += 1) {
      socket.write(clientFrame(RSV1 | 0x1, deflated(JSON.stringify({ type: 'echo', payload: LONG, id: n }))))
      await once(socket)
    }
    expect(written).toHaveBeenCalled()
    await until(() => written.mock.contexts.every((inflater) => (inflater as zlib.InflateRaw).destroyed))
    expect(connection.state).toBe('open')
  }, 3000)
})

const OFFER = { 'Sec-WebSocket-Extensions': 'permessage-deflate' }

/** The next bytes of a socket that is not flowing. */
function once(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    socket.once('data', (chunk: Buffer) => {
      socket.pause()
      resolve(chunk)
    })
    socket.resume()
  })
}

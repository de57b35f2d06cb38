import { DEFAULT_LIMITS, type HubOptions, Router } from '@wshub/core'
import { clientFrame, closeApps, TestApp } from '../support/app.js'
import { latch, until } from '../support/wait.js'

// Each default limit: the limit itself is accepted, and one more is not. Limits without a default are in limits.test.ts.

afterEach(closeApps)

const TEXT = 1
const CONTINUATION = 0

/** A message in `count` fragments of one size. */
function fragments(count: number, size: number): Buffer {
  const part = (index: number): Buffer =>
    clientFrame(index === 0 ? TEXT : CONTINUATION, Buffer.alloc(size, 'x'), index === count - 1)
  return Buffer.concat(Array.from({ length: count }, (_, index) => part(index)))
}

function listening(options: HubOptions = {}): { readonly testApp: TestApp; readonly sizes: number[] } {
  const sizes: number[] = []
  return { testApp: new TestApp({ ...options, onMessage: (_, data) => void sizes.push(data.length) }), sizes }
}

test('a message of 256 KiB is taken, a byte more closes with 1009', async () => {
  const { testApp, sizes } = listening()
  const { ws, connection } = await testApp.dial()
  ws.send('x'.repeat(256 * 1024))
  await until(() => sizes.length === 1)
  ws.send('x'.repeat(256 * 1024 + 1))
  expect(await connection.closed).toMatchObject({ code: 1009 })
  expect(sizes).toEqual([DEFAULT_LIMITS.maxMessageSize])
  expect(testApp.hub.stats()).toMatchObject({ closed: { 1009: 1 }, received: 1 })
})

describe('fragments', () => {
  test('a message may have 16,384 fragments, whatever their size', async () => {
    const { testApp, sizes } = listening()
    const { socket } = await testApp.stall()
    socket.write(fragments(16_384, 16))
    await until(() => sizes.length === 1)
    socket.write(fragments(16_384, 0))
    await until(() => sizes.length === 2)
    expect(sizes).toEqual([256 * 1024, 0])
  })

  test.each([0, 1, 15])('a message of one fragment more, of %i bytes each, closes with 1008', async (size) => {
    const { testApp, sizes } = listening()
    const { socket, connection } = await testApp.stall()
    socket.write(fragments(16_385, size))
    socket.resume()
    expect(await connection.closed).toMatchObject({ code: 1008 })
    expect(sizes).toEqual([])
    expect(testApp.failures).toMatchObject([{ stage: 'receive', error: { code: 'WS_ERR_TOO_MANY_BUFFERED_PARTS' } }])
    expect(testApp.hub.stats().closed).toEqual({ 1008: 1 })
  })

  // Cases 9.3.1 and 9.4.1 of the public conformance suite; what ws allows by itself is too little for them.
  test('a hub that takes 4 MiB takes them in fragments of 64 bytes, and one fragment more closes with 1008', async () => {
    const { testApp, sizes } = listening({ limits: { maxMessageSize: 4 * 1024 * 1024 } })
    const first = await testApp.stall()
    first.socket.write(fragments(65_536, 64))
    await until(() => sizes.length === 1)
    expect(sizes).toEqual([4 * 1024 * 1024])
    const second = await testApp.stall()
    second.socket.write(fragments(65_537, 32))
    second.socket.resume()
    expect(await second.connection.closed).toMatchObject({ code: 1008 })
  })
})

test('a connection may be in 128 rooms, and their names may have 200 characters', async () => {
  const router = new Router().handle('join', ({ connection, payload }) => connection.join(payload as string))
  const testApp = new TestApp({ router })
  const { client, connection } = await testApp.connect()
  await client.request('join', 'x'.repeat(200))
  await expect(client.request('join', 'x'.repeat(201))).rejects.toMatchObject({ code: 'invalid_room' })
  for (let room = 1; room < 128; room += 1) await client.request('join', `${room}`)
  expect(connection.rooms.size).toBe(128)
  await expect(client.request('join', 'one more')).rejects.toMatchObject({ code: 'too_many_rooms' })
  await client.request('join', '1')
  expect(testApp.hub.rooms.size).toBe(128)
  expect(testApp.hub.stats().rejected).toEqual({ invalid_room: 1, too_many_rooms: 1 })
})

test('one handler runs at a time; with more than maxConnectionBytes behind it the socket is not read any more', async () => {
  const { held, release } = latch()
  let running = 0
  // Each is counted with 256 bytes beside its own.
  const testApp = new TestApp({
    limits: { maxConnectionBytes: 15 * 257 },
    onMessage: async () => {
      running += 1
      await held
    },
  })
  const { ws, connection } = await testApp.dial()
  const { core } = connection
  const { queue } = connection.core.receiver
  const sent = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) ws.send('x')
    await connection.ping().catch(() => {})
  }
  await sent(16)
  expect([running, core.paused]).toEqual([1, false])
  ws.send('x')
  await until(() => core.paused)
  expect(running).toBe(1)
  release()
  await queue.idle()
  expect(core.paused).toBe(false)
})

test('closeTimeout terminates a client that does not answer a close frame; one that answers has closed before', async () => {
  const testApp = new TestApp({ limits: { closeTimeout: 60 } })
  const answering = await testApp.connect()
  const silent = await testApp.stall()
  for (const { connection } of [answering, silent]) connection.close(4000, 'done')
  expect(await answering.connection.closed).toEqual({ code: 4000, reason: 'done', clean: true })
  expect(await silent.connection.closed).toEqual({ code: 4000, reason: 'done', clean: false })
})

import type { Socket } from 'node:net'
import { scale } from '../support/scale.js'
import { closeApps, type SocketClient, TestApp } from '../support/app.js'
import { turn, until } from '../support/wait.js'

const MANY = scale(1000, 100)

afterEach(closeApps)

/** Records each later write of each socket. */
function watch(sockets: Socket[]): Buffer[][] {
  return sockets.map((socket) => {
    const chunks: Buffer[] = []
    const write = socket.write.bind(socket)
    socket.write = (chunk: Buffer) => {
      chunks.push(chunk)
      return write(chunk)
    }
    return chunks
  })
}

async function hundred(): Promise<{ testApp: TestApp; clients: SocketClient[]; writes: Buffer[][] }> {
  const testApp = new TestApp()
  const clients: SocketClient[] = []
  for (let n = 0; n < 100; n += 1) clients.push(await testApp.dial('rooms=r'))
  return { testApp, clients, writes: watch(testApp.sockets) }
}

describe(`a broadcast to ${MANY} connections`, () => {
  test.each([
    ['the hub', undefined, (testApp: TestApp) => testApp.hub],
    ['a room', 'r', (testApp: TestApp) => testApp.hub.room('r')],
    ['a room except one', 'r', (testApp: TestApp) => testApp.hub.room('r').except('n'.repeat(20))],
    ['a union', undefined, (testApp: TestApp) => testApp.hub.to('r', 's')],
  ])('a broadcast to %s is serialised once and framed once', async (_, room, audience) => {
    const testApp = new TestApp()
    const clients = await Promise.all(Array.from({ length: MANY }, () => testApp.enter('rooms=r,s')))
    const stringify = jest.spyOn(JSON, 'stringify')
    const allocate = jest.spyOn(Buffer, 'allocUnsafe')
    const toJSON = jest.fn(() => 'x'.repeat(200))
    audience(testApp).emit('news', { toJSON })
    await turn()
    const counts = [stringify.mock.calls.length, toJSON.mock.calls.length, allocate.mock.calls.length]
    jest.restoreAllMocks()
    expect(counts).toEqual([1, 1, 1])
    const expected = { type: 'news', payload: 'x'.repeat(200), ...(room && { room }) }
    for (const client of clients) expect(await client.next()).toEqual(expected)
  })
})

describe('real sockets', () => {
  test('two broadcasts in one turn leave in one write per socket, shared by all', async () => {
    const { testApp, clients, writes } = await hundred()
    testApp.hub.room('r').emit('one')
    testApp.hub.emit('two')
    expect(writes.flat()).toEqual([])
    await until(() => clients.every(({ texts }) => texts.length === 2))
    expect(writes.map((chunks) => chunks.length)).toEqual(clients.map(() => 1))
    expect(new Set(writes.flat()).size).toBe(1)
    for (const { texts } of clients) expect(texts).toEqual(['{"type":"one","room":"r"}', '{"type":"two"}'])
  })

  test('promises that settle between two broadcasts do not separate their writes', async () => {
    const { testApp, clients, writes } = await hundred()
    testApp.hub.emit('one')
    for (let n = 0; n < 10; n += 1) await Promise.resolve()
    testApp.hub.emit('two')
    await new Promise<void>((resolve) => process.nextTick(resolve))
    testApp.hub.emit('three')
    await until(() => clients.every(({ texts }) => texts.length === 3))
    expect(writes.map((chunks) => chunks.length)).toEqual(clients.map(() => 1))
  })

  test('two broadcasts with a private message between them leave in one write and share their bytes', async () => {
    const { testApp, clients, writes } = await hundred()
    const [first] = clients as [SocketClient]
    testApp.hub.emit('one')
    first.connection.emit('private')
    testApp.hub.emit('two')
    await until(() => clients.every(({ texts }, index) => texts.length === (index === 0 ? 3 : 2)))
    expect(writes.map((chunks) => chunks.length)).toEqual(clients.map(() => 1))
    expect(new Set(writes.flat()).size).toBe(2)
    expect(first.texts).toEqual(['{"type":"one"}', '{"type":"private"}', '{"type":"two"}'])
  })

  test('messages of the handlers of one turn leave in one write', async () => {
    const testApp = new TestApp({ onMessage: (connection) => connection.send('answer') })
    const { ws, texts } = await testApp.dial()
    const [written] = watch(testApp.sockets) as [Buffer[]]
    for (let n = 0; n < 10; n += 1) ws.send('question')
    await until(() => texts.length === 10)
    expect(written.length).toBeLessThan(10)
  })

  test('batch.window collects the messages of several turns', async () => {
    const testApp = new TestApp({ batch: { window: 30 } })
    const { texts } = await testApp.dial()
    const [written] = watch(testApp.sockets) as [Buffer[]]
    for (let n = 0; n < 5; n += 1) {
      testApp.hub.emit('tick')
      await turn()
    }
    await until(() => texts.length === 5)
    expect(written).toHaveLength(1)
  })

  test('closing flushes what is queued before the close frame', async () => {
    const testApp = new TestApp({ batch: { window: 1000 } })
    const { ws, connection, texts } = await testApp.dial()
    testApp.hub.emit('one')
    connection.emit('two')
    connection.close(4000, 'done')
    connection.emit('never')
    const [code, reason] = await new Promise<[number, Buffer]>((resolve) => ws.once('close', (...all) => resolve(all)))
    expect([code, reason.toString()]).toEqual([4000, 'done'])
    expect(texts).toEqual(['{"type":"one"}', '{"type":"two"}'])
  })
})

test('bufferedAmount counts waiting bytes, and is 0 once they are sent', async () => {
  const testApp = new TestApp()
  const { connection, texts } = await testApp.dial()
  expect(connection.bufferedAmount).toBe(0)
  connection.send('12345')
  expect(connection.bufferedAmount).toBe(7)
  await until(() => texts.length === 1 && connection.bufferedAmount === 0)
})

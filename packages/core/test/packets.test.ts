import { once } from 'node:events'
import { type Connection, type HubOptions } from '../src/index.js'
import WebSocket from 'ws'
import { until } from '../../../test/support/wait.js'
import { bytesOf, CLOSE, CONTINUATION, PING, TEXT } from '../../../test/support/client-frame.js'
import { closeHubServers, HubServer } from './hub-server.js'

// Several frames that come in one packet, over real sockets: those that are read without ws, and those that ws reads.

afterEach(() => {
  jest.restoreAllMocks()
  return closeHubServers()
})

const text = (payload: string): Buffer => bytesOf({ opcode: TEXT, payload })

/** Counts the packets that the receivers of ws read. */
function watchReceivers(): jest.SpyInstance {
  const receiver = Reflect.get(WebSocket, 'Receiver') as { prototype: { _write(...args: unknown[]): void } }
  return jest.spyOn(receiver.prototype, '_write')
}

/** A client that sends packets, and the messages that a hub gets. */
async function talk(options: HubOptions = {}) {
  const messages: unknown[] = []
  const onMessage = (_: Connection, message: string | Buffer): void => void messages.push(message)
  const { socket, connection } = await new HubServer({ onMessage, ...options }).silent()
  const say = (...frames: Buffer[]): unknown => socket.write(Buffer.concat(frames))
  return { socket, connection, messages, say }
}

test('text in whole frames does not reach the receiver of the installed ws', async () => {
  const { messages, say } = await talk()
  const written = watchReceivers()
  say(text('a'), text('b'))
  await until(() => messages.length === 2)
  expect(written).not.toHaveBeenCalled()
  say(bytesOf({ opcode: TEXT, payload: 'c', fin: false }), bytesOf({ opcode: CONTINUATION, payload: 'd' }))
  await until(() => messages.length === 3)
  expect(written).toHaveBeenCalled()
  expect(messages).toEqual(['a', 'b', 'cd'])
})

test('messages before, between and after frames that ws reads are handled in order', async () => {
  const { socket, messages, say } = await talk()
  const pong = once(socket, 'data')
  say(text('a'), bytesOf({ opcode: PING, payload: 'p' }), text('b'))
  await until(() => messages.length === 2)
  expect(await pong).toEqual([Buffer.from('\u008A\u0001p', 'latin1')])
  const split = text('in two packets')
  say(text('c'), split.subarray(0, 9))
  await until(() => messages.length === 3)
  say(split.subarray(9), text('e'))
  await until(() => messages.length === 5)
  say(text('f'))
  await until(() => messages.length === 6)
  expect(messages).toEqual(['a', 'b', 'c', 'in two packets', 'e', 'f'])
})

test('messages behind the close frame of the client are not handled', async () => {
  const { connection, messages, say } = await talk()
  say(text('a'), bytesOf({ opcode: CLOSE, payload: Buffer.of(3, 232) }), text('b'))
  expect(await connection.closed).toEqual({ code: 1000, reason: '', clean: true })
  expect(messages).toEqual(['a'])
})

test.each<[string, (connection: Connection) => void]>([
  ['closes', (connection) => connection.close()],
  ['terminates', (connection) => connection.terminate()],
])('messages behind the one whose handler %s the connection are not handled', async (_, end) => {
  const messages: unknown[] = []
  const onMessage = (connection: Connection, message: string | Buffer): void => {
    messages.push(message)
    if (message === 'b') end(connection)
  }
  const { socket, connection, say } = await talk({ onMessage })
  socket.once('data', () => say(bytesOf({ opcode: CLOSE })))
  say(text('a'), text('b'), text('c'), text('d'))
  await once(socket, 'close')
  await connection.closed
  expect(messages).toEqual(['a', 'b'])
})

test('a socket that is paused by a message of a packet gives the rest of the packet, and no other packet', async () => {
  const messages: unknown[] = []
  const releases: (() => void)[] = []
  const onMessage = (_: Connection, message: string | Buffer): Promise<void> => {
    messages.push(message)
    return new Promise((resolve) => releases.push(resolve))
  }
  const limits = { maxConnectionBytes: 8192 }
  const { connection, say } = await talk({ onMessage, limits })
  const payloads = Array.from({ length: 64 }, (_, at) => `${at}`.padEnd(500, '.'))
  say(...payloads.map(text))
  await until(() => connection.core.paused)
  say(text('last'))
  for (let count = 1; count <= payloads.length + 1; count += 1) {
    await until(() => messages.length === count)
    releases[count - 1]?.()
  }
  expect(messages).toEqual([...payloads, 'last'])
})

test('a text that is not UTF-8 closes with 1007, after the messages before it', async () => {
  const { connection, messages, say } = await talk()
  say(text('a'), bytesOf({ opcode: TEXT, payload: Buffer.of(0xff) }), text('b'))
  expect(await connection.closed).toMatchObject({ code: 1007 })
  expect(messages).toEqual(['a'])
})

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { childProcesses } from '../support/child'
import { handshake } from '../support/request'
import { scale } from '../support/scale'

// Whatever every connection holds, an app pays for as often as it has clients. docs/internals/memory.md has the bytes of each.

const CONNECTIONS = 100

/** The objects of wshub and ws for one idle connection, and how many of each. */
const OBJECTS = {
  AsyncResource: 1,
  Connection: 1,
  'Connection.#data': 1,
  ConnectionCore: 1,
  HandshakeRecord: 1,
  Liveness: 1,
  MessageQueue: 1,
  // Ours and that of ws.
  Receiver: 2,
  'Receiver._buffers': 1,
  'Receiver._events': 1,
  'Receiver._fragments': 1,
  // That of ws; ours is a base class.
  Sender: 1,
  'Sender._queue': 1,
  WebSocketTransport: 1,
}

/** Made by Node for every socket; and the extensions, which two objects of ws hold. */
const NOT_LISTED =
  /_extensions$|^(?:Socket|TCP|ReadableState|WritableState|ReadableState\.\w+|WritableState\.\w+|Socket\._peername|Socket\._events(?:\.end)?)$/

type Counts = Readonly<Record<string, number>>

const start = childProcesses()
const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

test.each(scale(['express', 'koa', 'fastify'], ['fastify']))(
  'an idle connection in %s holds the objects of the list and no other',
  async (framework) => {
    const child = start(['idle-server.mjs', framework], { folder: __dirname, answers: true })
    const port = await child.ask<number>('port')
    const before = await child.ask<Counts>('objects')
    for (let n = 0; n < CONNECTIONS; n += 1) await enter(port, n)
    expect(perConnection(before, await child.ask<Counts>('objects'))).toEqual(OBJECTS)
  },
)

async function enter(port: number, n: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.write(handshake(`/ws/room-${n % 10}`, { fields: { Cookie: `session=${n}`, 'User-Agent': 'Mozilla/5.0' } }))
  await once(socket, 'data')
}

/** What has grown with the connections. Libraries make a few objects at their first request. */
function perConnection(before: Counts, after: Counts): Counts {
  const grown = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
  const each = grown.map(([name, count]) => [name, Math.floor(count / CONNECTIONS)] as const)
  return Object.fromEntries(each.filter(([name, count]) => count > 0 && !NOT_LISTED.test(name)))
}

import { handshake } from '../support/request.js'
import { settledHeap } from '../support/process.js'
import { gate, until } from '../support/wait.js'
import { hosts, SessionStore } from './hosts/index.js'
import { stage } from './stage.js'

const MIB = 1024 * 1024

describe.each(hosts)('clients that leave early on $name', (host) => {
  const { app, hub, ws, raw } = stage(host)

  test('a thousand resets while the auth is busy: nobody gets in, nothing stays', async () => {
    let entered = 0
    let left = 0
    let turn = gate()
    const log: string[] = []
    const chat = hub({ limits: { maxConnections: 1, maxConnectionsPerUser: 1 } })
    const server = await app(
      (it) => {
        it.ws('/chat', chat, {
          before: [
            async ({ req }) => {
              if (!req.headers['x-slow']) return
              entered += 1
              req.once('close', () => (left += 1))
              await turn.opened
            },
          ],
          describe: () => ({ user: 'ada', data: Buffer.alloc(10_000) }),
        })
      },
      { log },
    )
    const round = async (count: number): Promise<void> => {
      const [before, gone] = [entered, left]
      const slow = { 'X-Slow': 'yes', 'X-Padding': 'x'.repeat(5000) }
      const clients = Array.from({ length: count }, () => raw(server, handshake('/chat', { fields: slow })))
      await until(() => entered === before + count)
      for (const client of clients) client.reset()
      await until(() => left === gone + count)
      turn.open()
      turn = gate()
    }
    await round(100)
    const heap = await settledHeap()
    for (let index = 0; index < 10; index += 1) await round(100)
    // What a thousand requests would hold if they were kept: their headers alone are 5 MB.
    expect((await settledHeap()) - heap).toBeLessThan(4 * MIB)
    expect(chat.stats()).toMatchObject({ opened: 0, connections: 0, users: 0 })
    expect(log.filter((line) => line.includes('101'))).toEqual([])
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })

  test('a seat that was promised is free again when the client leaves before the 101', async () => {
    const store = new SessionStore()
    let turn = gate()
    let saving = 0
    store.saving = () => {
      saving += 1
      return turn.opened
    }
    const chat = hub({ limits: { maxConnections: 1 } })
    let closed = 0
    const server = await app((it) => {
      it.use(({ res }) => void res.once('close', () => (closed += 1)))
      it.sessions(store)
      it.ws('/chat', chat, { before: [({ session }) => void (session['x'] = 1)] })
    })
    for (let index = 1; index <= 3; index += 1) {
      const client = raw(server, handshake('/chat'))
      await until(() => saving === index)
      client.reset()
      await until(() => closed === index)
      turn.open()
      turn = gate()
    }
    turn.open()
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })

  test('a reset in the moment of the answer costs nothing but that connection', async () => {
    const closed: number[] = []
    const chat = hub({ onClose: (_, { code }) => void closed.push(code), onError: () => {} })
    const server = await app((it) => it.ws('/chat', chat))
    for (let index = 0; index < 200; index += 1) {
      const client = raw(server, handshake('/chat'))
      client.socket.once('connect', () => setImmediate(() => client.reset()))
      await client.ended
    }
    await until(() => chat.connections.size === 0)
    expect(closed).toHaveLength(chat.stats().opened)
    await ws(server, '/chat')
  })
})

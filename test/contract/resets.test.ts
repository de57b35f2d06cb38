import { handshake } from '../support/request.js'
import { settledHeap } from '../support/process.js'
import { scale, tell } from '../support/scale.js'
import { gate, until } from '../support/wait.js'
import { hosts, SessionStore } from './hosts/index.js'
import { stage } from './stage.js'

/** Of a hundred clients each. */
const ROUNDS = scale(11, 2)

describe.each(hosts)('clients that leave early on $name', (host) => {
  const { app, hub, ws, raw } = stage(host)

  test(`${ROUNDS * 100} resets while the auth is busy: nobody gets in, nothing stays`, async () => {
    let entered = 0
    let left = 0
    let turn = gate()
    const exchanged: WeakRef<object>[] = []
    const log: string[] = []
    const chat = hub({ limits: { maxConnections: 1, maxConnectionsPerUser: 1 } })
    const server = await app(
      (it) => {
        it.ws('/chat', chat, {
          before: [
            async ({ req, res }) => {
              if (!req.headers['x-slow']) return
              exchanged.push(new WeakRef(req), new WeakRef(res))
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
      const slow = { 'X-Slow': 'yes' }
      const clients = Array.from({ length: count }, () => raw(server, handshake('/chat', { fields: slow })))
      await until(() => entered === before + count)
      for (const client of clients) client.reset()
      await until(() => left === gone + count)
      turn.open()
      turn = gate()
    }
    for (let index = 0; index < ROUNDS; index += 1) await round(100)
    await settledHeap()
    // Not by the bytes of the heap: what other tests of this process have left in it decides when those are given back.
    const kept = exchanged.filter((reference) => reference.deref() !== undefined).length
    tell({ 'requests and responses kept': kept })
    expect([exchanged.length, kept]).toEqual([ROUNDS * 200, 0])
    expect(chat.stats()).toMatchObject({ opened: 0, connections: 0, users: 0 })
    expect(log.filter((line) => line.includes('101'))).toEqual([])
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })

  test('a seat that was promised is free again when the client leaves before the 101', async () => {
    const store = new SessionStore()
    let open = store.hold()
    const chat = hub({ limits: { maxConnections: 1 } })
    let closed = 0
    const server = await app((it) => {
      it.use(({ res }) => void res.once('close', () => (closed += 1)))
      it.sessions(store)
      it.ws('/chat', chat, { before: [({ session }) => void (session['x'] = 1)] })
    })
    for (let index = 1; index <= 3; index += 1) {
      const client = raw(server, handshake('/chat'))
      await until(() => store.saving === index)
      client.reset()
      await until(() => closed === index)
      open()
      open = store.hold()
    }
    open()
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })

  test('a reset in the moment of the answer costs nothing but that connection', async () => {
    const closed: number[] = []
    const chat = hub({ onClose: (_, { code }) => void closed.push(code), onError: () => {} })
    const server = await app((it) => it.ws('/chat', chat))
    for (let index = 0; index < scale(200, 40); index += 1) {
      const client = raw(server, handshake('/chat'))
      client.socket.once('connect', () => setImmediate(() => client.reset()))
      await client.ended
    }
    await until(() => chat.connections.size === 0)
    expect(closed).toHaveLength(chat.stats().opened)
    await ws(server, '/chat')
  })
})

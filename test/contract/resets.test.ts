import { handshake } from '../support/request.js'
import { scale } from '../support/scale.js'
import { until } from '../support/wait.js'
import { hosts, SessionStore } from './hosts/index.js'
import { setUp } from './setup.js'

describe.each(hosts)('clients that leave early on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('the connection slot of a pending handshake is free again if the client resets before the 101', async () => {
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

  test('a reset at the moment of the 101 affects no other connection', async () => {
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

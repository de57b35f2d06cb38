import { performance } from 'node:perf_hooks'
import type { Running } from '../contract/hosts/index.js'
import { timedHosts } from '../contract/hosts/timed.js'
import { setUp } from '../contract/setup.js'
import { frame } from '../support/frame.js'
import { RawClient } from '../support/raw.js'
import { handshake } from '../support/request.js'
import { scale, report } from '../support/scale.js'
import { TcpProxy } from '../support/tcp-proxy.js'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'
import { clientProcesses } from './measured-server.js'

const CLIENTS = scale(100, 10)
const HEARTBEAT = { pingInterval: 400, pongTimeout: 300 }
/** The timeout for clients that answer late. */
const PATIENT = { pingInterval: 400, pongTimeout: 2000 }
const PROMISE = HEARTBEAT.pingInterval + HEARTBEAT.pongTimeout
/** The delay that a busy machine may add because this process stalls. */
const GRACE = 3000

const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `word ${index}`)

describe.each(timedHosts)('the link between client and server on $name', (host) => {
  const { app, hub, ws, later } = setUp(host)
  const startClients = clientProcesses()

  async function proxyTo(server: Running): Promise<TcpProxy> {
    const proxy = await TcpProxy.to(server.port)
    later(() => proxy.close())
    return proxy
  }

  async function through(proxy: TcpProxy, query = ''): Promise<WsClient> {
    const client = await WsClient.open(`ws://127.0.0.1:${proxy.port}/chat${query}`)
    later(() => client.socket.terminate())
    return client
  }

  test('half-open connections end within pingInterval + pongTimeout, and others stay open', async () => {
    const chat = hub({ heartbeat: HEARTBEAT })
    const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ user: 'ada', rooms: ['tea'] }) }))
    const proxy = await proxyTo(server)
    const near = await ws(server, '/chat')
    const far = await Promise.all(Array.from({ length: CLIENTS }, () => through(proxy)))
    proxy.pullCable()
    const begun = performance.now()
    await until(() => chat.connections.size === 1, 10_000)
    const ms = performance.now() - begun
    report({ 'ms until freed': ms, promise: PROMISE })
    expect(ms).toBeLessThan(PROMISE + GRACE)
    expect(chat.room('tea').size).toBe(1)
    expect(chat.user('ada').members()).toHaveLength(1)
    // The clients could not notice it.
    expect(far.every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true)
    expect(near.socket.readyState).toBe(near.socket.OPEN)
    proxy.mend()
    await through(proxy)
    expect(chat.connections.size).toBe(2)
  })

  test('clients of a stopped process are disconnected within pingInterval + pongTimeout, and detect it once they run again', async () => {
    const chat = hub({ heartbeat: HEARTBEAT })
    const server = await app((it) => it.ws('/chat', chat))
    const near = await ws(server, '/chat')
    const far = await startClients(`ws://127.0.0.1:${server.port}/chat`, CLIENTS)
    expect(chat.connections.size).toBe(CLIENTS + 1)
    far.stop()
    const begun = performance.now()
    await until(() => chat.connections.size === 1, 10_000)
    const ms = performance.now() - begun
    report({ 'ms until freed': ms, promise: PROMISE })
    expect(ms).toBeLessThan(PROMISE + GRACE)
    far.go()
    await until(async () => (await far.codes()).length === CLIENTS)
    expect(new Set(await far.codes())).toEqual(new Set([1006]))
    expect(near.socket.readyState).toBe(near.socket.OPEN)
  })

  test('clients of a process that stops for less than pongTimeout stay connected', async () => {
    const chat = hub({ heartbeat: { pingInterval: 100, pongTimeout: 20_000 } })
    const server = await app((it) => it.ws('/chat', chat))
    const far = await startClients(`ws://127.0.0.1:${server.port}/chat`, CLIENTS)
    const connections = [...chat.connections.values()]
    far.stop()
    await until(() => connections.every(({ core }) => core.awaitsPong))
    far.go()
    await until(() => connections.every(({ latency, core }) => latency !== undefined && !core.awaitsPong))
    expect(chat.connections.size).toBe(CLIENTS)
    expect(await far.codes()).toEqual([])
  })

  test('messages over a slow link arrive once and in order, and no client is disconnected', async () => {
    const DELAY = 100
    const chat = hub({ heartbeat: PATIENT, onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => it.ws('/chat', chat))
    const proxy = await proxyTo(server)
    proxy.delay(DELAY)
    const client = await through(proxy)
    const said = words(200)
    const begun = performance.now()
    for (const word of said) client.send(word)
    expect(await client.received(said.length)).toEqual(said)
    // Both directions. Timers may fire up to a millisecond early.
    expect(performance.now() - begun).toBeGreaterThan(2 * DELAY - 2)
    const [connection] = [...chat.connections.values()]
    await until(() => connection?.latency !== undefined)
    expect(connection?.state).toBe('open')
  })

  test('a handshake and messages that arrive byte by byte are complete and keep the connection alive', async () => {
    const received: string[] = []
    const chat = hub({
      heartbeat: { ...HEARTBEAT, pongTimeout: 800 },
      onMessage: (_, data) => void received.push(String(data)),
    })
    const server = await app((it) => it.ws('/chat', chat))
    const proxy = await proxyTo(server)
    proxy.drip(3, 1)
    const client = new RawClient(proxy.port).send(handshake('/chat'))
    later(() => client.socket.destroy())
    expect(await client.status()).toBe(101)
    // The client answers no ping: only its single bytes show that it is alive.
    const said = [...words(3), 'x'.repeat(scale(10_000, 2000))]
    client.send(Buffer.concat(said.map((word) => frame(word))))
    await until(() => received.length === said.length, 20_000)
    expect(received).toEqual(said)
    await until(() => chat.connections.size === 0)
  }, 60_000)

  test('messages on a link that stalls and resumes arrive once and in order', async () => {
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => it.ws('/chat', chat))
    const proxy = await proxyTo(server)
    const client = await through(proxy)
    const near = await ws(server, '/chat')
    const said = words(100)
    for (const word of said.slice(0, 50)) client.send(word)
    await client.received(25)
    proxy.stall()
    for (const word of said.slice(50)) client.send(word)
    chat.send('to all')
    expect(await near.received(1)).toEqual(['to all'])
    proxy.mend()
    const received = await client.received(101)
    expect(received.filter((word) => word !== 'to all')).toEqual(said)
    expect(received.filter((word) => word === 'to all')).toHaveLength(1)
  })

  test('an incomplete message of a connection that ends within a frame is not delivered', async () => {
    const received: string[] = []
    const closures: unknown[] = []
    const chat = hub({
      onMessage: (_, data) => void received.push(String(data)),
      onClose: (_, closure) => closures.push(closure),
      onError: () => {},
    })
    const server = await app((it) => it.ws('/chat', chat))
    const proxy = await proxyTo(server)
    const bytes = frame('a whole message')
    for (let at = 1; at < bytes.length; at += 1) {
      const client = new RawClient(proxy.port).send(handshake('/chat'))
      expect(await client.status()).toBe(101)
      const [connection] = [...chat.connections.values()].slice(-1)
      const before = connection?.core.bytesRead ?? 0
      client.send(bytes.subarray(0, at))
      await until(() => (connection?.core.bytesRead ?? 0) === before + at)
      proxy.cut()
      await until(() => closures.length === at)
      proxy.mend()
    }
    expect(received).toEqual([])
    expect(closures).toHaveLength(bytes.length - 1)
    for (const closure of closures) expect(closure).toEqual({ code: 1006, reason: '', clean: false })
    const client = await through(proxy)
    client.send('after all')
    await until(() => received.length === 1)
  })
})

import { timedHosts } from '../contract/hosts/timed.js'
import { setUp } from '../contract/setup.js'
import { scale, report } from '../support/scale.js'
import { until } from '../support/wait.js'
import { clientProcesses } from './measured-server.js'
import { handshake } from '../support/request.js'

const CLIENTS = scale(200, 20)
const BLOCKS = scale(5, 1)
const HEARTBEAT = { pingInterval: 200, pongTimeout: 2000 }
/** Twice the time in which a dead client is detected. */
const BLOCK = 2 * (HEARTBEAT.pingInterval + HEARTBEAT.pongTimeout)

// packages/core/test/heartbeat.test.ts tests blocks at each moment of a ping.
describe.each(timedHosts)('an event loop that is blocked for twice the timeout on $name', (host) => {
  const { app, hub, raw } = setUp(host)
  const startClients = clientProcesses()

  test('an event loop that is blocked for twice the timeout loses no healthy client and still loses a dead one', async () => {
    const lost: string[] = []
    const chat = hub({
      heartbeat: HEARTBEAT,
      onClose: (connection, { reason }) => lost.push(`${connection.user} ${reason}`),
    })
    const server = await app((it) => {
      it.ws('/chat', chat, { describe: ({ req }) => ({ user: req.headers['x-user'] as string }) })
    })
    const healthy = await startClients(`ws://127.0.0.1:${server.port}/chat`, CLIENTS)
    for (let block = 1; block <= BLOCKS; block += 1) {
      // This client answers no ping.
      const dead = raw(server, handshake('/chat', { fields: { 'X-User': `dead ${block}` } }))
      expect(await dead.status()).toBe(101)
      const connections = [...chat.connections.values()]
      await until(() => connections.some(({ core }) => core.awaitsPong))
      standStill(BLOCK)
      await until(() => lost.length === block, 20_000)
    }
    report({ 'ms blocked': BLOCK * BLOCKS, 'clients lost': lost.length - BLOCKS })
    expect(lost).toEqual(Array.from({ length: BLOCKS }, (_, index) => `dead ${index + 1} pong timeout`))
    expect(chat.connections.size).toBe(CLIENTS)
    await Promise.all([...chat.connections.values()].map((connection) => connection.ping()))
    expect(await healthy.codes()).toEqual([])
  }, 120_000)
})

/** Blocks this process without using the CPU. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

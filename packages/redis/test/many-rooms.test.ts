import { Router } from '@wshub/core'
import type { TestClient } from '@wshub/core/testing'
import { HubServer } from '../../core/test/hub-server.js'
import { hasRedis } from '../../../test/support/redis.js'
import { scale } from '../../../test/support/scale.js'
import { TcpProxy } from '../../../test/support/tcp-proxy.js'
import { until } from '../../../test/support/wait.js'
import { redisBroker, type RedisSource } from '../src/index.js'
import { LIBRARIES } from './libraries.js'
import { redisServers } from './redis-pair.js'

// More rooms with history than commands may wait for Redis: after a lost connection each of them catches up.

const suite = hasRedis() ? describe : describe.skip
const ROOMS = scale(12_000, 400)
const MAX_PENDING = scale(10_000, 300)
const ROOMS_OF_A_CLIENT = 100
const AT_ONCE = 200

suite.each(LIBRARIES)('more rooms than commands may wait: %s', (_, source) => {
  const start = redisServers()
  let proxy: TcpProxy
  let here: HubServer
  let there: HubServer
  const names = Array.from({ length: ROOMS }, (__, n) => `log:${n}`)

  beforeEach(async () => {
    const server = await start()
    proxy = await TcpProxy.to(server.port)
    here = hubServer(source(`redis://127.0.0.1:${proxy.port}`))
    there = hubServer(source(server.url))
    await Promise.all([here.hub.ready, there.hub.ready])
  })

  afterEach(() => proxy.close())

  test('each room gets what it missed after a lost connection, and answers a recovery', async () => {
    const members = await joinAll(here, names)
    proxy.cut()
    await until(() => here.failures.length > 0)
    await emitToAll(there, names)
    proxy.mend()
    await Promise.all(members.map(({ client, rooms }) => arrives(client, rooms)))
    for (const { client, rooms } of members) await recoverAll(client, rooms)
    const codes = here.failures.map(({ error }) => (error as { readonly code?: unknown }).code)
    // No command was refused because too many were waiting.
    expect(codes).toEqual(['broker_down'])
  }, 300_000)
})

function hubServer(source: RedisSource): HubServer {
  const made = new HubServer({ router: new Router(), broker: redisBroker(source, { maxPending: MAX_PENDING }) })
  made.hub.createRoom(/^log:/, { history: { size: 10, ttl: 600_000 } })
  return made
}

interface Member {
  readonly client: TestClient
  readonly rooms: readonly string[]
}

/** Clients in all rooms, each in some of them. Resolves once messages of the other server arrive in all rooms. */
async function joinAll(at: HubServer, names: readonly string[]): Promise<Member[]> {
  const members: Member[] = []
  for (let n = 0; n < names.length; n += ROOMS_OF_A_CLIENT) {
    const rooms = names.slice(n, n + ROOMS_OF_A_CLIENT)
    const { client, connection } = await at.connect({ rooms })
    await connection.join(rooms)
    members.push({ client, rooms })
  }
  return members
}

/** Emits to every room. Resolves once all of it is kept. */
async function emitToAll({ hub }: HubServer, names: readonly string[]): Promise<void> {
  for (let n = 0; n < names.length; n += AT_ONCE) {
    const part = names.slice(n, n + AT_ONCE)
    for (const name of part) hub.room(name).emit('n', name)
    await until(async () => (await hub.room(part.at(-1) ?? '').history?.position())?.offset === 1, 20_000)
  }
}

/** Waits until the message of each room has come. */
async function arrives(client: TestClient, rooms: readonly string[]): Promise<void> {
  const missing = new Set<unknown>(rooms)
  await until(async () => {
    // The client gives up after a second; the server may take longer to connect again.
    const message = await client.next('n').catch(() => undefined)
    if (message && !missing.delete((message as { readonly payload?: unknown }).payload))
      throw new Error('The message of a room came twice.')
    return missing.size === 0
  }, 60_000)
}

async function recoverAll(client: TestClient, rooms: readonly string[]): Promise<void> {
  const answers = await Promise.all(rooms.map((room) => client.request('hub:recover', { room })))
  expect(answers).toEqual(rooms.map(() => expect.objectContaining({ recovered: true, offset: 1 })))
}

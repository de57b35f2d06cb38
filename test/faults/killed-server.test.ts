import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { type Child, childProcesses } from '../support/child.js'
import { leasesRenewed, RENEWALS_PER_LEASE } from '../support/leases.js'
import { hasRedis, RedisServer } from '../support/redis.js'
import { scale, report } from '../support/scale.js'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

// Three servers, each a process; one is killed with SIGKILL. The clients are in separate processes, too.

const FOLDER = join(__dirname, 'children')
const suite = hasRedis() ? describe : describe.skip
const CLIENTS = scale(24, 9)
/** How long messages flow before a server is killed, and how long afterwards. */
const LOAD_MS = { before: scale(5000, 500), after: scale(10_000, 700) }
/** The defaults of the broker, or shorter times that a busy machine can keep. */
const LEASES = scale({}, { timeout: 2000, lease: 3000 })

interface Seat {
  readonly user: string
  readonly connections: readonly string[]
}

interface Report {
  readonly shown: number
  readonly gaps: number
  readonly duplicates: number
  readonly disorder: number
  readonly lost: number
  readonly recovered: number
  readonly refused: readonly string[]
  readonly last: Readonly<Record<string, number>>
}

suite('one of three servers is killed', () => {
  const start = childProcesses()
  let redis: RedisServer

  beforeEach(async () => {
    redis = await RedisServer.start()
  })

  afterEach(() => redis.kill())

  async function servers(broker = {}): Promise<{ readonly hubs: readonly Child[]; readonly ports: readonly number[] }> {
    const args = ['hub.cjs', String(redis.port), 'wshub', JSON.stringify(broker)]
    const hubs = [0, 1, 2].map(() => start(args, { folder: FOLDER, answers: true }))
    await Promise.all(hubs.map((hub) => hub.ask('ready')))
    return { hubs, ports: await Promise.all(hubs.map(async (hub) => hub.ask<number>('port'))) }
  }

  async function recoveringClients(ports: readonly number[]): Promise<Child> {
    const args = ['recovering-clients.cjs', JSON.stringify(ports), String(CLIENTS), 'log']
    const child = start(args, { folder: FOLDER, answers: true })
    await child.ask('ready')
    return child
  }

  test('clients of a killed server recover without a gap or duplicate under 2,000 messages a second', async () => {
    const { hubs, ports } = await servers()
    const child = await recoveringClients(ports)
    const begun = performance.now()
    await Promise.all(hubs.map(async (hub, from) => hub.ask('flood', { from, perSecond: 2000 / 3, rooms: ['log'] })))
    await sleep(LOAD_MS.before)
    const [killed, ...others] = hubs
    killed?.kill()
    await sleep(LOAD_MS.after)
    const sent = await Promise.all(others.map(async (hub) => hub.ask<number>('stop')))
    const seconds = (performance.now() - begun) / 1000
    for (const [index, count] of sent.entries()) {
      await until(async () => (await child.ask<number>('shown', { from: index + 1 })) >= count, 20_000)
    }
    const reports = await child.ask<readonly Report[]>('report')
    for (const { gaps, duplicates, disorder, refused } of reports) {
      expect({ gaps, duplicates, disorder, refused }).toEqual({ gaps: 0, duplicates: 0, disorder: 0, refused: [] })
    }
    // All clients have got the same messages, to the last one of the killed server.
    expect(new Set(reports.map(({ shown }) => shown)).size).toBe(1)
    expect(new Set(reports.map(({ last }) => JSON.stringify([0, 1, 2].map((from) => last[from])))).size).toBe(1)
    const back = reports.filter(({ lost }) => lost > 0)
    expect(back.length).toBe(CLIENTS / 3)
    expect(back.every(({ recovered }) => recovered === 1)).toBe(true)
    const total = (reports[0]?.shown ?? 0) / seconds
    report({ clients: CLIENTS, recovered: back.length, 'messages each': reports[0]?.shown ?? 0, 'per second': total })
  }, 90_000)

  test('users of a killed server leave once and within the lease, unless they are connected to another one', async () => {
    const { hubs, ports } = await servers(LEASES)
    const { visit, leave } = peers(ports)
    const [watching, also] = [await visit(1, 'watcher'), await visit(2, 'watcher2')]
    // One user has two connections on the killed server, another has one there and one on another server.
    for (const user of ['ann', 'ann', 'bob', 'cem', 'cem']) await visit(0, user)
    await visit(1, 'bob')
    await until(() => ['ann', 'bob', 'cem'].every((user) => seen(watching, 'joined').includes(user)))
    const begun = performance.now()
    hubs[0]?.kill()
    await until(() => [watching, also].every((client) => seen(client, 'left').length === 2), 15_000)
    const ms = performance.now() - begun
    report({ 'ms until gone': ms, promise: 10_000 })
    expect(ms).toBeLessThan(10_000)
    const presence = (await hubs[1]?.ask<Seat[]>('presence', { room: 'presence' })) ?? []
    expect(presence.map(({ user, connections }) => `${user} ${connections.length}`).toSorted()).toEqual([
      'bob 1',
      'watcher 1',
      'watcher2 1',
    ])
    // The end of leases reports no user a second time.
    await leasesRenewed(redis, RENEWALS_PER_LEASE)
    await visit(2, 'dan')
    await until(() => [watching, also].every((client) => seen(client, 'joined').includes('dan')))
    for (const client of [watching, also]) expect(seen(client, 'left').toSorted()).toEqual(['ann', 'cem'])
    leave()
  }, 60_000)
})

/** Connects users to the servers at these ports, into a room with presence. */
function peers(ports: readonly number[]) {
  const clients: WsClient[] = []
  const visit = async (server: number, user: string): Promise<WsClient> => {
    const client = await WsClient.open(`ws://127.0.0.1:${ports[server]}/ws?rooms=presence&user=${user}`)
    client.socket.on('error', () => {})
    clients.push(client)
    return client
  }
  return { visit, leave: () => clients.forEach(({ socket }) => socket.terminate()) }
}

interface Told {
  readonly joined?: readonly { readonly user: string }[]
  readonly left?: readonly string[]
}

/** The joins and leaves in the messages of a client. */
function seen(client: WsClient, what: 'joined' | 'left'): string[] {
  return client.messages.flatMap((text) => {
    const { type, payload } = JSON.parse(text) as { type: string; payload: Told }
    if (type !== 'hub:presence') return []
    return what === 'left' ? (payload.left ?? []) : (payload.joined ?? []).map(({ user }) => user)
  })
}

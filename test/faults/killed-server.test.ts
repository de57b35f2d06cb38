import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { type Child, nursery } from '../support/child.js'
import { hasRedis, RedisServer } from '../support/redis.js'
import { scale, tell } from '../support/scale.js'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

// Three servers, each a process; one is killed with SIGKILL. Clients are processes, too: none of them shares anything.

const FOLDER = join(__dirname, 'children')
const suite = hasRedis() ? describe : describe.skip
const VISITORS = scale(24, 9)

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
  const start = nursery()
  let redis: RedisServer

  beforeEach(async () => {
    redis = await RedisServer.start()
  })

  afterEach(() => redis.kill())

  async function servers(): Promise<{ readonly hubs: readonly Child[]; readonly ports: readonly number[] }> {
    const options = { folder: FOLDER, answers: true }
    const hubs = [0, 1, 2].map(() => start(['hub.cjs', String(redis.port), 'three'], options))
    await Promise.all(hubs.map((hub) => hub.ask('ready')))
    return { hubs, ports: await Promise.all(hubs.map(async (hub) => hub.ask<number>('port'))) }
  }

  test('under 2,000 messages a second: who recovers has no gap and no duplicate', async () => {
    const { hubs, ports } = await servers()
    const crowd = start(['visitors.cjs', JSON.stringify(ports), String(VISITORS), 'log'], {
      folder: FOLDER,
      answers: true,
    })
    await crowd.ask('ready')
    const begun = performance.now()
    await Promise.all(hubs.map(async (hub, from) => hub.ask('flood', { from, perSecond: 2000 / 3, rooms: ['log'] })))
    await sleep(scale(5000, 1000))
    const [killed, ...others] = hubs
    killed?.kill()
    await sleep(scale(10_000, 1500))
    const sent = await Promise.all(others.map(async (hub) => hub.ask<number>('stop')))
    const seconds = (performance.now() - begun) / 1000
    for (const [index, count] of sent.entries()) {
      await until(async () => (await crowd.ask<number>('shown', { from: index + 1 })) >= count, 20_000)
    }
    const reports = await crowd.ask<readonly Report[]>('report')
    for (const { gaps, duplicates, disorder, refused } of reports) {
      expect({ gaps, duplicates, disorder, refused }).toEqual({ gaps: 0, duplicates: 0, disorder: 0, refused: [] })
    }
    // Everybody has got the same, to the last message of the server that was killed.
    expect(new Set(reports.map(({ shown }) => shown)).size).toBe(1)
    expect(new Set(reports.map(({ last }) => JSON.stringify([0, 1, 2].map((from) => last[from])))).size).toBe(1)
    const back = reports.filter(({ lost }) => lost > 0)
    expect(back.length).toBe(VISITORS / 3)
    expect(back.every(({ recovered }) => recovered === 1)).toBe(true)
    const total = (reports[0]?.shown ?? 0) / seconds
    tell({ clients: VISITORS, recovered: back.length, 'messages each': reports[0]?.shown ?? 0, 'per second': total })
  }, 90_000)

  test('its people are gone within the lease, each once; who has a tab elsewhere stays', async () => {
    const { hubs, ports } = await servers()
    const guests: WsClient[] = []
    const visit = async (server: number, user: string): Promise<WsClient> => {
      const client = await WsClient.open(`ws://127.0.0.1:${ports[server]}/ws?rooms=told&user=${user}`)
      client.socket.on('error', () => {})
      guests.push(client)
      return client
    }
    const [watching, also] = [await visit(1, 'watcher'), await visit(2, 'watcher2')]
    // Two tabs on the server that dies, and one there with another elsewhere.
    for (const user of ['ann', 'ann', 'bob', 'cem', 'cem']) await visit(0, user)
    await visit(1, 'bob')
    await until(() => ['ann', 'bob', 'cem'].every((user) => seen(watching, 'joined').includes(user)))
    const begun = performance.now()
    hubs[0]?.kill()
    await until(() => [watching, also].every((client) => seen(client, 'left').length === 2), 15_000)
    const ms = performance.now() - begun
    tell({ 'ms until gone': ms, promise: 10_000 })
    expect(ms).toBeLessThan(10_000)
    const presence = (await hubs[1]?.ask<Seat[]>('presence', { room: 'told' })) ?? []
    expect(presence.map(({ user, connections }) => `${user} ${connections.length}`).toSorted()).toEqual([
      'bob 1',
      'watcher 1',
      'watcher2 1',
    ])
    // Another round of the leases tells nothing more.
    await sleep(scale(8000, 2500))
    for (const client of [watching, also]) expect(seen(client, 'left').toSorted()).toEqual(['ann', 'cem'])
    for (const { socket } of guests) socket.terminate()
  }, 60_000)
})

/** Who came or left, as a client was told. */
function seen(client: WsClient, what: 'joined' | 'left'): string[] {
  return client.messages.flatMap((text) => {
    const { type, payload } = JSON.parse(text) as { type: string; payload: Record<typeof what, string[]> }
    return type === 'hub:presence' ? payload[what] : []
  })
}

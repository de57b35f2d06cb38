import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCluster } from '@redis/client'
import { type Broker, Router } from '@wshub/core'
import { type BrokerStage, defineBrokerSuite, type TestClient } from '@wshub/core/testing'
import { Cluster } from 'ioredis'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { knownServers, pages } from '../../core/test/other-servers.js'
import { scale } from '../../../test/support/scale.js'
import { until } from '../../../test/support/wait.js'
import { freePort, hasRedis, RedisServer } from '../../../test/support/redis.js'
import { redisBroker, type RedisSource } from '../src/index.js'
import { QUIET } from './quiet.js'

// The broker suite on a cluster of three nodes: each topic has its keys on one of them.

const SLOTS = 16_384
const suite = hasRedis() ? describe : describe.skip

type Source = readonly [name: string, source: () => RedisSource]

const SOURCES: readonly Source[] = [
  ['a cluster of node-redis', byNodeRedis],
  ['a cluster of ioredis', byIoredis],
]

let folder: string
let nodes: RedisServer[]
let prefixes = 0

suite('a Redis cluster', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wshub-cluster-'))
    nodes = await Promise.all([0, 1, 2].map(startNode))
    const share = Math.ceil(SLOTS / nodes.length)
    for (const [at, node] of nodes.entries()) {
      const last = Math.min(SLOTS, (at + 1) * share) - 1
      await node.command('CLUSTER', 'ADDSLOTSRANGE', String(at * share), String(last))
      for (const [other, { port }] of nodes.entries()) await meet(node, port, buses[other] ?? 0)
    }
    await until(async () => (await Promise.all(nodes.map(isWhole))).every(Boolean), 20_000)
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()))
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [name, source] of scale<readonly Source[]>(SOURCES, [])) {
    defineBrokerSuite(name, {
      timeout: 20_000,
      lacks: ['outage', 'junk', 'rewind', 'limit'],
      open: () => stage(source),
    })
  }

  test.each(SOURCES)(
    'rooms on every node deliver messages, list their members and replay missed messages: %s',
    async (__, source) => {
      const on = stage(source)
      const [here, there] = [clusterServer(on.broker()), clusterServer(on.broker())]
      const rooms = ['log:1', 'log:2', 'log:3', 'log:4']
      const { client } = await here.connect({ user: 'ann', rooms })
      for (const room of rooms) {
        await until(async () => (await there.hub.room(room).presence()).length === 1, 20_000)
        there.hub.room(room).emit('text', room)
        expect(await client.next('text')).toMatchObject({ room, payload: room })
        const { client: late } = await there.connect({ user: 'bob', rooms: [room] })
        // While the client library discovers the cluster again, recoveries are answered unavailable, and clients retry.
        await until(() => isRecovered(late, room), 20_000)
      }
      await closeHubServers()
    },
  )

  test.each(SOURCES)('appends to all nodes do not carry the source of their script: %s', async (__, source) => {
    const before = await scriptBodies()
    const broker = stage(source).broker()
    await broker.connect(() => {}, QUIET)
    const options = { size: 10, ttl: 60_000, known: { offset: 0, epoch: '', tag: '' } }
    await Promise.all(
      Array.from({ length: 300 }, async (_, n) => broker.history?.append(`t${n}`, Buffer.from('x'), options)),
    )
    await broker.close()
    expect((await scriptBodies()) - before).toBeLessThan(20)
  })

  test('ten brokers that connect to a cluster at once report no failure', async () => {
    const failures: string[] = []
    const failed = (error: unknown): void => void failures.push(String(error))
    const brokers = Array.from({ length: 10 }, () => stage(byNodeRedis).broker())
    await Promise.all(
      brokers.map(async (broker) => {
        const connected = broker.connect(() => {}, { ...QUIET, failed })
        await broker.subscribe('t')
        await connected
      }),
    )
    await Promise.all(brokers.map(async (broker) => broker.close()))
    expect(failures).toEqual([])
  })

  test('requests, lists and stats over three servers of a cluster end once all servers have answered', async () => {
    const one = stage(byNodeRedis)
    const hubServers = [0, 1, 2].map(() => new HubServer({ router: new Router(), broker: one.broker() }))
    await until(async () => (await Promise.all(hubServers.map(knownServers))).every((known) => known === 3), 20_000)
    const [hubServer] = hubServers as [HubServer]
    const long = { timeout: 600_000 }
    const stats = await hubServer.hub.stats({ cluster: true, ...long })
    expect([stats.servers.length, stats.partial, stats.unanswered]).toEqual([3, false, []])
    expect(await hubServer.hub.room('empty').request('who?', undefined, long)).toEqual({ replies: [], missing: [] })
    expect((await pages(hubServer, long)).every(({ complete }) => complete)).toBe(true)
    await closeHubServers()
  })
})

const buses: number[] = []

function byNodeRedis(): RedisSource {
  return { client: createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) }) }
}

function byIoredis(): RedisSource {
  const where = nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
  return { client: new Cluster(where, { lazyConnect: true }) }
}

async function scriptBodies(): Promise<number> {
  const stats = await Promise.all(nodes.map(async (node) => node.command('INFO', 'commandstats')))
  return stats.reduce((sum, text) => sum + Number(/cmdstat_eval:calls=(\d+)/.exec(text)?.[1] ?? 0), 0)
}

async function startNode(_: unknown, at: number): Promise<RedisServer> {
  const bus = await freePort()
  buses[at] = bus
  const files = ['--dir', folder, '--cluster-config-file', `node${at}.conf`]
  return RedisServer.start('--cluster-enabled', 'yes', '--cluster-port', String(bus), ...files)
}

async function meet(node: RedisServer, port: number, bus: number): Promise<void> {
  await node.command('CLUSTER', 'MEET', '127.0.0.1', String(port), String(bus))
}

async function isWhole(node: RedisServer): Promise<boolean> {
  const info = await node.command('CLUSTER', 'INFO')
  return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')
}

async function isRecovered(client: TestClient, room: string): Promise<boolean> {
  const answer = await client.request('hub:recover', { room, last: 1 }).catch(() => ({}))
  return (answer as { readonly recovered?: boolean }).recovered === true
}

function clusterServer(broker: Broker): HubServer {
  const made = new HubServer({ router: new Router(), broker })
  made.hub.createRoom(/^log:/, { history: { size: 10, ttl: 60_000 }, presence: true })
  return made
}

function stage(source: () => RedisSource): BrokerStage {
  prefixes += 1
  const prefix = `test${prefixes}`
  const crashed: Broker[] = []
  return {
    broker: () => redisBroker(source(), { prefix, lease: 3000 }),
    crash: (broker) => void crashed.push(broker),
    close: async () => void (await Promise.all(crashed.map(async (broker) => broker.close()))),
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisBrokerOptions } from '@wshub/redis'
import { freePort, RedisServer } from '../../support/redis.js'
import { Sentinel } from '../../support/sentinel.js'
import { until } from '../../support/wait.js'
import type { Library } from './libraries.js'
import { LocalServer, type NemesisServer } from './servers.js'
import { StoreReader } from './store-reader.js'
import type { Store } from './stores.js'

const SLOTS = 16_384
const HOST = '127.0.0.1'

/** Three nodes that share the slots, and a replica of the first. */
export class ClusterStore implements Store {
  readonly reader = new StoreReader(() => this.nodes)
  readonly #folder: string
  readonly #masters: RedisServer[]
  readonly replica: RedisServer

  private constructor(folder: string, masters: RedisServer[], replica: RedisServer) {
    this.#folder = folder
    this.#masters = masters
    this.replica = replica
  }

  static async start(): Promise<ClusterStore> {
    const folder = mkdtempSync(join(tmpdir(), 'wshub-nemesis-'))
    const buses = [await freePort(), await freePort(), await freePort(), await freePort()]
    const all = await Promise.all(buses.map((bus, at) => startNode(folder, bus, at)))
    const [first, second, third, replica] = all
    if (!first || !second || !third || !replica) throw new Error('A cluster needs four nodes.')
    for (const [at, node] of [first, second, third].entries()) {
      const [from, to] = [Math.floor((at * SLOTS) / 3), Math.floor(((at + 1) * SLOTS) / 3) - 1]
      await node.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    }
    for (const [at, { port }] of all.entries()) {
      await first.command('CLUSTER', 'MEET', HOST, String(port), String(buses[at]))
    }
    const store = new ClusterStore(folder, [first, second, third], replica)
    await until(async () => (await Promise.all(all.map(knowsAll))).every(Boolean), 20_000)
    await replica.command('CLUSTER', 'REPLICATE', await idOf(first))
    await until(async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'), 20_000)
    await until(async () => (await Promise.all(all.map(isWhole))).every(Boolean), 20_000)
    return store
  }

  /** The nodes that have slots. */
  get nodes(): readonly RedisServer[] {
    return this.#masters
  }

  server(_: number, library: Library, options: RedisBrokerOptions): NemesisServer {
    return new LocalServer(library.cluster(this.#masters.map(({ port }) => port)), options)
  }

  /** Records that the replica has replaced the first node. */
  replaceFirst(): void {
    this.#masters.splice(0, 1, this.replica)
  }

  /** Moves the slot of a key to another node, with everything in it. @returns how many keys moved */
  async move(key: string): Promise<number> {
    const slot = numberOf(await this.#masters[0]?.command('CLUSTER', 'KEYSLOT', key))
    const from = Math.min(2, Math.floor((slot * 3) / SLOTS))
    const [source, target] = [this.#masters[from], this.#masters[(from + 1) % 3]]
    if (!source || !target) return 0
    const [here, there] = [await idOf(source), await idOf(target)]
    await target.command('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', here)
    await source.command('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', there)
    const before = await this.#keysIn(source, slot)
    for (let left = before; left.length > 0; left = await this.#keysIn(source, slot)) {
      await source.command('MIGRATE', HOST, String(target.port), '', '0', '1000', 'KEYS', ...left)
    }
    for (const node of [target, source]) await node.command('CLUSTER', 'SETSLOT', String(slot), 'NODE', there)
    return before.length
  }

  async close(): Promise<void> {
    await Promise.all([...this.#masters, this.replica].map((node) => node.kill()))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #keysIn(node: RedisServer, slot: number): Promise<string[]> {
    const reader = new StoreReader(() => [node])
    const [keys] = await reader.everywhere('CLUSTER', 'GETKEYSINSLOT', String(slot), '100')
    return keys as string[]
  }
}

function startNode(folder: string, bus: number, at: number): Promise<RedisServer> {
  const files = ['--dir', folder, '--dbfilename', `node${at}.rdb`, '--cluster-config-file', `node${at}.conf`]
  const options = ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '1000']
  return RedisServer.start(...options, ...files)
}

function numberOf(reply = ''): number {
  return Number(reply.match(/\d+/)?.[0])
}

async function idOf(node: RedisServer): Promise<string> {
  return (await node.command('CLUSTER', 'MYID')).match(/[0-9a-f]{40}/)?.[0] ?? ''
}

async function knowsAll(node: RedisServer): Promise<boolean> {
  return (await node.command('CLUSTER', 'INFO')).includes('cluster_known_nodes:4')
}

async function isWhole(node: RedisServer): Promise<boolean> {
  return (await node.command('CLUSTER', 'INFO')).includes('cluster_state:ok')
}

interface SentinelParts {
  readonly folder: string
  readonly sentinel: Sentinel
}

/** A master, a replica and a sentinel that watches them. */
export class SentinelStore implements Store {
  readonly reader = new StoreReader(() => this.nodes)
  readonly replica: RedisServer
  readonly #parts: SentinelParts
  #master: RedisServer

  private constructor(master: RedisServer, replica: RedisServer, parts: SentinelParts) {
    this.#master = master
    this.replica = replica
    this.#parts = parts
  }

  static async start(): Promise<SentinelStore> {
    const folder = mkdtempSync(join(tmpdir(), 'wshub-nemesis-'))
    const master = await RedisServer.start('--dir', folder, '--repl-diskless-sync-delay', '0')
    const replica = await RedisServer.start(
      '--dir',
      folder,
      '--dbfilename',
      'replica.rdb',
      '--replicaof',
      HOST,
      String(master.port),
    )
    await until(async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'))
    const sentinel = await Sentinel.start(master.port)
    const store = new SentinelStore(master, replica, { folder, sentinel })
    await until(() => knowsReplica(sentinel.port), 20_000)
    return store
  }

  get nodes(): readonly RedisServer[] {
    return [this.#master]
  }

  server(_: number, library: Library, options: RedisBrokerOptions): NemesisServer {
    return new LocalServer(library.sentinel(this.#parts.sentinel.port), options)
  }

  replaceMaster(): void {
    this.#master = this.replica
  }

  async close(): Promise<void> {
    const { sentinel, folder } = this.#parts
    await Promise.all([sentinel.kill(), this.#master.kill(), this.replica.kill()])
    rmSync(folder, { recursive: true, force: true })
  }
}

async function knowsReplica(port: number): Promise<boolean> {
  const reader = new StoreReader(() => [{ url: `redis://${HOST}:${port}` }])
  const found = await reader.everywhere('SENTINEL', 'REPLICAS', 'main').catch(() => [])
  return Array.isArray(found[0]) && found[0].length > 0
}

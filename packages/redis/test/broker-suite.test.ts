import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { createClient as createClient5 } from 'redis-client5'
import type { Broker } from '@wshub/core'
import { type BrokerStage, defineBrokerSuite } from '@wshub/core/testing'
import { createClient } from '@redis/client'
import { redisBroker, type RedisSource } from '../src/index.js'
import { hasRedis, isInstalled, RedisServer } from '../../../test/support/redis.js'
import { scale } from '../../../test/support/scale.js'
import { TcpProxy } from '../../../test/support/tcp-proxy.js'

// Every broker of this package against a Redis of its own, and every test under a prefix of its own.

let server: RedisServer
// In front of a Redis that this file starts. A shared Redis has no proxy and cannot be cut off.
let proxy: TcpProxy | undefined
let prefixes = 0
// Makes the prefixes unique, because other programs may use the same Redis.
const run = Math.random().toString(36).slice(2)

const suite = hasRedis({ shared: true }) ? describe : describe.skip

const url = (): string => (proxy ? `redis://127.0.0.1:${proxy.port}` : server.url)
const lacks = isInstalled() ? [] : (['outage', 'junk', 'rewind'] as const)

/** Bytes of commands that may wait. */
const LIMIT = 4 * 1024 * 1024

const byUrl = (): RedisSource => ({ url: url() })

type Source = readonly [name: string, source: () => RedisSource]

const BY_URL: Source = ['redis by URL', byUrl]
const BY_IOREDIS: Source = ['redis by a client of ioredis', () => ({ client: new Redis(url(), { lazyConnect: true }) })]

/** One source of each library in `npm test`. */
const SOURCES = scale<readonly Source[]>(
  [
    BY_URL,
    ['redis by a client', () => ({ client: createClient({ url: url() }) })],
    ['redis by a client of version 5', () => ({ client: createClient5({ url: url() }) })],
    BY_IOREDIS,
    ['redis by a client of ioredis 5', () => ({ client: new Redis5(url(), { lazyConnect: true }) })],
  ],
  [BY_URL, BY_IOREDIS],
)

suite('a real Redis', () => {
  beforeAll(async () => {
    server = await RedisServer.any()
    if (isInstalled()) proxy = await TcpProxy.to(server.port)
  })

  afterAll(async () => {
    await proxy?.close()
    await server.kill()
  })

  for (const [name, source] of SOURCES) {
    defineBrokerSuite(name, { timeout: 20_000, lacks, open: () => stage(source, {}) })
  }

  defineBrokerSuite('redis without sharding', {
    timeout: 20_000,
    lacks,
    open: () => stage(byUrl, { sharded: false }),
  })
})

/** Copies the keys under a prefix. @returns a function that restores them */
async function save(prefix: string): Promise<() => Promise<void>> {
  const saved = await keysOf(prefix)
  for (const key of saved) await server.command('COPY', key, `saved:${key}`)
  return async () => {
    for (const key of await keysOf(prefix)) await server.command('DEL', key)
    for (const key of saved) await server.command('COPY', `saved:${key}`, key)
  }
}

async function keysOf(prefix: string): Promise<string[]> {
  return [...(await server.command('KEYS', `${prefix}:*`)).matchAll(/\r\n(\S+:\S+)/g)].flatMap(([, key]) => key ?? [])
}

function stage(source: () => RedisSource, options: { sharded?: boolean }): BrokerStage {
  prefixes += 1
  const prefix = `test${run}${prefixes}`
  const crashed: Broker[] = []
  return {
    broker: () => redisBroker(source(), { prefix, lease: 3000, maxPendingBytes: LIMIT, ...options }),
    // Nothing renews its lease any more, and no server learns that it still runs.
    crash: (broker) => void crashed.push(broker),
    outage: () => proxy?.cut(),
    restore: () => proxy?.mend(),
    junk: async (topic, bytes) => {
      for (const publish of ['PUBLISH', 'SPUBLISH'])
        await server.command(publish, `${prefix}:{${topic}}`, Buffer.from(bytes))
    },
    save: () => save(prefix),
    limit: LIMIT,
    close: async () => void (await Promise.all(crashed.map(async (broker) => broker.close()))),
  }
}

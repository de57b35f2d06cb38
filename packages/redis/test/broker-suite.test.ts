import { Redis } from 'ioredis'
import type { Broker } from '@wshub/core'
import { type BrokerStage, defineBrokerSuite } from '@wshub/core/testing'
import { createClient } from '@redis/client'
import { redisBroker, type RedisSource } from '../src/index.js'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'

// Every broker of this package against a Redis of its own, and every test under a prefix of its own.

let server: RedisServer
let prefixes = 0
// The Redis may be one that others use, too.
const run = Math.random().toString(36).slice(2)

const suite = hasRedis({ shared: true }) ? describe : describe.skip

const byUrl = (): RedisSource => ({ url: server.url })

const SOURCES: [string, () => RedisSource][] = [
  ['redis by URL', byUrl],
  ['redis by a client', () => ({ client: createClient({ url: server.url }) })],
  ['redis by a client of ioredis', () => ({ client: new Redis(server.url, { lazyConnect: true }) })],
]

suite('a real Redis', () => {
  beforeAll(async () => {
    server = await RedisServer.any()
  })

  afterAll(() => server.kill())

  for (const [name, source] of SOURCES) {
    defineBrokerSuite(name, { patience: 20_000, open: () => stage(source, {}) })
  }

  defineBrokerSuite('redis without sharding', {
    patience: 20_000,
    open: () => stage(byUrl, { sharded: false }),
  })
})

function stage(source: () => RedisSource, options: { sharded?: boolean }): BrokerStage {
  prefixes += 1
  const prefix = `test${run}${prefixes}`
  const crashed: Broker[] = []
  return {
    broker: () => redisBroker(source(), { prefix, lease: 3000, ...options }),
    // Its lease is not renewed any more: nobody else knows that it is alive.
    crash: (broker) => void crashed.push(broker),
    close: async () => void (await Promise.all(crashed.map(async (broker) => broker.close()))),
  }
}

import { createClient, createCluster, createSentinel } from '@redis/client'
import type { Broker } from '@wshub/core'
import { Cluster, Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { createClient as createClient5, createSentinel as createSentinel5 } from 'redis-client5'
import { until } from '../../../test/support/wait.js'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { redisBroker, type RedisBrokerOptions, type RedisSource } from '../src/index.js'
import { RedisConnection } from '../src/redis-connection.js'
import { resolveRedisOptions, driverFor } from '../src/options.js'
import { scale } from '../../../test/support/scale.js'

// Settings of the app's client that change names, replies or where commands go, and databases of one server.

const suite = hasRedis() ? describe : describe.skip

const WINDOW = { size: 10, ttl: 60_000 }
const EMPTY = { offset: 0, epoch: '', tag: '' }

suite('names in Redis', () => {
  let server: RedisServer
  const brokers: Broker[] = []

  beforeEach(async () => {
    server = await RedisServer.start()
  })

  afterEach(async () => {
    await Promise.all(brokers.splice(0).map(async (broker) => broker.close()))
    await server.kill()
  })

  /** A broker that is subscribed to a topic, and what it receives there. */
  async function subscribed(source: RedisSource, options: RedisBrokerOptions = {}): Promise<[Broker, string[]]> {
    const broker = redisBroker(source, options)
    brokers.push(broker)
    const received: string[] = []
    await broker.connect((_, bytes) => received.push(Buffer.from(bytes).toString()), {
      failed: (error) => received.push(String(error)),
      discarded: () => received.push('discarded'),
      restored: () => {},
      restarted: () => received.push('restarted'),
      presence: () => received.push('presence'),
    })
    await broker.subscribe('t')
    return [broker, received]
  }

  const FORMS: [string, (database: number) => RedisSource][] = [
    ['redis by URL', (database) => ({ url: `${server.url}/${database}` })],
    ['a client of redis', (database) => ({ client: createClient({ url: server.url, database }) })],
    ['a client of redis 5', (database) => ({ client: createClient5({ url: server.url, database }) })],
    ['a client of ioredis', (db) => ({ client: new Redis(server.url, { lazyConnect: true, db }) })],
    ['a client of ioredis 5', (db) => ({ client: new Redis5(server.url, { lazyConnect: true, db }) })],
  ]

  test.each(scale(FORMS, [FORMS[1], FORMS[3]] as typeof FORMS))(
    'brokers in two databases of one Redis receive no message of each other: %s',
    async (_, at) => {
      const [[zero, inZero], [one, inOne], [other, inOther]] = await Promise.all([
        subscribed(at(0)),
        subscribed(at(1)),
        subscribed(at(1)),
      ])
      await zero.publish('t', Buffer.from('zero'))
      await zero.history?.append('t', Buffer.from('kept in zero'), { ...WINDOW, known: EMPTY })
      await one.publish('t', Buffer.from('one'))
      await one.history?.append('t', Buffer.from('kept in one'), { ...WINDOW, known: EMPTY })
      await until(() => inOther.length === 2 && inZero.length === 1)
      expect([inZero, inOne, inOther]).toEqual([['kept in zero'], ['kept in one'], ['one', 'kept in one']])
      expect((await other.history?.since('t', 5, WINDOW))?.entries.map(({ bytes }) => String(bytes))).toEqual([
        'kept in one',
      ])
    },
  )

  const UNUSUAL_OPTIONS = {
    keyPrefix: 'app:',
    stringNumbers: true,
    readOnly: true,
    enableAutoPipelining: true,
    enableReadyCheck: false,
    commandTimeout: 5000,
  }

  const TEMPLATES: [string, () => RedisSource][] = [
    ['ioredis', () => ({ client: new Redis(server.url, { ...UNUSUAL_OPTIONS, lazyConnect: true }) })],
    [
      'ioredis with replies of RESP 3',
      () => ({ client: new Redis(server.url, { ...UNUSUAL_OPTIONS, replyMapping: 'resp3', lazyConnect: true }) }),
    ],
    ['ioredis 5', () => ({ client: new Redis5(server.url, { ...UNUSUAL_OPTIONS, lazyConnect: true }) })],
    [
      'redis',
      () => ({
        client: createClient({
          url: server.url,
          keyPrefix: 'app:',
          RESP: 3,
          commandOptions: { typeMapping: { 58: String } },
        }),
      }),
    ],
    [
      'redis without RESP 3',
      () => ({
        client: createClient({ url: server.url, keyPrefix: 'app:', RESP: 2, commandOptions: { timeout: 5000 } }),
      }),
    ],
    [
      'redis with a cache',
      () => ({
        client: createClient({
          url: server.url,
          keyPrefix: 'app:',
          clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' },
        }),
      }),
    ],
  ]

  test.each(scale(TEMPLATES, [TEMPLATES[0], TEMPLATES[3]] as typeof TEMPLATES))(
    'a client with a key prefix and other reply types publishes, keeps and lists: %s',
    async (_, source) => {
      const [[here, received], [there, receivedThere]] = await Promise.all([subscribed(source()), subscribed(source())])
      expect(await here.publish('t', Buffer.from('1'))).toBe(1)
      const kept = await here.history?.append('t', Buffer.from('2'), { ...WINDOW, known: EMPTY })
      expect(kept).toMatchObject({ offset: 1 })
      await until(() => receivedThere.length === 2 && received.length === 1)
      expect([received, receivedThere]).toEqual([['2'], ['1', '2']])
      expect((await there.history?.since('t', 5, WINDOW))?.position).toEqual(kept)
      expect(await there.history?.heads(['t', 'u'])).toEqual([kept, EMPTY])
      await here.presence?.open('0123456789abcdef')
      const change = { lease: '0123456789abcdef', base: '', digest: 'd', remove: [], notify: false }
      expect(await here.presence?.sync('t', { ...change, add: [{ user: 'ada', connection: 'c', age: 0 }] })).toBe(true)
      const pages: unknown[] = []
      for await (const { members } of there.presence?.list('t') ?? []) pages.push(members)
      expect(pages).toMatchObject([[{ user: 'ada', connection: 'c', lease: change.lease }]])
      // The prefix of the client applies to every key of the broker.
      const keys = (await server.command('KEYS', '*')).split('\r\n').filter((line) => /[a-z]/.test(line))
      expect(keys.filter((key) => !key.startsWith('app:wshub:'))).toEqual([])
      const channels = await server.command('PUBSUB', 'SHARDCHANNELS')
      expect(channels).toContain('app:wshub:{t}')
    },
  )

  test.each<[string, () => object, string]>([
    [
      'a cluster of ioredis',
      () => new Cluster([{ port: 1 }], { lazyConnect: true, keyPrefix: 'app:' }),
      'app:wshub:{t}',
    ],
    [
      'a cluster of ioredis by its nodes',
      () => new Cluster([{ port: 1 }], { lazyConnect: true, redisOptions: { keyPrefix: 'app:' } }),
      'app:wshub:{t}',
    ],
    [
      'a cluster of redis',
      () => createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }], keyPrefix: 'app:' }),
      'app:wshub:{t}',
    ],
    [
      'a sentinel of redis',
      () =>
        createSentinel({
          name: 'main',
          sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }],
          nodeClientOptions: { database: 3 },
          keyPrefix: 'app:',
        }),
      'app:wshub:{t}@3',
    ],
    [
      'a sentinel of ioredis',
      () => new Redis({ lazyConnect: true, sentinels: [{ port: 1 }], name: 'main', db: 3, keyPrefix: 'app:' }),
      'app:wshub:{t}@3',
    ],
  ])('names carry the prefix and the database of %s', (_, client, name) => {
    const settings = resolveRedisOptions({})
    const link = new RedisConnection(driverFor({ client: client() }, settings), settings)
    expect([link.channel('t'), link.topic(name)]).toEqual([name, 't'])
  })

  test('redisBroker() throws for a sentinel client of redis 5, which has no duplicate()', () => {
    const client = createSentinel5({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })
    expect('duplicate' in client).toBe(false)
    expect(() => redisBroker({ client })).toThrow(/sentinel client of redis 5 .* Use redis 6 or newer, or ioredis\./)
  })
})

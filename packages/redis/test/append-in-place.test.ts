import { type Broker, EMPTY_POSITION, type Position } from '@wshub/core'
import { Redis } from 'ioredis'
import { hasRedis } from '../../../test/support/redis.js'
import { redisBroker } from '../src/index.js'
import { QUIET } from './quiet.js'
import { redisServers } from './redis-pair.js'

// If one server alone appends to a stream, it changes the head in place, and extends the expiry of both keys once a second.

const WINDOW = { size: 10, ttl: 60_000 }
const [HEAD, LOG] = ['wshub:{t}:h', 'wshub:{t}:l']
/** The byte of a head with one server at which the second of its last append begins. */
const SECONDS_AT = 47
const suite = hasRedis() ? describe : describe.skip

suite('appends of one server', () => {
  let client: Redis
  let broker: Broker
  const start = redisServers()

  beforeEach(async () => {
    const server = await start()
    client = new Redis(server.url)
    broker = redisBroker({ url: server.url })
    await broker.connect(() => {}, QUIET)
  })

  afterEach(async () => {
    client.disconnect()
    await broker.close()
  })

  async function append(known = EMPTY_POSITION): Promise<Position> {
    const position = await broker.history?.append('t', Buffer.from('x'), { ...WINDOW, known })
    return position ?? EMPTY_POSITION
  }

  test('appends count the bytes that limit a replay', async () => {
    for (let count = 0; count < 5; count += 1) await append()
    const { entries } = (await broker.history?.since('t', 5, { ...WINDOW, maxBytes: 3 })) ?? {}
    expect(entries?.map(({ offset }) => offset)).toEqual([3, 4, 5])
  })

  test('a log expires after its messages, and a head a day later', async () => {
    await append()
    await append(await append())
    const [head, log] = await Promise.all([client.pttl(HEAD), client.pttl(LOG)])
    expect(log).toBeGreaterThan(0)
    expect(log).toBeLessThanOrEqual(WINDOW.ttl + 1000)
    expect(Math.abs(head - log - 24 * 60 * 60_000)).toBeLessThan(10_000)
  })

  test('an append extends the expiry of head and log if the last append was in another second', async () => {
    await append()
    await client.setrange(HEAD, SECONDS_AT, '\0\0\0\0')
    await Promise.all([client.persist(HEAD), client.persist(LOG)])
    await append()
    expect(await client.pttl(HEAD)).toBeGreaterThan(0)
    expect(await client.pttl(LOG)).toBeGreaterThan(0)
  })

  test('the first append of an epoch sets the expiry of a new log, also in the second of the last append', async () => {
    const { epoch } = await append()
    await client.del(LOG)
    await broker.history?.restart('t', epoch, WINDOW)
    await append()
    expect(await client.pttl(LOG)).toBeGreaterThan(0)
  })
})

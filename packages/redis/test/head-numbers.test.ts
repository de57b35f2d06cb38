import { type Broker, EMPTY_POSITION } from '@wshub/core'
import { Redis } from 'ioredis'
import { hasRedis, type RedisServer } from '../../../test/support/redis.js'
import { redisBroker } from '../src/index.js'
import { QUIET } from './quiet.js'
import { redisServers } from './redis-pair.js'

const WINDOW = { size: 10, ttl: 60_000 }
const HEAD = 'wshub:{t}:h'
/** The bytes of a head without numbers of servers, and the bytes that each number adds. */
const [FIXED, EACH] = [35, 16]
const suite = hasRedis() ? describe : describe.skip

suite('the numbers of servers in the head of a stream', () => {
  let server: RedisServer
  let client: Redis
  let brokers: Broker[]

  beforeEach(async () => {
    server = await start()
    client = new Redis(server.url)
    brokers = await Promise.all([broker(), broker()])
  })

  afterEach(async () => {
    client.disconnect()
    await Promise.all(brokers.map(async (one) => one.close()))
  })

  // After the `afterEach` of the brokers, so that Redis is killed after they have closed.
  const start = redisServers()

  async function broker(): Promise<Broker> {
    const made = redisBroker({ url: server.url })
    await made.connect(() => {}, QUIET)
    return made
  }

  const append = (at: number): unknown =>
    brokers[at]?.history?.append('t', Buffer.from('x'), { ...WINDOW, known: EMPTY_POSITION })

  const servers = async (): Promise<number> => ((await client.strlen(HEAD)) - FIXED) / EACH

  /** Adds the numbers of other servers to the head. @param age seconds since the last message of these servers */
  async function add(count: number, age: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, n) => {
      const bytes = Buffer.alloc(EACH, 0)
      bytes.write(`id${String(n).padStart(4, '0')}`)
      bytes.writeUInt32BE(Math.floor(Date.now() / 1000) - age, 12)
      return bytes
    })
    await client.append(HEAD, Buffer.concat(numbers))
  }

  test('the head has one number for each server, however many messages it appends', async () => {
    for (const at of [0, 1, 0, 0, 1]) await append(at)
    expect(await servers()).toBe(2)
  })

  test('the head drops the number of a server ten minutes after its last message', async () => {
    await append(0)
    await add(3, 500)
    await add(3, 700)
    await append(1)
    expect(await servers()).toBe(2 + 3)
  })

  test('the head has at most 64 numbers', async () => {
    await append(0)
    await add(63, 1)
    await append(1)
    expect(await servers()).toBe(64)
    expect(await brokers[0]?.history?.heads(['t'])).toMatchObject([{ offset: 2 }])
  })

  test('a new epoch keeps the numbers of the head', async () => {
    await append(0)
    const [head] = (await brokers[0]?.history?.heads(['t'])) ?? []
    await brokers[0]?.history?.restart('t', head?.epoch ?? '', WINDOW)
    expect(await servers()).toBe(1)
  })
})

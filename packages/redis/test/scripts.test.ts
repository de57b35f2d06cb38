import type { Broker } from '@wshub/core'
import { hasRedis, type RedisServer } from '../../../test/support/redis.js'
import { redisBroker } from '../src/index.js'
import { LIBRARIES } from './libraries.js'
import { QUIET } from './quiet.js'
import { redisServers } from './redis-pair.js'

const suite = hasRedis() ? describe : describe.skip

const WINDOW = { size: 2000, ttl: 60_000 }
const EMPTY = { offset: 0, epoch: '', tag: '' }

suite.each(LIBRARIES)('scripts after SCRIPT FLUSH: %s', (_, source) => {
  const start = redisServers()
  let server: RedisServer
  let broker: Broker

  beforeEach(async () => {
    server = await start()
    broker = redisBroker(source(server.url))
    await broker.connect(() => {}, QUIET)
  })

  afterEach(() => broker.close())

  const append = (n: number): unknown =>
    broker.history?.append('t', Buffer.from(String(n)), { ...WINDOW, known: EMPTY })

  test('appends keep their order while Redis keeps losing its scripts, and few commands carry the source of a script', async () => {
    const sent: unknown[] = []
    for (let n = 0; n < 1000; n += 1) {
      sent.push(append(n))
      if (n % 100 === 50) sent.push(server.command('SCRIPT', 'FLUSH'))
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(sent)
    const kept = await broker.history?.since('t', 1000, WINDOW)
    expect(kept?.entries.map(({ bytes }) => Number(bytes))).toEqual(Array.from({ length: 1000 }, (__, n) => n))
    expect(await calls(server, 'eval')).toBeGreaterThan(0)
    // The last flush may come after the last of the thousand.
    await append(1000)
    const before = await calls(server, 'eval')
    for (let n = 0; n < 100; n += 1) await append(n)
    expect(await calls(server, 'eval')).toBe(before)
  })
})

async function calls(server: RedisServer, command: string): Promise<number> {
  const stats = await server.command('INFO', 'commandstats')
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
}

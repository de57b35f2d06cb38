import { type HubError, Router } from '@wshub/core'
import { HubServer } from '../../core/test/hub-server.js'
import { until } from '../../../test/support/wait.js'
import { hasRedis, type RedisServer } from '../../../test/support/redis.js'
import { scale } from '../../../test/support/scale.js'
import { redisBroker, type RedisBrokerOptions } from '../src/index.js'
import { ALL_LIBRARIES, LIBRARIES } from './libraries.js'
import { redisServers } from './redis-pair.js'

// What onError receives while Redis refuses, fails and returns, and what hub.stats().broker contains.

const suite = hasRedis() ? describe : describe.skip

suite.each(scale(ALL_LIBRARIES, LIBRARIES.slice(0, 1)))('a Redis that refuses: %s', (_, source) => {
  const redis = redisServers()

  function hubServer(url: string, options: RedisBrokerOptions = {}): HubServer {
    const made = new HubServer({ router: new Router(), broker: redisBroker(source(url), options) })
    made.hub.createRoom(/^log:/, { history: { size: 500, ttl: 60_000 } })
    made.hub.createRoom(/^presence:/, { presence: true })
    return made
  }

  async function ready(url: string, options: RedisBrokerOptions = {}): Promise<HubServer> {
    const made = hubServer(url, options)
    await made.hub.ready
    return made
  }

  test('an outage is reported once, and stats().broker contains its start', async () => {
    const server = await redis()
    const here = await ready(server.url)
    expect(here.hub.stats().broker).toMatchObject({ state: 'connected', restored: 0 })
    await here.connect({ user: 'ada', rooms: ['a', 'log:1', 'presence:1'] })
    const before = Date.now()
    await server.kill()
    await until(() => here.failures.length > 0)
    await use(here)
    expect(codes(here)).toEqual(['broker_down'])
    const { broker } = here.hub.stats()
    expect(broker?.state).toBe('down')
    expect((broker?.since ?? 0) >= before - 10 && (broker?.since ?? Infinity) <= Date.now()).toBe(true)
    await server.start()
    await until(() => here.hub.stats().broker?.state === 'connected')
    expect(here.hub.stats().broker?.restored).toBe(1)
    await server.kill()
    await until(() => here.failures.length > 1)
    await use(here, 5)
    expect(codes(here)).toEqual(['broker_down', 'broker_down'])
  })

  test('stats().broker is down while Redis hangs, and connected afterwards', async () => {
    const server = await redis()
    const here = await ready(server.url, { timeout: 300 })
    server.pause()
    here.hub.room('a').emit('x')
    await until(() => here.hub.stats().broker?.state === 'down')
    server.resume()
    await until(() => here.hub.stats().broker?.state === 'connected')
    expect(codes(here)).toEqual(['broker_timeout'])
  })

  test('a closed hub reports no outage, nor does a hub that closes before it has connected', async () => {
    const server = await redis()
    const here = await ready(server.url)
    await here.hub.close()
    here.hub.emit('x')
    here.hub.room('log:1').emit('x')
    await server.kill()
    const there = hubServer(server.url)
    expect(there.hub.stats().broker?.state).toMatch(/connecting|down/)
    const refused = there.hub.ready.catch((error: unknown) => error)
    const before = codes(there)
    await there.hub.close()
    there.hub.emit('x')
    // Another hub over the same Redis reports the outage.
    const witness = hubServer(server.url)
    await until(() => witness.failures.length > 0)
    expect([codes(here), codes(there)]).toEqual([[], before])
    expect(await refused).toMatchObject({ code: 'closed' })
  })

  test('a Redis out of memory is reported once, with a remedy', async () => {
    const server = await redis()
    const here = await ready(server.url)
    await here.connect({ rooms: ['log:1'] })
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    await use(here)
    expect(codes(here)).toEqual(['broker_full'])
    expect(sentences(here)[0]).toMatch(/is out of memory and takes no writes\. Raise its maxmemory .*: .*OOM/)
  })

  test('a replica is reported once, with a remedy', async () => {
    const primary = await redis()
    const server = await redis('--replicaof', '127.0.0.1', String(primary.port))
    const here = await ready(server.url)
    await use(here)
    expect(codes(here)).toEqual(['broker_readonly'])
    expect(sentences(here)[0]).toMatch(/is a replica and takes no writes\..*: .*READONLY/)
  })

  test('a Redis that cannot save its data is reported once', async () => {
    const server = await redis('--save', '1 1', '--dir', '/proc')
    const here = await ready(server.url)
    await server.command('SET', 'x', '1')
    await server.command('BGSAVE')
    await until(async () => (await server.command('INFO', 'persistence')).includes('rdb_last_bgsave_status:err'))
    await use(here)
    expect(codes(here)).toEqual(['broker_misconfigured'])
  })

  test('a user without rights is reported once, with a remedy', async () => {
    const server = await redis()
    await server.command('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all')
    const here = await ready(`redis://app:secret@127.0.0.1:${server.port}`)
    await here.connect({ rooms: ['log:1'] })
    await server.command('ACL', 'SETUSER', 'app', '-xadd', '-publish', '-spublish')
    await use(here)
    expect(codes(here)).toEqual(['broker_denied'])
    expect(sentences(here)[0]).toMatch(/does not permit a command\. Give the user the rights/)
  })

  test('a changed password is reported beside the outage, and the broker reconnects once the old one is valid again', async () => {
    const server = await redis()
    await server.command('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all')
    const here = await ready(`redis://app:secret@127.0.0.1:${server.port}`)
    await server.command('ACL', 'SETUSER', 'app', '<secret', '>other')
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await until(() => codes(here).includes('broker_denied'))
    const before = await refusals(server)
    await until(async () => (await refusals(server)) >= before + 3, 10_000)
    await use(here)
    expect(codes(here)).toEqual(['broker_down', 'broker_denied'])
    expect(sentences(here)[1]).toMatch(
      /refuses the user or the password\. Give redisBroker\(\) those .*: .*(WRONGPASS|NOAUTH)/,
    )
    expect(sentences(here).join()).not.toContain('secret')
    await server.command('ACL', 'SETUSER', 'app', '>secret')
    await until(() => here.hub.stats().broker?.state === 'connected', 10_000)
  })

  test('a maxmemory-policy that evicts keys is reported once', async () => {
    const server = await redis('--maxmemory-policy', 'allkeys-lru')
    const here = await ready(server.url)
    await until(() => here.failures.length > 0)
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
    await until(() => here.hub.stats().broker?.state === 'connected' && here.failures.length > 1)
    await use(here, 5)
    expect(codes(here)).toEqual(['broker_evicts', 'broker_down'])
    expect(sentences(here)[0]).toContain('maxmemory-policy allkeys-lru')
    const other = await ready((await redis('--maxmemory', '100mb')).url)
    await use(other, 5)
    expect(codes(other)).toEqual([])
  })
})

const codes = ({ failures }: HubServer): string[] => failures.map(({ error }) => (error as HubError).code)
const sentences = ({ failures }: HubServer): string[] => failures.map(({ error }) => (error as Error).message)

/** Emits to a room with history and to one without. */
async function use({ hub }: HubServer, rounds = 20): Promise<void> {
  const { history } = hub.room('log:1')
  for (let n = 0; n < rounds; n += 1) {
    hub.room('log:1').emit('kept', n)
    hub.room('a').emit('n', n)
    // Answers come in order, so the emits have been answered by then, or have failed.
    await history?.position().catch(() => {})
  }
}

/** How often Redis has refused a password. */
async function refusals(server: RedisServer): Promise<number> {
  const stats = await server.command('INFO', 'errorstats')
  return Number(/errorstat_WRONGPASS:count=(\d+)/.exec(stats)?.[1] ?? 0)
}

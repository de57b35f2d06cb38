import { createSentinel } from '@redis/client'
import { type Broker, EMPTY_POSITION, Router } from '@wshub/core'
import type { TestClient } from '@wshub/core/testing'
import { HubServer } from '../../core/test/hub-server.js'
import { hasRedis, type RedisServer } from '../../../test/support/redis.js'
import { Sentinel } from '../../../test/support/sentinel.js'
import { TcpProxy } from '../../../test/support/tcp-proxy.js'
import { until } from '../../../test/support/wait.js'
import { RedisBroker } from '../src/broker.js'
import { redisBroker } from '../src/index.js'
import { driverFor, resolveRedisOptions } from '../src/options.js'
import { LIBRARIES, type Library } from './libraries.js'
import { QUIET } from './quiet.js'
import { redisServers } from './redis-pair.js'

// A client library may send a command again after later ones, or an old connection may deliver it late.

const WINDOW = { size: 2000, ttl: 60_000 }
const suite = hasRedis() ? describe : describe.skip
const ends: (() => unknown)[] = []

afterEach(async () => {
  // In reverse order, so that the broker closes before the sentinel and the proxy.
  for (const end of ends.splice(0).toReversed()) await end()
})

async function connected<B extends Broker>(broker: B): Promise<B> {
  ends.push(() => broker.close())
  await broker.connect(() => {}, QUIET)
  return broker
}

async function append({ history }: Broker, text: string): Promise<string> {
  try {
    await history?.append('t', Buffer.from(text), { ...WINDOW, known: EMPTY_POSITION })
    return 'kept'
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

async function kept({ history }: Broker): Promise<number[]> {
  const replay = await history?.since('t', WINDOW.size, WINDOW)
  return (replay?.entries ?? []).map(({ bytes }) => Number(String(bytes)))
}

suite.each(LIBRARIES)('an append that is sent again: %s', (_, source) => {
  const start = redisServers()

  test.each<[string, Repeat]>([
    ['not kept if a later one was executed before it', 'lost'],
    ['not kept twice if it was executed the first time', 'unanswered'],
  ])('a repeated append is %s', async (__, repeat) => {
    const { broker, sendAgain, repeatNext } = repeating(await start(), source)
    await connected(broker)
    repeatNext(repeat)
    const first = append(broker, '1')
    expect(await append(broker, '2')).toBe('kept')
    sendAgain()
    expect(await first).toBe('broker_overtaken')
    expect(await append(broker, '3')).toBe('kept')
    expect(await kept(broker)).toEqual(repeat === 'lost' ? [2, 3] : [1, 2, 3])
  })

  test('a repeated append gets its first answer if nothing was appended since', async () => {
    const { broker, sendAgain, repeatNext } = repeating(await start(), source)
    await connected(broker)
    repeatNext('unanswered')
    const first = append(broker, '1')
    await until(async () => (await kept(broker)).length === 1)
    sendAgain()
    expect(await first).toBe('kept')
    expect(await kept(broker)).toEqual([1])
  })

  test('an append that others have overtaken is delivered without a position, and every member gets a gap', async () => {
    const server = await start()
    const { broker, sendAgain, repeatNext } = repeating(server, source)
    const [here, there] = [hubServer(broker), hubServer(redisBroker(source(server.url)))]
    await Promise.all([here.hub.ready, there.hub.ready])
    const clients = [await member(here), await member(there)]
    repeatNext('lost')
    here.hub.room('log:1').emit('n', 1)
    here.hub.room('log:1').emit('n', 2)
    expect(await Promise.all(clients.map((client) => client.next('n')))).toMatchObject([{ payload: 2 }, { payload: 2 }])
    sendAgain()
    const unkept = await Promise.all(clients.map((client) => client.next('n')))
    expect(unkept).toMatchObject([{ payload: 1 }, { payload: 1 }])
    for (const message of unkept) expect(message).not.toHaveProperty('offset')
    await Promise.all(clients.map((client) => client.next('hub:gap')))
    expect(here.failures.map(({ error }) => (error as { code: string }).code)).toEqual(['broker_overtaken'])
  })
})

suite('a sentinel client of redis 6 whose connection is lost', () => {
  const start = redisServers()

  test('a server that sends an append again keeps its appends in order', async () => {
    const server = await start()
    const proxy = await TcpProxy.to(server.port)
    ends.push(() => proxy.close())
    const sentinel = await Sentinel.start(proxy.port)
    ends.push(() => sentinel.kill())
    const client = createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel.port }] })
    const broker = await connected(redisBroker({ client }))
    proxy.stall({ direction: 'up' })
    const late = append(broker, '0')
    await until(() => proxy.held > 0)
    const later: Promise<string>[] = []
    const timer = setInterval(() => later.push(append(broker, String(later.length + 1))), 5)
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
    proxy.mend()
    const code = await late.finally(() => clearInterval(timer))
    expect(await Promise.all(later)).toContain('kept')
    const numbers = await kept(broker)
    // This code shows that the library has sent the append again. Otherwise the error would be the lost connection.
    expect(code).toBe('broker_overtaken')
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  })
})

/** Whether the first append is lost, or only its answer. */
type Repeat = 'lost' | 'unanswered'

/** A broker whose next append takes effect, or takes effect again, once `sendAgain` is called. */
function repeating(
  server: RedisServer,
  source: Library[1],
): { readonly broker: RedisBroker; readonly repeatNext: (repeat: Repeat) => void; readonly sendAgain: () => void } {
  const settings = resolveRedisOptions({})
  const driver = driverFor(source(server.url), settings)
  const call = driver.call.bind(driver)
  let next: Repeat | undefined
  let sendAgain: (() => void) | undefined
  driver.call = async (key, args) => {
    if (!next || args[0] !== 'EVALSHA') return call(key, args)
    const again = new Promise<void>((resolve) => (sendAgain = resolve))
    const first = next === 'unanswered' ? call(key, args) : undefined
    next = undefined
    await Promise.all([first, again])
    return call(key, args)
  }
  return {
    broker: new RedisBroker(driver, settings),
    repeatNext: (repeat) => void (next = repeat),
    sendAgain: () => sendAgain?.(),
  }
}

function hubServer(broker: Broker): HubServer {
  const made = new HubServer({ router: new Router(), broker })
  made.hub.createRoom(/^log:/, { history: { size: 500, ttl: 60_000 } })
  return made
}

async function member(server: HubServer): Promise<TestClient> {
  const { client, connection } = await server.connect()
  await connection.join('log:1')
  return client
}

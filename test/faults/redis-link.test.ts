import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisBrokerOptions } from '@wshub/redis'
import type { HubServer } from '../../packages/core/test/hub-server.js'
import { leasesRenewed, RENEWALS_PER_LEASE } from '../support/leases.js'
import { hasRedis, type RedisServer } from '../support/redis.js'
import { scale, report } from '../support/scale.js'
import { until } from '../support/wait.js'
import { LIBRARIES, Listener, reaches, redisSetup } from '../support/cluster.js'

// Faults of the link to Redis: it hangs, is closed, is slow, overflows or is half-open.

const suite = hasRedis() ? describe : describe.skip
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** The defaults; in `npm test` a lease that is shorter than the pause. */
const SHORT_LEASES: RedisBrokerOptions = scale({}, { timeout: 500, lease: 600 })

/** The presence messages of a room: joins and leaves, or a list after changes that may have been missed. */
interface Change {
  readonly joined?: readonly Named[]
  readonly left?: readonly string[]
  readonly entries?: readonly Named[]
}

interface Named {
  readonly user: string
}

function hasUser(named: readonly Named[] | undefined, user: string): boolean | undefined {
  return named?.some((one) => one.user === user)
}

interface TwoServers {
  readonly server: RedisServer
  readonly here: HubServer
  readonly there: HubServer
  /** The messages that the user of each server gets. */
  readonly listener: Listener
  readonly distant: Listener
}

/** Emits a message into a room with history and one without, every 10 ms, for `ms` milliseconds. @returns the number of messages */
async function emitFor(ms: number, { hub }: HubServer): Promise<number> {
  const begun = performance.now()
  let sent = 0
  while (performance.now() - begun < ms) {
    hub.room('a').emit('n', sent)
    hub.room('log').emit('kept', sent)
    sent += 1
    await sleep(10)
  }
  return sent
}

suite.each(scale(LIBRARIES, LIBRARIES.slice(0, 1)))('the way to Redis over %s', (_, source) => {
  const { redis, proxy, hubServer } = redisSetup()

  /** Two servers, each with a user in a room of each kind, of whom the other server knows. */
  async function twoServers(options: RedisBrokerOptions): Promise<TwoServers> {
    const server = await redis()
    const [here, there] = [hubServer(source(server), options), hubServer(source(server), options)]
    await Promise.all([here.hub.ready, there.hub.ready])
    const near = await here.connect({ user: 'ann', rooms: ['a', 'log', 'presence'] })
    const far = await there.connect({ user: 'bob', rooms: ['a', 'log', 'presence'] })
    const [listener, distant] = [new Listener(near.client), new Listener(far.client)]
    await reaches(here, distant, 'a')
    await reaches(here, distant, 'log')
    await until(async () => (await here.hub.room('presence').presence()).length === 2)
    return { server, here, there, listener, distant }
  }

  test('rooms deliver locally while Redis hangs, and those with history miss nothing afterwards', async () => {
    const pause = scale(10_000, 1200)
    const { server, here, there, listener, distant } = await twoServers(SHORT_LEASES)
    server.pause()
    const sent = await emitFor(pause, here)
    await until(() => listener.payloads('n').length === sent)
    expect(listener.payloads('n')).toEqual(numbers(sent))
    server.resume()
    await reaches(here, distant, 'a')
    await reaches(there, listener, 'log')
    // No message of a room with history arrives twice or out of order, whether it was kept or not.
    await until(() => listener.payloads('kept').length === sent)
    expect(listener.payloads('kept')).toEqual(numbers(sent))
    const kept = distant.payloads('kept') as number[]
    expect(kept).toEqual([...new Set(kept)].toSorted((one, other) => one - other))
    // The epoch shows a client that it may have missed messages, also if the server that could not keep them is silent.
    const epochs = (): number => new Set(distant.messages.flatMap(({ epoch }) => epoch ?? [])).size
    if (kept.length < sent) await until(() => reaches(there, distant, 'log').then(() => epochs() > 1))
    expect(here.failures.length).toBeLessThan(10)
    report({ 'ms of pause': pause, sent, 'reached the other': kept.length, failures: here.failures.length })
  }, 90_000)

  test('no user leaves a room because Redis has hung for longer than a lease', async () => {
    const { server, here, listener, distant } = await twoServers(SHORT_LEASES)
    server.pause()
    await emitFor(scale(10_000, 1200), here)
    server.resume()
    await reaches(here, distant, 'a')
    // If a server could not renew its own lease, it waits at least one lease before it removes members of other servers.
    await leasesRenewed(server, 2 * RENEWALS_PER_LEASE)
    await here.connect({ user: 'cem', rooms: ['presence'] })
    const known = (): Change[][] => [listener, distant].map((it) => it.payloads('hub:presence') as Change[])
    await until(() =>
      known().every((changes) => changes.some(({ joined, entries }) => hasUser(joined ?? entries, 'cem'))),
    )
    expect(
      known()
        .flat()
        .flatMap(({ left = [] }) => left),
    ).toEqual([])
    const missing = known()
      .flat()
      .flatMap(({ entries }) => ['ann', 'bob'].filter((user) => hasUser(entries, user) === false))
    expect(missing).toEqual([])
    expect(here.failures.length).toBeLessThan(10)
  }, 90_000)

  test('listening connections that Redis kills repeatedly reconnect, and rooms with history miss nothing', async () => {
    const rounds = scale(20, 3)
    const server = await redis()
    const [here, there] = [hubServer(source(server)), hubServer(source(server))]
    await Promise.all([here.hub.ready, there.hub.ready])
    const far = await there.connect({ rooms: ['a', 'log'] })
    const distant = new Listener(far.client)
    await reaches(here, distant, 'a')
    await reaches(here, distant, 'log')
    for (const round of numbers(rounds)) {
      for (const n of numbers(50)) here.hub.room('log').emit('kept', round * 50 + n)
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
      // The time between two faults: a reconnection may be under way or done.
      await sleep(20)
    }
    await until(() => distant.payloads('kept').length === rounds * 50, 20_000)
    expect(distant.payloads('kept')).toEqual(numbers(rounds * 50))
    await reaches(here, distant, 'a')
    expect(distant.messages.some(({ type }) => type === 'hub:gap')).toBe(false)
  }, 60_000)

  test('a subscriber whose output buffer overflows reconnects and gets what it missed', async () => {
    const count = scale(5000, 500)
    const server = await redis('--client-output-buffer-limit', 'pubsub 64kb 0 0')
    const [here, there] = [hubServer(source(server)), hubServer(source(server))]
    await Promise.all([here.hub.ready, there.hub.ready])
    const far = await there.connect({ rooms: ['a', 'log'] })
    const distant = new Listener(far.client)
    await reaches(here, distant, 'a')
    await reaches(here, distant, 'log')
    for (let n = 0; n < count; n += 1) {
      // A message larger than the output buffer overflows it however fast the other side reads.
      const filler = 'x'.repeat(n % 100 === 50 ? 100_000 : 500)
      here.hub.room('log').emit('kept', { n, filler })
      here.hub.room('a').emit('n', { n, filler })
      // Part of the load: without pauses no bytes would be read before the end.
      if (n % 50 === 49) await sleep(5)
    }
    const came = (type: string): number[] => distant.payloads(type).map((payload) => (payload as { n: number }).n)
    await until(() => came('kept').length >= count, 30_000)
    expect(came('kept')).toEqual(numbers(count))
    await reaches(here, distant, 'a')
    // Messages without history may be missing, but are in order and arrive once.
    expect(came('n')).toEqual([...new Set(came('n'))].toSorted((one, other) => one - other))
    const cuts = there.failures.filter(({ error }) => String(error).includes('was lost')).length
    expect(cuts).toBeGreaterThan(0)
    expect(came('n').length).toBeLessThan(count)
    report({ 'times cut': cuts, sent: count, 'of those without history': came('n').length })
  }, 90_000)

  test('messages whose replies are cut arrive locally once and in order, and at other servers at most once', async () => {
    const rounds = scale(30, 3)
    const server = await redis()
    const way = await proxy(server)
    const [here, there] = [hubServer(source(way)), hubServer(source(server))]
    await Promise.all([here.hub.ready, there.hub.ready])
    const near = await here.connect({ rooms: ['log'] })
    const far = await there.connect({ rooms: ['a', 'log'] })
    const [listener, distant] = [new Listener(near.client), new Listener(far.client)]
    for (const round of numbers(rounds)) {
      // Replies can be cut only once the link is up again.
      await reaches(here, distant, 'a')
      await reaches(there, listener, 'log')
      way.drip(150 + round, 1)
      for (const n of numbers(20)) here.hub.room('log').emit('n', round * 20 + n)
      // The fault comes at another moment in each round, so that it cuts a reply at another byte. Then the link stays closed.
      await (round === 0 ? until(() => distant.payloads('n').length > 0) : sleep((round * 37) % 90))
      way.cut()
      await sleep(5)
      way.mend()
    }
    await reaches(here, distant, 'log')
    await until(() => listener.payloads('n').length === rounds * 20)
    expect(listener.payloads('n')).toEqual(numbers(rounds * 20))
    const came = distant.payloads('n')
    expect(new Set(came).size).toBe(came.length)
    expect(came.length).toBeGreaterThan(0)
    report({ rounds, sent: rounds * 20, 'reached the other': came.length })
  }, 120_000)

  test('messages arrive whole and in order from a link that delivers a few bytes at a time', async () => {
    const count = scale(200, 15)
    const server = await redis()
    const way = await proxy(server)
    const [here, there] = [hubServer(source(server)), hubServer(source(way), { timeout: 60_000 })]
    await Promise.all([here.hub.ready, there.hub.ready])
    const far = await there.connect({ rooms: ['a', 'log'] })
    const distant = new Listener(far.client)
    await reaches(here, distant, 'a')
    await reaches(here, distant, 'log')
    way.drip(7, 1)
    for (const n of numbers(count)) {
      here.hub.room('log').emit('kept', n)
      here.hub.room('a').emit('n', n)
    }
    const { failures } = here
    await until(() => distant.payloads('n').length + distant.payloads('kept').length === 2 * count, 60_000)
    expect([distant.payloads('n'), distant.payloads('kept')]).toEqual([numbers(count), numbers(count)])
    expect([failures, there.failures]).toEqual([[], []])
    way.mend()
  }, 90_000)

  test('half-open connections to Redis are detected, reported once, and replaced', async () => {
    const server = await redis()
    const way = await proxy(server)
    const options = scale({}, { timeout: 500, lease: 600 })
    const [here, there] = [hubServer(source(server), options), hubServer(source(way), options)]
    await Promise.all([here.hub.ready, there.hub.ready])
    const far = await there.connect({ rooms: ['a'] })
    const distant = new Listener(far.client)
    await reaches(here, distant, 'a')
    const before = way.accepted
    way.pullCable()
    const begun = performance.now()
    await until(() => way.accepted >= before + 2, 40_000)
    report({ 'ms until noticed': performance.now() - begun })
    there.hub.room('a').emit('local')
    await until(() => distant.payloads('local').length === 1)
    way.mend()
    await reaches(here, distant, 'a')
    // Both connections were lost and commands were not answered, in one outage.
    expect(there.failures).toMatchObject([
      { stage: 'broker', error: { code: expect.stringMatching(/^broker_(down|timeout)$/) } },
    ])
  }, 120_000)
})

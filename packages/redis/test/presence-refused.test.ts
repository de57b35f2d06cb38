import type { Broker, BrokerPresence, HubError } from '@wshub/core'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { until } from '../../../test/support/wait.js'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { redisBroker } from '../src/index.js'

// Presence while Redis keeps refusing some topics: few are retried at once, and the other topics keep working.

const suite = hasRedis() ? describe : describe.skip
const ROOMS = 100
const refused = Array.from({ length: ROOMS }, (_, n) => `presence-no${n}`)
/** The keys that the user of Redis may still use: leases, users, and one room. */
const KEYS = ['~wshub:{servers}*', '~wshub:{hub/user/*', '~wshub:{hub/room/presence-ok}*']

/** A broker that counts the changes and lists of its presence that are in transit. */
class CountedBroker {
  readonly broker: Broker
  readonly #presence: BrokerPresence
  inFlight = 0
  maxInFlight = 0
  calls = 0

  constructor(broker: Broker) {
    if (!broker.presence) throw new Error('expected presence')
    this.#presence = broker.presence
    const presence = this.#counting()
    this.broker = new Proxy(broker, {
      get: (target, key) => {
        const value: unknown = key === 'presence' ? presence : Reflect.get(target, key, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  #counting(): BrokerPresence {
    const presence = this.#presence
    const begin = (): void => {
      this.calls += 1
      this.inFlight += 1
      this.maxInFlight = Math.max(this.maxInFlight, this.inFlight)
    }
    const end = (): void => void (this.inFlight -= 1)
    return {
      lease: presence.lease,
      open: (lease) => presence.open(lease),
      renew: (lease) => presence.renew(lease),
      release: (lease) => presence.release(lease),
      living: () => presence.living(),
      check: (topics, keep) => presence.check(topics, keep),
      sync: async (topic, change) => {
        begin()
        return Promise.resolve(presence.sync(topic, change)).finally(end)
      },
      async *list(topic) {
        begin()
        try {
          yield* presence.list(topic)
        } finally {
          end()
        }
      },
    }
  }
}

async function hubServer(broker: Broker): Promise<HubServer> {
  const made = new HubServer({ broker })
  made.hub.createRoom(/^presence-/, { presence: true })
  await made.hub.ready
  return made
}

async function isListed({ hub }: HubServer, room: string, user: string): Promise<boolean> {
  return (await hub.room(room).presence()).some((one) => one.user === user)
}

suite('a Redis that refuses some presence rooms', () => {
  let server: RedisServer

  beforeEach(async () => {
    server = await RedisServer.start()
    await server.command('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all')
  })

  afterEach(async () => {
    await closeHubServers()
    await server.kill()
  })

  test('at most sixteen refused topics are retried at once, one error is reported, and the users are listed once Redis permits it', async () => {
    const counted = new CountedBroker(
      redisBroker({ url: `redis://app:secret@127.0.0.1:${server.port}` }, { lease: 900 }),
    )
    const [here, there] = [
      await hubServer(counted.broker),
      await hubServer(redisBroker({ url: server.url }, { lease: 900 })),
    ]
    await server.command('ACL', 'SETUSER', 'app', 'resetkeys', ...KEYS)
    for (let at = 0; at < ROOMS; at += 50) {
      await here.connect({ user: `ann${at}`, rooms: refused.slice(at, at + 50) })
    }
    await until(() => here.failures.length > 0 && counted.calls > ROOMS && counted.inFlight === 0)
    Object.assign(counted, { calls: 0, maxInFlight: 0 })
    await until(() => counted.calls > 60, 20_000)
    expect(counted.maxInFlight).toBeLessThanOrEqual(16)
    await here.connect({ user: 'bob', rooms: ['presence-ok'] })
    await until(() => isListed(there, 'presence-ok', 'bob'), 10_000)
    expect(here.failures.map(({ error }) => (error as HubError).code)).toEqual(['broker_denied'])
    await server.command('ACL', 'SETUSER', 'app', 'allkeys')
    for (const [n, room] of refused.entries()) {
      await until(() => isListed(there, room, `ann${n - (n % 50)}`), 20_000)
    }
  })
})

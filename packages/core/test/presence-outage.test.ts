import type { Broker, BrokerPresence } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import type { HubServer } from './hub-server.js'
import { closeHubServers } from './hub-server.js'
import { presenceServer, receivedChanges } from './presence-support.js'
import { latch, until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

/** A broker of a network whose presence fails while `down` is set, and whose lease is short. */
class FlakyPresence implements BrokerPresence {
  readonly lease = 60
  down = false
  readonly #presence: BrokerPresence
  /** The leases that this server has opened. */
  readonly opened: string[] = []
  /** How often each method was called. */
  readonly calls = new Map<string, number>()

  constructor(presence: BrokerPresence | undefined) {
    if (!presence) throw new Error('expected presence')
    this.#presence = presence
  }

  open: BrokerPresence['open'] = async (lease) => {
    await this.#pass('open').open(lease)
    this.opened.push(lease)
  }
  renew: BrokerPresence['renew'] = async (lease) => this.#pass('renew').renew(lease)
  release: BrokerPresence['release'] = async (lease) => this.#pass('release').release(lease)
  living: BrokerPresence['living'] = async () => this.#pass('living').living()
  sync: BrokerPresence['sync'] = async (topic, change) => this.#pass('sync').sync(topic, change)
  list: BrokerPresence['list'] = (topic) => this.#pass('list').list(topic)
  check: BrokerPresence['check'] = async (topics, keep) => this.#pass('check').check(topics, keep)

  #pass(call: string): BrokerPresence {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1)
    if (this.down) throw new Error('down')
    return this.#presence
  }
}

function flaky(): { readonly network: MemoryNetwork; readonly presence: FlakyPresence; readonly here: HubServer } {
  const network = new MemoryNetwork()
  const broker = network.broker()
  const presence = new FlakyPresence(broker.presence)
  return { network, presence, here: presenceServer({ broker: proxied(broker, presence) }) }
}

test('room.presence() lists the users of this server while the store is down, and the outage is reported once', async () => {
  const { network, presence, here } = flaky()
  presence.down = true
  const there = presenceServer({ broker: network.broker() })
  const { connection } = await here.connect({ user: 'ann', rooms: ['a'] })
  expect(await here.hub.room('a').presence()).toEqual([{ user: 'ann', connections: [connection.id] }])
  await until(() => (presence.calls.get('open') ?? 0) > 3)
  expect(here.failures.length).toBe(2)
  expect(await there.hub.room('a').presence()).toEqual([])
  presence.down = false
  await until(async () => (await there.hub.room('a').presence()).length === 1)
})

test('hub:presence has a seq and the changes, or a seq and everybody after a list that failed', async () => {
  const { presence, here } = flaky()
  presence.down = true
  const { client, connection } = await here.connect({ user: 'ann', rooms: ['presence'] })
  expect(await here.hub.room('presence').presence()).toHaveLength(1)
  presence.down = false
  const first = { room: 'presence', seq: 1, reset: true, entries: [{ user: 'ann', connections: [connection.id] }] }
  expect(await client.next()).toEqual({ type: 'hub:presence', payload: first })
  const bob = await here.connect({ user: 'bob', rooms: ['presence'] })
  const joined = [{ user: 'bob', connections: [bob.connection.id] }]
  const second = { room: 'presence', seq: 2, joined, changed: [], left: [] }
  expect(await client.next()).toEqual({ type: 'hub:presence', payload: second })
})

test('a server that has lost its lease enters everybody again under another one', async () => {
  const { network, presence, here } = flaky()
  const there = presenceServer({ broker: network.broker() })
  const witness = await there.connect({ user: 'witness', rooms: ['presence'] })
  await here.connect({ user: 'ann', rooms: ['presence', 'a'] })
  await until(async () => (await there.hub.room('a').presence()).length === 1)
  for (const lease of presence.opened) await presence.release(lease)
  expect(await there.hub.room('a').presence()).toEqual([])
  await until(async () => (await there.hub.room('a').presence()).length === 1)
  expect(await there.hub.room('presence').presence()).toHaveLength(2)
  expect(await receivedChanges(witness.client, there)).toEqual(['+witness', '+ann'])
})

test('the first member is notified of a user who joins on another server before its own server has subscribed', async () => {
  const network = new MemoryNetwork()
  const broker = network.broker()
  const [gate, asked] = [latch(), latch()]
  const subscribe: Broker['subscribe'] = async (topic) => {
    if (topic.includes('presence')) asked.release()
    if (topic.includes('presence')) await gate.held
    await broker.subscribe(topic)
  }
  const here = presenceServer({ broker: overridden(broker, { subscribe }) })
  const there = presenceServer({ broker: network.broker() })
  const witness = await here.connect({ user: 'witness', rooms: ['presence'] })
  await asked.held
  const list = here.hub.room('presence').presence()
  const { connection } = await there.connect({ user: 'ann', rooms: ['presence'] })
  await there.hub.room('presence').presence()
  gate.release()
  expect((await list).map(({ user }) => user).toSorted()).toEqual(['ann', 'witness'])
  connection.leave('presence')
  await there.hub.room('presence').presence()
  expect(await receivedChanges(witness.client, here)).toEqual(['+witness', '-ann'])
})

function proxied<Target extends object>(broker: Target, presence: BrokerPresence): Target {
  return overridden(broker, { presence })
}

function overridden<Target extends object>(broker: Target, own: object): Target {
  return new Proxy(broker, {
    get: (target, key) => {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key) as unknown
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

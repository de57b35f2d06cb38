import type { Broker, BrokerPresence, Connection } from '../src/index.js'
import { MemoryNetwork, type TestClient } from '../src/testing/index.js'
import { closeHouses, House, latch, until } from './house.js'

// Who is where, by person, on one server and on several.

afterEach(closeHouses)

function house(options: ConstructorParameters<typeof House>[0] = {}): House {
  const made = new House(options)
  made.hub.createRoom(/^told/, { presence: true })
  return made
}

function alone(): [House, House] {
  const here = house()
  return [here, here]
}

function two(): [House, House] {
  const network = new MemoryNetwork()
  return [house({ broker: network.broker() }), house({ broker: network.broker() })]
}

/** Who came and went, as a client was told up to a mark. */
async function told(client: TestClient, { hub }: House): Promise<string[]> {
  await hub.room('told').presence()
  hub.emit('mark')
  const changes: string[] = []
  for (;;) {
    const { type, payload } = (await client.next()) as { type: string; payload: Record<string, string[]> }
    if (type === 'mark') return changes
    expect([type, payload.room]).toEqual(['hub:presence', 'told'])
    changes.push(...(payload.joined ?? []).map((user) => `+${user}`), ...(payload.left ?? []).map((user) => `-${user}`))
  }
}

describe.each([
  ['one server', alone],
  ['two servers', two],
])('on %s', (_, place) => {
  test('a room knows its people, each once with their tabs', async () => {
    const [here, there] = place()
    const one = await here.visit({ user: 'ann', rooms: ['a'] })
    const other = await there.visit({ user: 'ann', rooms: ['a'] })
    const bob = await there.visit({ user: 'bob', rooms: ['a'] })
    await here.visit({ rooms: ['a'] })
    await there.visit({ user: 'cat', rooms: ['b'] })
    const wanted = [
      { user: 'ann', connections: [one.connection.id, other.connection.id].toSorted() },
      { user: 'bob', connections: [bob.connection.id] },
    ]
    for (const { hub } of [here, there]) {
      await until(async () => (await hub.room('a').presence()).length === 2)
      const people = await hub.room('a').presence()
      const sorted = people.map(({ user, connections }) => ({ user, connections: [...connections].toSorted() }))
      expect(sorted.toSorted((a, b) => a.user.localeCompare(b.user))).toEqual(wanted)
    }
  })

  test('a person is found wherever they are, and is nowhere without a connection', async () => {
    const [here, there] = place()
    const { connection, client } = await there.visit({ user: 'ann' })
    await until(async () => (await here.hub.presence('ann')).connections.length === 1)
    expect(await here.hub.presence('ann')).toEqual({ user: 'ann', connections: [connection.id] })
    await client.close()
    await until(async () => (await here.hub.presence('ann')).connections.length === 0)
    expect(await here.hub.presence('ann')).toEqual({ user: 'ann', connections: [] })
    await expect(here.hub.presence(7 as never)).rejects.toThrow(TypeError)
  })

  test('the first tab is told, and the last', async () => {
    const [here, there] = place()
    const witness = await here.visit({ user: 'witness', rooms: ['told'] })
    await here.hub.room('told').presence()
    expect(await told(witness.client, here)).toEqual(['+witness'])
    const one = await there.visit({ user: 'ann', rooms: ['told'] })
    await there.hub.room('told').presence()
    expect(await told(witness.client, here)).toEqual(['+ann'])
    const other = await here.visit({ user: 'ann' })
    await other.connection.join('told')
    await here.hub.room('told').presence()
    one.connection.leave('told')
    await there.hub.room('told').presence()
    expect(await told(witness.client, here)).toEqual([])
    await other.client.close()
    await other.connection.closed
    expect(await told(witness.client, here)).toEqual(['-ann'])
  })

  test('who has no name is nobody, and a room that is not to be told is not', async () => {
    const [here, there] = place()
    const witness = await here.visit({ user: 'witness', rooms: ['told', 'a'] })
    await told(witness.client, here)
    await there.visit({ rooms: ['told'] })
    await there.visit({ user: 'ann', rooms: ['a'] })
    await there.hub.room('told').presence()
    expect(await told(witness.client, here)).toEqual([])
  })

  test('a thousand who come in one turn are few messages', async () => {
    const [here, there] = place()
    const witness = await here.visit({ rooms: ['told'] })
    await witness.connection.join('told')
    const crowd = await Promise.all(
      Array.from({ length: 100 }, async (__, n) => (await there.visit({ user: `u${n}` })).connection),
    )
    for (const connection of crowd) void connection.join('told')
    await there.hub.room('told').presence()
    await here.hub.room('told').presence()
    here.hub.emit('mark')
    const messages: unknown[] = []
    for (;;) {
      const message = (await witness.client.next()) as { type: string; payload?: { joined: string[] } }
      if (message.type === 'mark') break
      messages.push(...(message.payload?.joined ?? []))
      expect(message.payload?.joined.length).toBeGreaterThan(10)
    }
    expect(messages.length).toBe(100)
  })
})

test('a hundred who come in turn after turn are few messages too', async () => {
  const here = house()
  const witness = await here.visit({ rooms: ['told'] })
  const crowd: Connection[] = []
  for (let n = 0; n < 100; n += 1) crowd.push((await here.visit({ user: `u${n}` })).connection)
  for (const connection of crowd) {
    void connection.join('told')
    await new Promise((resolve) => setImmediate(resolve))
  }
  let joined = 0
  let messages = 0
  for (; joined < 100; messages += 1) {
    joined += ((await witness.client.next()) as unknown as { payload: { joined: string[] } }).payload.joined.length
  }
  expect(messages).toBeLessThan(20)
})

test('the people of a server that is gone are gone, and that is told', async () => {
  const network = new MemoryNetwork()
  const victim = network.broker()
  const here = house({ broker: network.broker() })
  const there = house({ broker: victim })
  const witness = await here.visit({ user: 'witness', rooms: ['told'] })
  await there.visit({ user: 'ann', rooms: ['told'] })
  await until(async () => (await here.hub.room('told').presence()).length === 2)
  network.crash(victim)
  expect((await here.hub.room('told').presence()).map(({ user }) => user)).toEqual(['witness'])
  expect(await told(witness.client, here)).toEqual(['+witness', '+ann', '-ann'])
})

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

function flaky(): { readonly network: MemoryNetwork; readonly presence: FlakyPresence; readonly here: House } {
  const network = new MemoryNetwork()
  const broker = network.broker()
  const presence = new FlakyPresence(broker.presence)
  return { network, presence, here: house({ broker: proxied(broker, presence) }) }
}

test('room.presence() lists the users of this server while the store is down, and the outage is reported once', async () => {
  const { network, presence, here } = flaky()
  presence.down = true
  const there = house({ broker: network.broker() })
  const { connection } = await here.visit({ user: 'ann', rooms: ['a'] })
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
  const { client } = await here.visit({ user: 'ann', rooms: ['told'] })
  expect(await here.hub.room('told').presence()).toHaveLength(1)
  presence.down = false
  const first = { room: 'told', seq: 1, reset: true, present: ['ann'] }
  expect(await client.next()).toEqual({ type: 'hub:presence', payload: first })
  await here.visit({ user: 'bob', rooms: ['told'] })
  const second = { room: 'told', seq: 2, joined: ['bob'], left: [] }
  expect(await client.next()).toEqual({ type: 'hub:presence', payload: second })
})

test('a server that has lost its lease enters everybody again under another one', async () => {
  const { network, presence, here } = flaky()
  const there = house({ broker: network.broker() })
  const witness = await there.visit({ user: 'witness', rooms: ['told'] })
  await here.visit({ user: 'ann', rooms: ['told', 'a'] })
  await until(async () => (await there.hub.room('a').presence()).length === 1)
  for (const lease of presence.opened) await presence.release(lease)
  expect(await there.hub.room('a').presence()).toEqual([])
  await until(async () => (await there.hub.room('a').presence()).length === 1)
  expect(await there.hub.room('told').presence()).toHaveLength(2)
  expect(await told(witness.client, there)).toEqual(['+witness', '+ann'])
})

test('a user who joins elsewhere before the subscription of the first member is told to that member', async () => {
  const network = new MemoryNetwork()
  const broker = network.broker()
  const [gate, asked] = [latch(), latch()]
  const subscribe: Broker['subscribe'] = async (topic) => {
    if (topic.includes('told')) asked.release()
    if (topic.includes('told')) await gate.held
    await broker.subscribe(topic)
  }
  const here = house({ broker: overridden(broker, { subscribe }) })
  const there = house({ broker: network.broker() })
  const witness = await here.visit({ user: 'witness', rooms: ['told'] })
  await asked.held
  const list = here.hub.room('told').presence()
  const { connection } = await there.visit({ user: 'ann', rooms: ['told'] })
  await there.hub.room('told').presence()
  gate.release()
  expect((await list).map(({ user }) => user).toSorted()).toEqual(['ann', 'witness'])
  connection.leave('told')
  await there.hub.room('told').presence()
  expect(await told(witness.client, here)).toEqual(['+witness', '-ann'])
})

test('a room that does not tell here tells nobody here, whatever other servers do', async () => {
  const network = new MemoryNetwork()
  const [here, there] = [new House({ broker: network.broker() }), house({ broker: network.broker() })]
  const { client } = await here.visit({ user: 'ann', rooms: ['told'] })
  await there.visit({ user: 'bob', rooms: ['told'] })
  await until(async () => (await there.hub.room('told').presence()).length === 2)
  there.hub.room('told').emit('mark')
  expect(await client.next()).toMatchObject({ type: 'mark' })
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

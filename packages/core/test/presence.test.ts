import type { Connection } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { presenceServer, receivedChanges } from './presence-support.js'
import { until } from '../../../test/support/wait.js'

// Presence by user, on one server and on several.

afterEach(closeHubServers)

function alone(): [HubServer, HubServer] {
  const here = presenceServer()
  return [here, here]
}

function two(): [HubServer, HubServer] {
  const network = new MemoryNetwork()
  return [presenceServer({ broker: network.broker() }), presenceServer({ broker: network.broker() })]
}

describe.each([
  ['one server', alone],
  ['two servers', two],
])('on %s', (_, place) => {
  test('room.presence() lists each user once, with its connections', async () => {
    const [here, there] = place()
    const one = await here.connect({ user: 'ann', rooms: ['a'] })
    const other = await there.connect({ user: 'ann', rooms: ['a'] })
    const bob = await there.connect({ user: 'bob', rooms: ['a'] })
    await here.connect({ rooms: ['a'] })
    await there.connect({ user: 'cat', rooms: ['b'] })
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

  test('a user is listed in each room with one of its connections, and in none without a connection', async () => {
    const [here, there] = place()
    const { connection, client } = await there.connect({ user: 'ann' })
    await until(async () => (await here.hub.presence('ann')).connections.length === 1)
    expect(await here.hub.presence('ann')).toEqual({ user: 'ann', connections: [connection.id] })
    await client.close()
    await until(async () => (await here.hub.presence('ann')).connections.length === 0)
    expect(await here.hub.presence('ann')).toEqual({ user: 'ann', connections: [] })
    await expect(here.hub.presence(7 as never)).rejects.toThrow('A user must be named by a string, not by a number.')
  })

  test('a user joins with its first connection and leaves with its last one', async () => {
    const [here, there] = place()
    const witness = await here.connect({ user: 'witness', rooms: ['presence'] })
    await here.hub.room('presence').presence()
    expect(await receivedChanges(witness.client, here)).toEqual(['+witness'])
    const one = await there.connect({ user: 'ann', rooms: ['presence'] })
    await there.hub.room('presence').presence()
    expect(await receivedChanges(witness.client, here)).toEqual(['+ann'])
    const other = await here.connect({ user: 'ann' })
    await other.connection.join('presence')
    await here.hub.room('presence').presence()
    one.connection.leave('presence')
    await there.hub.room('presence').presence()
    expect(await receivedChanges(witness.client, here)).toEqual([])
    await other.client.close()
    await other.connection.closed
    expect(await receivedChanges(witness.client, here)).toEqual(['-ann'])
  })

  test('a connection without a user is in no presence list, and a room without presence announces no user', async () => {
    const [here, there] = place()
    const witness = await here.connect({ user: 'witness', rooms: ['presence', 'a'] })
    await receivedChanges(witness.client, here)
    await there.connect({ rooms: ['presence'] })
    await there.connect({ user: 'ann', rooms: ['a'] })
    await there.hub.room('presence').presence()
    expect(await receivedChanges(witness.client, here)).toEqual([])
  })

  test('a thousand users who join in one turn cause few messages', async () => {
    const [here, there] = place()
    const witness = await here.connect({ rooms: ['presence'] })
    await witness.connection.join('presence')
    const connections = await Promise.all(
      Array.from({ length: 100 }, async (__, n) => (await there.connect({ user: `u${n}` })).connection),
    )
    for (const connection of connections) void connection.join('presence')
    await there.hub.room('presence').presence()
    await here.hub.room('presence').presence()
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

test('a hundred users who join in successive turns cause few messages', async () => {
  const here = presenceServer()
  const witness = await here.connect({ rooms: ['presence'] })
  const connections: Connection[] = []
  for (let n = 0; n < 100; n += 1) connections.push((await here.connect({ user: `u${n}` })).connection)
  for (const connection of connections) {
    void connection.join('presence')
    await new Promise((resolve) => setImmediate(resolve))
  }
  let joined = 0
  let messages = 0
  for (; joined < 100; messages += 1) {
    joined += ((await witness.client.next()) as unknown as { payload: { joined: string[] } }).payload.joined.length
  }
  expect(messages).toBeLessThan(20)
})

test('the users of a crashed server leave, and members on other servers get the change', async () => {
  const network = new MemoryNetwork()
  const crashed = network.broker()
  const here = presenceServer({ broker: network.broker() })
  const there = presenceServer({ broker: crashed })
  const witness = await here.connect({ user: 'witness', rooms: ['presence'] })
  await there.connect({ user: 'ann', rooms: ['presence'] })
  await until(async () => (await here.hub.room('presence').presence()).length === 2)
  network.crash(crashed)
  expect((await here.hub.room('presence').presence()).map(({ user }) => user)).toEqual(['witness'])
  expect(await receivedChanges(witness.client, here)).toEqual(['+witness', '+ann', '-ann'])
})

test('a room without presence on this server announces no user to its members here, whatever other servers do', async () => {
  const network = new MemoryNetwork()
  const [here, there] = [new HubServer({ broker: network.broker() }), presenceServer({ broker: network.broker() })]
  const { client } = await here.connect({ user: 'ann', rooms: ['presence'] })
  await there.connect({ user: 'bob', rooms: ['presence'] })
  await until(async () => (await there.hub.room('presence').presence()).length === 2)
  there.hub.room('presence').emit('mark')
  expect(await client.next()).toMatchObject({ type: 'mark' })
})

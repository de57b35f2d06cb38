import { randomUUID } from 'node:crypto'
import type { Broker, Envelope } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { partsOf } from './internals.js'
import { cluster, enter, fakeServer, idOf } from './other-servers.js'
import { latch, turn, until } from '../../../test/support/wait.js'

// Requests to the other servers wait for each living server, whether or not the broker counts its receivers.

afterEach(closeHubServers)

const LONG = { timeout: 600_000 }

/** Servers whose broker does not know how many servers get a message, like that of a Redis Cluster. */
function uncounted(broker: Broker): Broker {
  const publish = broker.publish.bind(broker)
  return Object.assign(broker, {
    publish: async (topic: string, bytes: Uint8Array) => void (await publish(topic, bytes)),
  })
}

function uncountedNetwork(): MemoryNetwork {
  const network = new MemoryNetwork()
  const make = network.broker.bind(network)
  return Object.assign(network, { broker: () => uncounted(make()) })
}

describe('a broker that does not count its readers', () => {
  test('counts of all servers resolve once every living server has answered', async () => {
    const [one, two] = (await cluster(uncountedNetwork(), 3)) as [HubServer, HubServer]
    await two.connect()
    const stats = await one.hub.stats({ cluster: true, ...LONG })
    expect(stats).toMatchObject({ connections: 1, partial: false, unanswered: [] })
    expect(stats.servers).toHaveLength(3)
  })

  test('counts list a living server that does not answer as missing', async () => {
    const network = uncountedNetwork()
    const [one] = (await cluster(network, 2)) as [HubServer]
    const { id } = await fakeServer(network, () => undefined)
    const stats = await one.hub.stats({ cluster: true, timeout: 300 })
    expect([stats.partial, stats.unanswered, stats.servers.length]).toEqual([true, [id], 2])
  })

  test('a request to a room ends once every server has answered, each member asked once', async () => {
    const [one, two, three] = (await cluster(uncountedNetwork(), 3)) as [HubServer, HubServer, HubServer]
    const peers = [await two.connect({ rooms: ['a'] }), await three.connect({ rooms: ['a', 'b'] })]
    await Promise.all(peers.map(({ connection }) => connection.join('a')))
    const asked = one.hub.to('a', 'b').request('who?', undefined, LONG)
    for (const [n, { client }] of peers.entries()) client.reply((await client.next()) as Envelope, n)
    expect(new Set((await asked).replies)).toEqual(new Set([0, 1]))
    expect((await asked).replies).toHaveLength(2)
    one.hub.emit('mark')
    for (const { client } of peers) expect(await client.next()).toEqual({ type: 'mark' })
  })

  test('a request to an empty room ends once every server has answered', async () => {
    const [one] = (await cluster(uncountedNetwork(), 3)) as [HubServer]
    expect(await one.hub.room('empty').request('who?', undefined, LONG)).toEqual({ replies: [], missing: [] })
  })

  test('a list does not wait for a server that has crashed', async () => {
    const network = uncountedNetwork()
    const [one] = (await cluster(network, 1)) as [HubServer]
    const broker = network.broker()
    const gone = randomUUID()
    await enter(broker, gone)
    await one.connect()
    const { cursor } = await one.hub.list({ cluster: true, limit: 1 })
    network.crash(broker)
    const page = await one.hub.list({ cluster: true, cursor, ...LONG })
    expect(page).toEqual({ connections: [], unanswered: [gone], complete: false })
  })
})

describe('the servers of a hub', () => {
  test('the other servers know a server from its start until its end', async () => {
    const network = new MemoryNetwork()
    const [one, two] = (await cluster(network, 2)) as [HubServer, HubServer]
    const { presence } = partsOf(one.hub)
    expect(await presence.otherServers()).toEqual(new Set([idOf(two)]))
    const three = new HubServer({ broker: network.broker() })
    await until(async () => (await presence.otherServers())?.has(idOf(three)) === true)
    await three.hub.close()
    expect(await presence.otherServers()).toEqual(new Set([idOf(two)]))
  })

  test('a server leaves no entry in the store when it closes', async () => {
    const network = new MemoryNetwork()
    const broker = network.broker()
    // A real store keeps entries that are not removed.
    const hubServer = new HubServer({ broker: Object.assign(broker, { close: () => {} }) })
    const listed = async (): Promise<number> => {
      let count = 0
      for await (const { members } of broker.presence?.list('hub/server/') ?? []) count += members.length
      return count
    }
    await until(async () => (await listed()) === 1)
    await hubServer.hub.close()
    expect(await listed()).toBe(0)
  })

  test('a hub that closes before its broker has connected is not entered afterwards', async () => {
    const broker = new MemoryNetwork().broker()
    const { held, release } = latch()
    const hubServer = new HubServer({ broker: Object.assign(broker, { connect: async () => held }) })
    await hubServer.hub.close()
    release()
    await hubServer.hub.ready
    for (let turns = 0; turns < 10; turns += 1) await turn()
    expect(await broker.presence?.living()).toEqual([])
  })

  test('an entry in the store that is not the id of a server is ignored', async () => {
    const network = new MemoryNetwork()
    const [one, two] = (await cluster(network, 2)) as [HubServer, HubServer]
    await enter(network.broker(), 'foreign-program-1')
    expect(await partsOf(one.hub).presence.otherServers()).toEqual(new Set([idOf(two)]))
  })
})

import { encodeMessage, decodeMessage } from '../src/cluster/cluster-message.js'
import { Router } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'
import { until } from '../../../test/support/wait.js'

// Requests of one server to the others.

afterEach(closeHubServers)

function three(): HubServer[] {
  const network = new MemoryNetwork()
  return Array.from({ length: 3 }, () => new HubServer({ router: new Router(), broker: network.broker() }))
}

describe('stats of the cluster', () => {
  test('stats of the cluster are those of every server and their sums', async () => {
    const [one, two] = three() as [HubServer, HubServer]
    await one.connect({ user: 'ann', rooms: ['a'] })
    await two.connect({ user: 'bob', rooms: ['a', 'b'] })
    await two.connect({ user: 'cat' })
    const stats = await one.hub.stats({ cluster: true })
    expect(stats).toMatchObject({ name: 'hub', connections: 3, users: 3, rooms: 3, opened: 3, partial: false })
    expect(stats.servers.map(({ connections }) => connections).toSorted((a, b) => a - b)).toEqual([0, 1, 2])
    expect(stats.servers[0]).toEqual(one.hub.stats())
  })

  test('stats of the cluster sum tables by key', async () => {
    const [one, two] = three() as [HubServer, HubServer]
    const peers = [await one.connect(), await two.connect(), await two.connect()]
    for (const { client } of peers) client.send('no envelope')
    for (const { client } of peers) await client.next()
    await Promise.all(peers.map(({ client }, n) => client.close(n === 0 ? 1000 : 4000 + n)))
    await Promise.all(peers.map(({ connection }) => connection.closed))
    const stats = await one.hub.stats({ cluster: true })
    expect(stats.rejected).toEqual({ invalid_message: 3 })
    expect(stats.closed).toEqual({ 1000: 1, other: 2 })
    expect([stats.received, stats.failed, stats.connections]).toEqual([3, 3, 0])
    expect(stats.servers.map(({ closed }) => closed)).toEqual(expect.arrayContaining([{ 1000: 1 }, { other: 2 }, {}]))
  })

  test('stats of the cluster are those of the process if there is only one', async () => {
    const hubServer = new HubServer()
    await hubServer.connect()
    expect(await hubServer.hub.stats({ cluster: true })).toEqual({
      ...hubServer.hub.stats(),
      partial: false,
      unanswered: [],
      outdated: [],
      servers: [hubServer.hub.stats()],
    })
    expect(hubServer.hub.stats({ cluster: false })).toEqual(hubServer.hub.stats())
  })

  test('stats of the cluster are partial if other servers do not answer or cannot be asked', async () => {
    const network = new Network()
    const mute = network.broker('mute')
    await mute.connect(() => {}, {} as never)
    await mute.subscribe('hub/server/')
    const hubServer = new HubServer({ broker: network.broker('here') })
    await hubServer.connect()
    expect(await hubServer.hub.stats({ cluster: true, timeout: 30 })).toMatchObject({ connections: 1, partial: true })
    const down = new HubServer({
      broker: { ...network.broker('down'), publish: async () => Promise.reject(new Error('down')) },
    })
    expect(await down.hub.stats({ cluster: true })).toMatchObject({ connections: 0, partial: true })
  })

  test('stats of the cluster count messages that could not be sent and messages that could not be read', async () => {
    const network = new Network()
    const broker = network.broker('here')
    let down = false
    const hubServer = new HubServer({
      broker: {
        ...broker,
        publish: async (topic, bytes) => (down ? Promise.reject(new Error('down')) : broker.publish(topic, bytes)),
      },
    })
    await hubServer.connect({ rooms: ['a'] })
    await until(() => network.topics('here').includes('hub/room/a'))
    const { hub } = hubServer
    hub.room('a').emit('received')
    await until(() => network.published.length === 1)
    const bytes = network.published[0]?.bytes ?? Buffer.alloc(0)
    network.inject('hub/room/a', Buffer.from('junk'))
    // A message to a room must not be on the topic of the hub.
    network.inject('hub/server/', bytes)
    expect(hub.stats()).toMatchObject({ unsent: 0, discarded: 2 })
    down = true
    for (let n = 0; n < 3; n += 1) hub.room('a').emit('refused')
    await until(() => hub.stats().unsent === 3)
    expect(hubServer.failures.length).toBeGreaterThan(0)
  })
})

test('a request of the cluster counts only answers among the messages of other servers', async () => {
  const network = new Network()
  const { hub } = new HubServer({ router: new Router(), broker: network.broker('here') })
  await hub.ready
  const asking = hub.room('a').request('number', undefined, { timeout: 300 })
  await until(() => network.published.length === 1)
  const { question } = decodeMessage(network.published[0]?.bytes ?? Buffer.alloc(0)) ?? {}
  const { id = '', server = '' } = question ?? {}
  const answers = [null, 'junk', { replies: [1] }, { missing: ['x'] }, { replies: 2, missing: [] }]
  for (const payload of [...answers, { replies: [3], missing: ['y'] }]) {
    const address = { scope: 'server', names: [server], except: new Set<string>() } as const
    network.inject(`hub/server/${server}`, encodeMessage({ id: undefined, address, answer: { id, payload } }))
  }
  expect(await asking).toEqual({ replies: [3], missing: ['y'] })
})

describe('a request to many', () => {
  test('a request to many reaches each connection of other servers once, also through a union', async () => {
    const [one, two] = three() as [HubServer, HubServer]
    const peers = [
      await one.connect({ user: 'ann', rooms: ['a', 'b'] }),
      await two.connect({ user: 'bob', rooms: ['a', 'b'] }),
      await two.connect({ user: 'cat', rooms: ['b'] }),
      await two.connect({ user: 'dan', rooms: ['c'] }),
    ]
    for (const [, { connection }] of peers.entries()) for (const room of connection.rooms) await connection.join(room)
    const asked = one.hub.to('a', 'b').request<string>('who?', { n: 1 })
    for (const { client, connection } of peers.slice(0, 3)) {
      const question = (await client.next()) as { type: string; payload: unknown; id: string }
      expect(question).toMatchObject({ type: 'who?', payload: { n: 1 } })
      client.reply(question, connection.user)
    }
    const { replies, missing } = await asked
    expect(new Set(replies)).toEqual(new Set(['ann', 'bob', 'cat']))
    expect(replies).toHaveLength(3)
    expect(missing).toEqual([])
  })

  test('a request to many lists connections of other servers that do not answer, before its timeout', async () => {
    const [one, two] = three() as [HubServer, HubServer]
    const { connection } = await two.connect({ user: 'ann' })
    expect(await one.hub.user('ann').request('who?', undefined, { timeout: 200 })).toEqual({
      replies: [],
      missing: [connection.id],
    })
  })

  test('a request to many is answered at once if the audience is empty', async () => {
    const [one] = three() as [HubServer]
    expect(await one.hub.room('empty').request('who?', undefined, { timeout: 60_000 })).toEqual({
      replies: [],
      missing: [],
    })
  })
})

import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'
import { until } from '../../../test/support/wait.js'

// hub.client(id): a connection by its id, on any server.

afterEach(closeHubServers)

function pair(): { readonly here: HubServer; readonly there: HubServer } {
  const network = new MemoryNetwork()
  return { here: new HubServer({ broker: network.broker() }), there: new HubServer({ broker: network.broker() }) }
}

test('a connection of another server is disconnected by its id, and no other', async () => {
  const { here, there } = pair()
  const [peer, other] = [await here.connect(), await here.connect()]
  there.hub.client(peer.connection.id).disconnect(4403, 'banned')
  expect(await peer.client.closed).toEqual({ code: 4403, reason: 'banned' })
  await until(() => here.hub.connections.size === 1)
  expect(other.connection.state).toBe('open')
})

test('a connection of another server gets events, joins and leaves by its id', async () => {
  const { here, there } = pair()
  const { client, connection } = await here.connect()
  there.hub.client(connection.id).emit('said', 1)
  expect(await client.next()).toEqual({ type: 'said', payload: 1 })
  there.hub.client(connection.id).join('a')
  await until(() => connection.in('a'))
  there.hub.client(connection.id).leave('a')
  await until(() => !connection.in('a'))
})

test('a disconnect of an unknown id disconnects no other connection', async () => {
  const { here, there } = pair()
  const { connection } = await here.connect()
  there.hub.client('2bnJoVH7rmrjYAyPO02Z').disconnect()
  // A later message on the same link has arrived.
  there.hub.client(connection.id).join('a')
  await until(() => connection.in('a'))
  expect(connection.state).toBe('open')
})

test('a message to connections of this server alone goes to no other server', async () => {
  const network = new Network()
  const here = new HubServer({ broker: network.broker('here') })
  const { client, connection } = await here.connect()
  here.hub.client(connection.id).emit('said', 1)
  expect(await client.next()).toEqual({ type: 'said', payload: 1 })
  expect(network.published).toEqual([])
})

test('an id must be a string', () => {
  const { hub } = new HubServer()
  expect(() => hub.client(5 as never)).toThrow('A connection must be named by a string, not by a number.')
})

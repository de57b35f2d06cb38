import { Router } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { decodeMessage } from '../src/cluster/cluster-message.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'

// except(): members of a room and connections are excluded on every server, also from recoveries.

afterEach(closeHubServers)

test('members of an excepted room are left out on every server', async () => {
  const network = new MemoryNetwork()
  const hubServers = [1, 2].map(() => new HubServer({ broker: network.broker() }))
  const [here, there] = hubServers as [HubServer, HubServer]
  const muted = await there.connect({ rooms: ['a', 'muted'] })
  const open = await there.connect({ rooms: ['a'] })
  here.hub.room('a').except({ room: 'muted' }).emit('said', 1)
  here.hub.room('a').emit('said', 2)
  expect(await muted.client.next()).toMatchObject({ payload: 2 })
  expect(await open.client.next()).toMatchObject({ payload: 1 })
  expect(await open.client.next()).toMatchObject({ payload: 2 })
})

test('members of an excepted room are not disconnected on any server', async () => {
  const network = new MemoryNetwork()
  const here = new HubServer({ broker: network.broker() })
  const there = new HubServer({ broker: network.broker() })
  const kept = await there.connect({ rooms: ['a', 'staff'] })
  const gone = await there.connect({ rooms: ['a'] })
  here.hub.room('a').except({ room: 'staff' }).disconnect(4403, 'closed')
  expect(await gone.client.closed).toEqual({ code: 4403, reason: 'closed' })
  expect(kept.connection.state).toBe('open')
})

test('a member of an excepted room does not get the message by recovering', async () => {
  const hubServer = new HubServer({ router: new Router() })
  const room = hubServer.hub.createRoom('a', { history: {} })
  room.except({ room: 'muted' }).emit('said', 'not for the muted')
  room.emit('said', 'for all')
  const { client } = await hubServer.connect({ rooms: ['a', 'muted'] })
  expect(await client.request('hub:recover', { room: 'a', last: 5 })).toMatchObject({ recovered: true, offset: 2 })
  expect(await client.next()).toMatchObject({ payload: 'for all', offset: 2 })
})

test('the last messages of a user exclude a message that excepted its connection, also after the connection has closed', async () => {
  const hubServer = new HubServer({ router: new Router() })
  const room = hubServer.hub.createRoom('a', { history: {} })
  const { client, connection } = await hubServer.connect({ user: 'ann' })
  await client.close()
  await connection.closed
  room.except(connection).emit('said', 'not for ann')
  room.emit('said', 'for all')
  const back = await hubServer.connect({ user: 'ann', rooms: ['a'] })
  await back.client.request('hub:recover', { room: 'a', last: 5 })
  expect(await back.client.next()).toMatchObject({ payload: 'for all' })
})

test('a message without a connection that has no user reaches other servers', async () => {
  const network = new MemoryNetwork()
  const here = new HubServer({ broker: network.broker() })
  const there = new HubServer({ broker: network.broker() })
  const { connection } = await here.connect({ rooms: ['a'] })
  const { client } = await there.connect({ rooms: ['a'] })
  here.hub.room('a').except(connection).emit('said', 1)
  expect(await client.next()).toEqual({ type: 'said', payload: 1, room: 'a' })
})

test('a message of an audience without exceptions names none to other servers', async () => {
  const network = new Network()
  const here = new HubServer({ broker: network.broker('here') })
  const { connection } = await here.connect({ user: 'ann' })
  const addresses = (): unknown[] => network.published.splice(0).map(({ bytes }) => decodeMessage(bytes)?.address)
  addresses()
  here.hub.room('a').except().emit('x')
  here.hub.room('a').except(connection.id).emit('x')
  here.hub.room('a').except(connection, { room: 'b' }).emit('x')
  const named = { scope: 'room', names: ['a'], except: new Set([connection.id]) }
  const all = { exceptRooms: ['b'], exceptUsers: new Set(['ann']) }
  expect(addresses()).toEqual([{ ...named, except: new Set() }, named, { ...named, ...all }])
})

test('a kept message excepts a connection of another server', async () => {
  const network = new MemoryNetwork()
  const hubServers = [1, 2].map(() => new HubServer({ router: new Router(), broker: network.broker() }))
  const [here, there] = hubServers as [HubServer, HubServer]
  for (const { hub } of hubServers) hub.createRoom('a', { history: {} })
  const { client, connection } = await there.connect({ user: 'ann' })
  await connection.join('a')
  here.hub.room('a').except(connection.id).emit('said', 1)
  here.hub.room('a').emit('said', 2)
  expect(await client.next()).toMatchObject({ payload: 2 })
})

test('an excepted room needs a name that is a string', () => {
  const { hub } = new HubServer()
  expect(() => hub.except({ room: 5 } as never)).toThrow('except({ room }) needs the name of a room')
  expect(() => hub.except({ room: 5 } as never)).toThrow(TypeError)
})

test('except() with an object that has an id excepts a connection, also if the object has a room', async () => {
  const hubServer = new HubServer()
  const { connection } = await hubServer.connect({ rooms: ['a'] })
  const other = await hubServer.connect({ rooms: ['a'] })
  expect(hubServer.hub.except({ id: connection.id, room: 'a' }).members()).toEqual([other.connection])
})

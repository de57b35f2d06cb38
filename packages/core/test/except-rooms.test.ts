import { Router } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

// except({ room }): members of a room are left out, on every server, now and when somebody recovers.

afterEach(closeHubServers)

test('members of an excepted room are left out on every server', async () => {
  const network = new MemoryNetwork()
  const hubServers = [1, 2].map(() => new HubServer({ broker: network.broker() }))
  const [here, there] = hubServers as [HubServer, HubServer]
  const muted = await there.visit({ rooms: ['a', 'muted'] })
  const open = await there.visit({ rooms: ['a'] })
  here.hub.room('a').except({ room: 'muted' }).emit('said', 1)
  here.hub.room('a').emit('said', 2)
  expect(await muted.client.next()).toMatchObject({ payload: 2 })
  expect(await open.client.next()).toMatchObject({ payload: 1 })
  expect(await open.client.next()).toMatchObject({ payload: 2 })
})

test('members of an excepted room are not sent away on any server', async () => {
  const network = new MemoryNetwork()
  const here = new HubServer({ broker: network.broker() })
  const there = new HubServer({ broker: network.broker() })
  const kept = await there.visit({ rooms: ['a', 'staff'] })
  const gone = await there.visit({ rooms: ['a'] })
  here.hub.room('a').except({ room: 'staff' }).disconnect(4403, 'closed')
  expect(await gone.client.closed).toEqual({ code: 4403, reason: 'closed' })
  expect(kept.connection.state).toBe('open')
})

test('a member of an excepted room does not get the message by recovering', async () => {
  const hubServer = new HubServer({ router: new Router() })
  const room = hubServer.hub.createRoom('a', { history: {} })
  room.except({ room: 'muted' }).emit('said', 'not for the muted')
  room.emit('said', 'for all')
  const { client } = await hubServer.visit({ rooms: ['a', 'muted'] })
  expect(await client.request('hub:recover', { room: 'a', last: 5 })).toMatchObject({ recovered: true, offset: 2 })
  expect(await client.next()).toMatchObject({ payload: 'for all', offset: 2 })
})

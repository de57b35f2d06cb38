import { Router } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHouses, House } from './house.js'

// except({ room }): members of a room are left out, on every server, now and when somebody recovers.

afterEach(closeHouses)

test('members of an excepted room are left out on every server', async () => {
  const network = new MemoryNetwork()
  const houses = [1, 2].map(() => new House({ broker: network.broker() }))
  const [here, there] = houses as [House, House]
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
  const here = new House({ broker: network.broker() })
  const there = new House({ broker: network.broker() })
  const kept = await there.visit({ rooms: ['a', 'staff'] })
  const gone = await there.visit({ rooms: ['a'] })
  here.hub.room('a').except({ room: 'staff' }).disconnect(4403, 'closed')
  expect(await gone.client.closed).toEqual({ code: 4403, reason: 'closed' })
  expect(kept.connection.state).toBe('open')
})

test('a member of an excepted room does not get the message by recovering', async () => {
  const house = new House({ router: new Router() })
  const room = house.hub.createRoom('a', { history: {} })
  room.except({ room: 'muted' }).emit('said', 'not for the muted')
  room.emit('said', 'for all')
  const { client } = await house.visit({ rooms: ['a', 'muted'] })
  expect(await client.request('hub:recover', { room: 'a', last: 5 })).toMatchObject({ recovered: true, offset: 2 })
  expect(await client.next()).toMatchObject({ payload: 'for all', offset: 2 })
})

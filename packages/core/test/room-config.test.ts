import { HubError } from '../src/index.js'
import { closeHouses, House } from './house.js'
import { fill, refusal } from './rooms-support.js'

afterEach(closeHouses)

describe('a room that was created', () => {
  test('a room that was created stays without members, until it is removed', async () => {
    const house = new House()
    const room = house.hub.createRoom('lobby')
    const [one] = await fill(house, { rooms: ['lobby'] })
    expect(house.hub.room('lobby')).toBe(room)
    one.leave('lobby')
    expect([...house.hub.rooms.values()]).toEqual([room])
    expect([house.hub.removeRoom('lobby'), house.hub.removeRoom('lobby'), house.hub.rooms.size]).toEqual([
      true,
      false,
      0,
    ])
  })

  test('a room that was created stays when its last member is gone', async () => {
    const house = new House()
    house.hub.createRoom('lobby')
    const { client, connection } = await house.visit({ rooms: ['lobby'] })
    await client.close()
    await connection.closed
    expect([...house.hub.rooms.keys()]).toEqual(['lobby'])
  })

  test('a room can be created only once, even if it has members', async () => {
    const house = new House()
    await house.visit({ rooms: ['lobby'] })
    const room = house.hub.createRoom('lobby')
    expect(room.size).toBe(1)
    expect(await refusal(() => house.hub.createRoom('lobby'))).toMatchObject({
      code: 'room_exists',
      message: expect.stringContaining('"lobby"'),
    })
    expect(() => house.hub.createRoom('x', { maxMember: 1 } as object)).toThrow('There is no option maxMember; ')
    expect(() => house.hub.createRoom('x', { maxMembers: 0 })).toThrow(/^The option maxMembers must be .*connections/)
    expect(house.hub.rooms.has('x')).toBe(false)
  })

  test('a room that was created takes no more than maxMembers, by join or by handshake', async () => {
    const house = new House()
    house.hub.createRoom('duel', { maxMembers: 2 })
    const [one, two, three] = await fill(house, { rooms: ['duel'] }, {}, {})
    await two.join('duel')
    await two.join('duel')
    expect(await refusal(() => three.join('duel'))).toMatchObject({
      code: 'room_full',
      status: 503,
      message: expect.stringContaining('"duel"'),
    })
    expect(await refusal(() => house.visit({ rooms: ['other', 'duel'] }))).toMatchObject({ status: 503 })
    expect([three.rooms.size, house.hub.rooms.has('other')]).toEqual([0, false])
    one.leave('duel')
    await house.visit({ rooms: ['other', 'duel'] })
    expect(house.hub.room('duel').size).toBe(2)
    expect(await refusal(() => three.join('duel'))).toBeInstanceOf(HubError)
  })

  test('a room that was created gives its last slot to one of two clients that connect at once', async () => {
    const house = new House()
    house.hub.createRoom('duel', { maxMembers: 1 })
    const rooms = ['other', 'duel']
    const both = await Promise.allSettled([house.visit({ rooms }), house.visit({ rooms })])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect([house.hub.room('duel').size, house.hub.room('other').size]).toEqual([1, 1])
  })

  test('a room that was created releases the slot of a refused handshake', async () => {
    const house = new House({ limits: { maxConnections: 1 } })
    house.hub.createRoom('duel', { maxMembers: 2 })
    const { client, connection } = await house.visit({ rooms: ['duel'] })
    for (let n = 0; n < 3; n += 1) {
      expect(await refusal(() => house.visit({ rooms: ['duel'] }))).toMatchObject({ status: 503 })
    }
    await client.close()
    await connection.closed
    for (let n = 0; n < 3; n += 1) {
      const next = await house.visit({ rooms: ['duel'] })
      await next.client.close()
      await next.connection.closed
    }
    expect(house.hub.room('duel').size).toBe(0)
  })

  test('a room that is removed and created again forgets pending slots', async () => {
    const house = new House()
    house.hub.createRoom('duel', { maxMembers: 1 })
    await house.visit({ rooms: ['duel'] })
    house.hub.removeRoom('duel')
    house.hub.createRoom('duel', { maxMembers: 1 })
    await house.visit({ rooms: ['duel'] })
    expect(house.hub.room('duel').size).toBe(1)
  })
})

test('removeRoom sends everybody out, and tells them', async () => {
  const left: string[] = []
  const house = new House({ onLeave: (_, room) => left.push(room) })
  const all = await fill(house, { rooms: ['a', 'b'] }, { rooms: ['a'] })
  expect(house.hub.removeRoom('a')).toBe(true)
  expect(left).toEqual(['a', 'a'])
  expect(all.map(({ rooms }) => [...rooms])).toEqual([['b'], []])
  expect([...house.hub.rooms.keys()]).toEqual(['b'])
})

import { HubError } from '../src/index.js'
import { RoomConfigs } from '../src/rooms/room-config.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { fill, refusal } from './rooms-support.js'

afterEach(closeHubServers)

describe('a room that was created', () => {
  test('a room that was created stays without members, until it is removed', async () => {
    const hubServer = new HubServer()
    const room = hubServer.hub.createRoom('lobby')
    const [one] = await fill(hubServer, { rooms: ['lobby'] })
    expect(hubServer.hub.room('lobby')).toBe(room)
    one.leave('lobby')
    expect([...hubServer.hub.rooms.values()]).toEqual([room])
    expect([hubServer.hub.removeRoom('lobby'), hubServer.hub.removeRoom('lobby'), hubServer.hub.rooms.size]).toEqual([
      true,
      false,
      0,
    ])
  })

  test('a room that was created stays when its last member is gone', async () => {
    const hubServer = new HubServer()
    hubServer.hub.createRoom('lobby')
    const { client, connection } = await hubServer.connect({ rooms: ['lobby'] })
    await client.close()
    await connection.closed
    expect([...hubServer.hub.rooms.keys()]).toEqual(['lobby'])
  })

  test.each([null, 5, 'x'])('a room cannot be created with the options %p', (options) => {
    const { hub } = new HubServer()
    expect(() => hub.createRoom('lobby', options as never)).toThrow(/^The options must be an object, not /)
    expect(hub.rooms.size).toBe(0)
  })

  test('a room can be created only once, even if it has members', async () => {
    const hubServer = new HubServer()
    await hubServer.connect({ rooms: ['lobby'] })
    const room = hubServer.hub.createRoom('lobby')
    expect(room.size).toBe(1)
    expect(await refusal(() => hubServer.hub.createRoom('lobby'))).toMatchObject({
      code: 'room_exists',
      message: expect.stringContaining('"lobby"'),
    })
    expect(() => hubServer.hub.createRoom('x', { maxMember: 1 } as object)).toThrow('There is no option maxMember; ')
    expect(() => hubServer.hub.createRoom('x', { maxMembers: 0 })).toThrow(
      /^The option maxMembers must be .*connections/,
    )
    expect(() => hubServer.hub.createRoom('x', { history: { size: 0 } })).toThrow('The option history.size must be ')
    expect(() => hubServer.hub.createRoom('x', { presence: { limit: 0 } })).toThrow(
      'The option presence.limit must be ',
    )
    expect(hubServer.hub.rooms.has('x')).toBe(false)
  })

  test('a room that was created takes no more than maxMembers, by join or by handshake', async () => {
    const hubServer = new HubServer()
    hubServer.hub.createRoom('duel', { maxMembers: 2 })
    const [one, two, three] = await fill(hubServer, { rooms: ['duel'] }, {}, {})
    await two.join('duel')
    await two.join('duel')
    expect(await refusal(() => three.join('duel'))).toMatchObject({
      code: 'room_full',
      status: 503,
      message: expect.stringContaining('"duel"'),
    })
    expect(await refusal(() => hubServer.connect({ rooms: ['other', 'duel'] }))).toMatchObject({ status: 503 })
    expect([three.rooms.size, hubServer.hub.rooms.has('other')]).toEqual([0, false])
    one.leave('duel')
    await hubServer.connect({ rooms: ['other', 'duel'] })
    expect(hubServer.hub.room('duel').size).toBe(2)
    expect(await refusal(() => three.join('duel'))).toBeInstanceOf(HubError)
  })

  test('a room that was created gives its last slot to one of two clients that connect at once', async () => {
    const hubServer = new HubServer()
    hubServer.hub.createRoom('duel', { maxMembers: 1 })
    const rooms = ['other', 'duel']
    const both = await Promise.allSettled([hubServer.connect({ rooms }), hubServer.connect({ rooms })])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect([hubServer.hub.room('duel').size, hubServer.hub.room('other').size]).toEqual([1, 1])
  })

  test('a room that was created releases the slot of a refused handshake', async () => {
    const hubServer = new HubServer({ limits: { maxConnections: 1 } })
    hubServer.hub.createRoom('duel', { maxMembers: 2 })
    const { client, connection } = await hubServer.connect({ rooms: ['duel'] })
    for (let n = 0; n < 3; n += 1) {
      expect(await refusal(() => hubServer.connect({ rooms: ['duel'] }))).toMatchObject({ status: 503 })
    }
    await client.close()
    await connection.closed
    for (let n = 0; n < 3; n += 1) {
      const next = await hubServer.connect({ rooms: ['duel'] })
      await next.client.close()
      await next.connection.closed
    }
    expect(hubServer.hub.room('duel').size).toBe(0)
  })

  test('a room that is removed and created again forgets pending slots', async () => {
    const hubServer = new HubServer()
    hubServer.hub.createRoom('duel', { maxMembers: 1 })
    await hubServer.connect({ rooms: ['duel'] })
    hubServer.hub.removeRoom('duel')
    hubServer.hub.createRoom('duel', { maxMembers: 1 })
    await hubServer.connect({ rooms: ['duel'] })
    expect(hubServer.hub.room('duel').size).toBe(1)
  })
})

test('a room that was created without presence has none, although the rooms of its pattern have', () => {
  const configs = new RoomConfigs()
  configs.addPattern(/^a/, { presence: true })
  configs.add('a1', { presence: false })
  configs.add('a2', { maxMembers: 5 })
  expect(['a', 'a1', 'a2'].map((name) => configs.of(name).presence)).toEqual([
    { limit: Infinity },
    undefined,
    { limit: Infinity },
  ])
})

test('removeRoom removes all members and sends each hub:left', async () => {
  const left: string[] = []
  const hubServer = new HubServer({ onLeave: (_, room) => left.push(room) })
  const all = await fill(hubServer, { rooms: ['a', 'b'] }, { rooms: ['a'] })
  expect(hubServer.hub.removeRoom('a')).toBe(true)
  expect(left).toEqual(['a', 'a'])
  expect(all.map(({ rooms }) => [...rooms])).toEqual([['b'], []])
  expect([...hubServer.hub.rooms.keys()]).toEqual(['b'])
})

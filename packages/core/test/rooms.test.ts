import { closeHubServers, HubServer } from './hub-server.js'
import { fill, refusal } from './rooms-support.js'

// The members of rooms and audiences according to the hub: no test waits for a message.

afterEach(closeHubServers)

describe('a room', () => {
  test('a room exists while it has members', async () => {
    const hubServer = new HubServer()
    const [ann, bob] = await fill(hubServer, { rooms: ['a', 'a', 'b'] }, {})
    const { hub } = hubServer
    const room = hub.room('a')
    expect([room.size, room.has(ann), room.has(bob), room.has(ann.id), room.has('?')]).toEqual([
      1,
      true,
      false,
      true,
      false,
    ])
    expect([...hub.rooms.keys()]).toEqual(['a', 'b'])
    expect(hub.rooms.get('a')).toBe(hub.room('a'))
    await bob.join('a')
    expect(room.members()).toEqual([ann, bob])
    ann.leave('a')
    expect([room.size, hub.rooms.has('a'), ann.in('a')]).toEqual([1, true, false])
    bob.leave('a')
    expect([room.size, hub.rooms.has('a'), hub.stats().rooms]).toEqual([0, false, 1])
    ann.leave('a')
    ann.leave('never')
    expect(hub.stats().rooms).toBe(1)
  })

  test('a room loses a closed connection, which still lists its rooms in onClose', async () => {
    const hubServer = new HubServer()
    const { client, connection } = await hubServer.connect({ user: 'ann', session: 's', rooms: ['a', 'b'] })
    const [other] = await fill(hubServer, { rooms: ['b'] })
    await client.close()
    await connection.closed
    const { hub } = hubServer
    expect([...hub.rooms.keys()]).toEqual(['b'])
    expect(hub.room('b').members()).toEqual([other])
    expect([...connection.rooms]).toEqual(['a', 'b'])
    expect([hub.user('ann').members(), hub.session('s').members()]).toEqual([[], []])
    expect(hub.stats()).toMatchObject({ connections: 1, users: 0, rooms: 1 })
    expect(hub.connection(connection.id)).toBeUndefined()
  })

  test('a room takes no connection that is closing', async () => {
    const hubServer = new HubServer()
    const [one] = await fill(hubServer, {})
    one.close()
    expect(await refusal(() => one.join('a'))).toMatchObject({
      code: 'closed',
      message: expect.stringMatching(/connection is closed/),
    })
    expect(hubServer.hub.rooms.size).toBe(0)
  })

  test('the name of a room is a string within the limit of characters', async () => {
    const hubServer = new HubServer({ limits: { maxRoomNameLength: 5 } })
    const [one] = await fill(hubServer, {})
    await one.join('12345')
    for (const [name, said] of [
      ['', '""'],
      ['123456', '"123456"'],
      [5, 'a number'],
      [null, 'null'],
      [undefined, 'undefined'],
    ]) {
      expect(await refusal(() => one.join(name as string))).toMatchObject({
        code: 'invalid_room',
        status: 400,
        message: expect.stringMatching(new RegExp(`1 to 5 characters, not .*${String(said)}`)),
      })
    }
    expect([...one.rooms]).toEqual(['12345'])
    expect(() => hubServer.hub.createRoom('123456')).toThrow(/1 to 5 characters/)
  })

  test('a connection may be in a limited number of rooms', async () => {
    const hubServer = new HubServer({ limits: { maxRoomsPerConnection: 2 } })
    const [one] = await fill(hubServer, { rooms: ['a'] })
    await one.join('b')
    await one.join('b')
    expect(await refusal(() => one.join('c'))).toMatchObject({
      code: 'too_many_rooms',
      status: 429,
      message: expect.stringContaining('2 rooms'),
    })
    one.leave('a')
    await one.join('c')
    expect([...one.rooms]).toEqual(['b', 'c'])
    expect(await refusal(() => hubServer.connect({ rooms: ['a', 'b', 'c'] }))).toMatchObject({ status: 429 })
    // Named twice it is one.
    await hubServer.connect({ rooms: ['a', 'b', 'a'] })
  })
})

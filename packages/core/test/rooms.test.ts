import { type Audience, type Connection, type Identity, HubError, type Room } from '../src/index.js'
import { closeHouses, House, latch, until } from './house.js'

// Who is in which room and who is meant by an audience, as the hub itself tells it: nothing here waits for a message.

afterEach(closeHouses)

/** Lets in one connection for each description. */
async function fill(house: House, ...guests: Identity[]): Promise<Connection[]> {
  const connections: Connection[] = []
  for (const guest of guests) connections.push((await house.visit(guest)).connection)
  return connections
}

const inOrder = (numbers: number[]): number[] => numbers.toSorted((one, other) => one - other)

/** What a promise rejects with, or what is thrown. */
async function refusal(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
  } catch (error) {
    return error
  }
  return 'nothing was refused'
}

describe('an audience means', () => {
  const guests: Identity[] = [
    { user: 'ann', session: 's1', rooms: ['a'] },
    { user: 'ann', session: 's2', rooms: ['a', 'b'] },
    { user: 'bob', session: 's2', rooms: ['b'] },
    {},
  ]
  const cases: [string, (hub: House['hub'], all: Connection[]) => Audience, number[]][] = [
    ['everybody', (hub) => hub, [0, 1, 2, 3]],
    ['everybody but one', (hub, [, one]) => hub.except(one!), [0, 2, 3]],
    ['everybody but two, one after the other', (hub, all) => hub.except(all[1]!).except(all[3]!.id), [0, 2]],
    ['everybody but a stranger', (hub) => hub.except('n'.repeat(20)), [0, 1, 2, 3]],
    ['a room', (hub) => hub.room('a'), [0, 1]],
    ['a room but one', (hub, all) => hub.room('a').except(all[0]!), [1]],
    ['one room by to()', (hub) => hub.to('b'), [1, 2]],
    ['rooms, each once', (hub) => hub.to('a', 'b'), [0, 1, 2]],
    ['rooms, one of them empty', (hub) => hub.to('nowhere', 'b'), [1, 2]],
    ['rooms but one', (hub, all) => hub.to('a', 'b').except(all[1]!), [0, 2]],
    ['a user', (hub) => hub.user('ann'), [0, 1]],
    ['users', (hub) => hub.user('bob', 'ann'), [2, 0, 1]],
    ['a session', (hub) => hub.session('s2'), [1, 2]],
    ['sessions', (hub) => hub.session('s2', 's1'), [1, 2, 0]],
    ['a connection', (_, all) => all[2]!.except(), [2]],
    ['a connection but itself', (_, all) => all[2]!.except(all[2]!), []],
    ['no room', (hub) => hub.to(), []],
    ['no user', (hub) => hub.user(), []],
    ['an empty room', (hub) => hub.room('nowhere'), []],
    ['who has no name', (hub) => hub.user(''), []],
    ['a room that is called as somebody is', (hub) => hub.room('ann'), []],
  ]

  test.each(cases)('%s', async (_, audience, expected) => {
    const house = new House()
    const all = await fill(house, ...guests)
    const whom = audience(house.hub, all)
    expect(whom.members().map((one) => all.indexOf(one))).toEqual(expected)
    whom.join('new')
    expect(all.flatMap((one, n) => (one.in('new') ? [n] : []))).toEqual(inOrder(expected))
    whom.leave('new')
    expect(all.some((one) => one.in('new'))).toBe(false)
    whom.disconnect(4403, 'banned')
    expect(all.flatMap(({ state }, n) => (state === 'open' ? [] : [n]))).toEqual(inOrder(expected))
  })

  test('a connection that has gone means nobody', async () => {
    const house = new House()
    const { client, connection } = await house.visit()
    const alone = connection.except()
    expect(alone.members()).toEqual([connection])
    await client.close()
    await connection.closed
    expect(alone.members()).toEqual([])
  })

  test('is not changed by what is made of it', async () => {
    const house = new House()
    const [one] = await fill(house, {}, {})
    const others = house.hub.except(one!)
    expect(others.except().members()).toEqual(others.members())
    expect(house.hub.members()).toHaveLength(2)
    expect(others.members()).toHaveLength(1)
  })

  test.each([[undefined], [null], [5], [{}], [{ id: 5 }]])('%p is no connection to leave out', (one) => {
    const house = new House()
    expect(() => house.hub.except(one as never)).toThrow(TypeError)
    expect(() => house.hub.except(one as never)).toThrow('A connection must be given as such or by its id')
    expect(() => house.hub.room('a').has(one as never)).toThrow(TypeError)
  })
})

describe('a room', () => {
  test('exists while it has members', async () => {
    const house = new House()
    const [ann, bob] = (await fill(house, { rooms: ['a', 'a', 'b'] }, {})) as [Connection, Connection]
    const { hub } = house
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

  test('is left by who is gone, who still knows where it was', async () => {
    const house = new House()
    const { client, connection } = await house.visit({ user: 'ann', session: 's', rooms: ['a', 'b'] })
    const [other] = await fill(house, { rooms: ['b'] })
    await client.close()
    await connection.closed
    const { hub } = house
    expect([...hub.rooms.keys()]).toEqual(['b'])
    expect(hub.room('b').members()).toEqual([other])
    expect([...connection.rooms]).toEqual(['a', 'b'])
    expect([hub.user('ann').members(), hub.session('s').members()]).toEqual([[], []])
    expect(hub.stats()).toMatchObject({ connections: 1, users: 0, rooms: 1 })
    expect(hub.connection(connection.id)).toBeUndefined()
  })

  test('takes nobody who is closing', async () => {
    const house = new House()
    const [one] = await fill(house, {})
    one!.close()
    expect(await refusal(() => one!.join('a'))).toMatchObject({
      code: 'closed',
      message: expect.stringMatching(/connection is closed/),
    })
    expect(house.hub.rooms.size).toBe(0)
  })

  test('is named by a string of so many characters', async () => {
    const house = new House({ limits: { maxRoomNameLength: 5 } })
    const [one] = await fill(house, {})
    await one!.join('12345')
    for (const [name, said] of [
      ['', '""'],
      ['123456', '"123456"'],
      [5, 'a number'],
      [null, 'null'],
      [undefined, 'undefined'],
    ]) {
      expect(await refusal(() => one!.join(name as string))).toMatchObject({
        code: 'invalid_room',
        status: 400,
        message: expect.stringMatching(new RegExp(`1 to 5 characters, not .*${String(said)}`)),
      })
    }
    expect([...one!.rooms]).toEqual(['12345'])
    expect(() => house.hub.createRoom('123456')).toThrow(/1 to 5 characters/)
  })

  test('is one of so many that a connection may be in', async () => {
    const house = new House({ limits: { maxRoomsPerConnection: 2 } })
    const [one] = await fill(house, { rooms: ['a'] })
    await one!.join('b')
    await one!.join('b')
    expect(await refusal(() => one!.join('c'))).toMatchObject({
      code: 'too_many_rooms',
      status: 429,
      message: expect.stringContaining('2 rooms'),
    })
    one!.leave('a')
    await one!.join('c')
    expect([...one!.rooms]).toEqual(['b', 'c'])
    expect(await refusal(() => house.visit({ rooms: ['a', 'b', 'c'] }))).toMatchObject({ status: 429 })
    // Named twice it is one.
    await house.visit({ rooms: ['a', 'b', 'a'] })
  })
})

describe('a room that was created', () => {
  test('stays without members, until it is removed', async () => {
    const house = new House()
    const room = house.hub.createRoom('lobby')
    const [one] = await fill(house, { rooms: ['lobby'] })
    expect(house.hub.room('lobby')).toBe(room)
    one!.leave('lobby')
    expect([...house.hub.rooms.values()]).toEqual([room])
    expect([house.hub.removeRoom('lobby'), house.hub.removeRoom('lobby'), house.hub.rooms.size]).toEqual([
      true,
      false,
      0,
    ])
  })

  test('stays when its last member is gone', async () => {
    const house = new House()
    house.hub.createRoom('lobby')
    const { client, connection } = await house.visit({ rooms: ['lobby'] })
    await client.close()
    await connection.closed
    expect([...house.hub.rooms.keys()]).toEqual(['lobby'])
  })

  test('is created once, also where it has members', async () => {
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

  test('takes so many members and no more, joined or let in', async () => {
    const house = new House()
    house.hub.createRoom('duel', { maxMembers: 2 })
    const [one, two, three] = (await fill(house, { rooms: ['duel'] }, {}, {})) as [Connection, Connection, Connection]
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

  test('gives its last seat to one of two who come at once, whatever other rooms they want', async () => {
    const house = new House()
    house.hub.createRoom('duel', { maxMembers: 1 })
    const rooms = ['other', 'duel']
    const both = await Promise.allSettled([house.visit({ rooms }), house.visit({ rooms })])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect([house.hub.room('duel').size, house.hub.room('other').size]).toEqual([1, 1])
  })

  test('gives a seat back that a refused handshake was promised', async () => {
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

  test('that is removed and created again forgets who was promised a seat', async () => {
    const house = new House()
    house.hub.createRoom('duel', { maxMembers: 1 })
    await house.visit({ rooms: ['duel'] })
    house.hub.removeRoom('duel')
    house.hub.createRoom('duel', { maxMembers: 1 })
    await house.visit({ rooms: ['duel'] })
    expect(house.hub.room('duel').size).toBe(1)
  })
})

/** A house that writes down who comes and goes. */
function watched(more: object = {}): { house: House; steps: string[] } {
  const steps: string[] = []
  const house = new House({
    onJoin: ({ rooms }, room) => steps.push(`join ${room} of ${[...rooms].join()}`),
    onLeave: ({ rooms }, room) => steps.push(`leave ${room} of ${[...rooms].join()}`),
    ...more,
  })
  return { house, steps }
}

describe('onJoin and onLeave', () => {
  test('are told once of each coming and going, after it', async () => {
    const { house, steps } = watched()
    const { client, connection } = await house.visit({ rooms: ['a', 'a'] })
    await connection.join('b')
    await connection.join('b')
    connection.leave('b')
    connection.leave('b')
    await client.close()
    await until(() => steps.length === 4)
    expect(steps).toEqual(['join a of a', 'join b of a,b', 'leave b of a', 'leave a of a'])
  })

  test('are told after onOpen has begun, and then at once', async () => {
    const { held, release } = latch()
    const steps: string[] = []
    const { house } = watched({
      onJoin: (_: Connection, room: string) => steps.push(`join ${room}`),
      onLeave: (_: Connection, room: string) => steps.push(`leave ${room}`),
      onOpen: (connection: Connection) => {
        connection.leave('a')
        void connection.join('c')
        steps.push('open')
        return held
      },
    })
    const { connection } = await house.visit({ rooms: ['a', 'b'] })
    expect(steps).toEqual(['open', 'join a', 'join b', 'leave a', 'join c'])
    connection.leave('b')
    expect(steps.at(-1)).toBe('leave b')
    release()
  })

  test.each(['onJoin', 'onLeave'])('may be %s alone', async (only) => {
    const heard: string[] = []
    const house = new House({
      [only]: (_: Connection, room: string) => heard.push(room),
      onOpen: (connection: Connection) => {
        if (only === 'onLeave') connection.leave('a')
        heard.push('open')
      },
    })
    const { connection } = await house.visit({ rooms: ['a'] })
    expect(heard).toEqual(['open', 'a'])
    await connection.join('b')
    connection.leave('b')
    expect(heard).toEqual(['open', 'a', 'b'])
  })

  test.each([
    ['onJoin', 'join'],
    ['onLeave', 'leave'],
  ])('what %s throws is reported as %s, with the connection, and undoes nothing', async (hook, stage) => {
    const seen: unknown[] = []
    const house = new House({
      [hook]: () => {
        throw new Error('broken')
      },
      onError: (error, failure) => seen.push([(error as Error).message, failure.stage, failure.connection?.id]),
    })
    const [one] = await fill(house, {})
    await one!.join('a')
    one!.leave('a')
    expect(one!.in('a')).toBe(false)
    expect(seen).toEqual([['broken', stage, one!.id]])
  })
})

test('what onLeave throws for one who has gone is reported as leave', async () => {
  const house = new House({
    onLeave: () => {
      throw new Error('broken')
    },
  })
  const { client } = await house.visit({ rooms: ['a', 'b'] })
  await client.close()
  await until(() => house.failures.length === 2)
  expect(house.failures.map(({ stage }) => stage)).toEqual(['leave', 'leave'])
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

test('presence is each person once, with the tabs that are in the room', async () => {
  const house = new House()
  const all = await fill(
    house,
    { user: 'ann', rooms: ['a'] },
    { rooms: ['a'] },
    { user: 'bob' },
    { user: 'ann', rooms: ['a'] },
  )
  const room: Room = house.hub.room('a')
  expect(await room.presence()).toEqual([{ user: 'ann', connections: [all[0]!.id, all[3]!.id] }])
  await all[2]!.join('a')
  all[0]!.leave('a')
  expect(await room.presence()).toEqual([
    { user: 'ann', connections: [all[3]!.id] },
    { user: 'bob', connections: [all[2]!.id] },
  ])
})

test('what an audience is sent arrives, in every form and in order', async () => {
  const house = new House()
  const { client } = await house.visit()
  house.hub.send('text')
  house.hub.send(Buffer.from([1, 2]))
  house.hub.json([1, { a: 2 }])
  house.hub.emit('event', 3)
  house.hub.emit('bare')
  const got: unknown[] = []
  for (let n = 0; n < 5; n += 1) got.push(await client.next())
  expect(got).toEqual(['text', Buffer.from([1, 2]), '[1,{"a":2}]', { type: 'event', payload: 3 }, { type: 'bare' }])
  expect(() => house.hub.json(undefined)).toThrow(TypeError)
})

test('the joins of an audience that are refused are reported, one by one', async () => {
  const seen: unknown[] = []
  const house = new House({
    onError: (error, { stage, connection }) => seen.push([(error as HubError).code, stage, connection?.id]),
  })
  const all = await fill(house, {}, {}, {})
  house.hub.createRoom('one', { maxMembers: 1 })
  house.hub.join('one')
  await until(() => seen.length === 2)
  expect(house.hub.room('one').members()).toEqual([all[0]])
  expect(seen).toEqual([
    ['room_full', 'join', all[1]!.id],
    ['room_full', 'join', all[2]!.id],
  ])
})

describe('a request to many', () => {
  test('collects the replies, and who is missing', async () => {
    const house = new House()
    const [ann, bob, eve] = await Promise.all([house.visit(), house.visit(), house.visit()])
    const asked = house.hub.except(eve.connection).request('which', { n: 1 }, { timeout: 5000 })
    const question = (await ann.client.next()) as { type: string; id: string; payload: unknown }
    expect(question).toMatchObject({ type: 'which', payload: { n: 1 } })
    ann.client.reply(question, 'this')
    bob.client.terminate()
    expect(await asked).toEqual({ replies: ['this'], missing: [bob.connection.id] })
  })

  test('of nobody has no replies', async () => {
    expect(await new House().hub.request('which')).toEqual({ replies: [], missing: [] })
  })

  test.each([
    ['a type that is ours', 'hub:x', undefined, undefined],
    ['a payload without a JSON form', 'x', 1n, undefined],
    ['no time', 'x', undefined, { timeout: -1 }],
  ])('with %s is the mistake of who asks', async (_, type, payload, options) => {
    const house = new House()
    await fill(house, {})
    expect(await refusal(() => house.hub.request(type, payload, options))).toBeInstanceOf(TypeError)
  })
})

test.each([
  [1005, ''],
  [999, ''],
])('disconnect(%p, %j) is refused where it is said, also for nobody', (code, reason) => {
  expect(() => new House().hub.room('nobody').disconnect(code, reason)).toThrow(RangeError)
})

test('disconnect says 4401 where nothing else is said', async () => {
  const house = new House()
  const { client } = await house.visit()
  house.hub.disconnect()
  expect(await client.closed).toEqual({ code: 4401, reason: '' })
})

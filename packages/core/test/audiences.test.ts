import type { HubError } from '../src/index.js'
import { type Audience, type Connection, type Identity, type Room } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { fill, refusal } from './rooms-support.js'
import { latch, turn, until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

const inOrder = (numbers: number[]): number[] => numbers.toSorted((one, other) => one - other)

describe('an audience means', () => {
  const peers = [
    { user: 'ann', session: 's1', rooms: ['a'] },
    { user: 'ann', session: 's2', rooms: ['a', 'b'] },
    { user: 'bob', session: 's2', rooms: ['b'] },
    {},
  ] as const satisfies readonly Identity[]
  const cases: [
    string,
    (hub: HubServer['hub'], all: readonly [Connection, Connection, Connection, Connection]) => Audience,
    number[],
  ][] = [
    ['everybody', (hub) => hub, [0, 1, 2, 3]],
    ['everybody but one', (hub, [, one]) => hub.except(one), [0, 2, 3]],
    ['everybody but two, one after the other', (hub, all) => hub.except(all[1]).except(all[3].id), [0, 2]],
    ['everybody but an unknown id', (hub) => hub.except('n'.repeat(20)), [0, 1, 2, 3]],
    ['a room', (hub) => hub.room('a'), [0, 1]],
    ['a room but one', (hub, all) => hub.room('a').except(all[0]), [1]],
    ['one room by to()', (hub) => hub.to('b'), [1, 2]],
    ['rooms, each once', (hub) => hub.to('a', 'b'), [0, 1, 2]],
    ['rooms, one of them empty', (hub) => hub.to('nowhere', 'b'), [1, 2]],
    ['rooms but one', (hub, all) => hub.to('a', 'b').except(all[1]), [0, 2]],
    ['a user', (hub) => hub.user('ann'), [0, 1]],
    ['users', (hub) => hub.user('bob', 'ann'), [2, 0, 1]],
    ['a session', (hub) => hub.session('s2'), [1, 2]],
    ['sessions', (hub) => hub.session('s2', 's1'), [1, 2, 0]],
    ['a connection', (_, all) => all[2].except(), [2]],
    ['a connection but itself', (_, all) => all[2].except(all[2]), []],
    ['no room', (hub) => hub.to(), []],
    ['no user', (hub) => hub.user(), []],
    ['an empty room', (hub) => hub.room('nowhere'), []],
    ['who has no name', (hub) => hub.user(''), []],
    ['a room that is called as somebody is', (hub) => hub.room('ann'), []],
  ]

  test.each(cases)('%s', async (_, audience, expected) => {
    const hubServer = new HubServer()
    const all = await fill(hubServer, ...peers)
    const whom = audience(hubServer.hub, all)
    expect(whom.members().map((one) => all.indexOf(one))).toEqual(expected)
    whom.join('new')
    expect(all.flatMap((one, n) => (one.in('new') ? [n] : []))).toEqual(inOrder(expected))
    whom.leave('new')
    expect(all.some((one) => one.in('new'))).toBe(false)
    whom.disconnect(4403, 'banned')
    expect(all.flatMap(({ state }, n) => (state === 'open' ? [] : [n]))).toEqual(inOrder(expected))
  })

  test('an audience of a closed connection is empty', async () => {
    const hubServer = new HubServer()
    const { client, connection } = await hubServer.connect()
    const alone = connection.except()
    expect(alone.members()).toEqual([connection])
    await client.close()
    await connection.closed
    expect(alone.members()).toEqual([])
  })

  test('an audience is not changed by audiences derived from it', async () => {
    const hubServer = new HubServer()
    const [one] = await fill(hubServer, {}, {})
    const others = hubServer.hub.except(one)
    expect(others.except().members()).toEqual(others.members())
    expect(hubServer.hub.members()).toHaveLength(2)
    expect(others.members()).toHaveLength(1)
  })

  test.each([[undefined], [null], [5], [{}], [{ id: 5 }]])('except() throws for %p, which is no connection', (one) => {
    const hubServer = new HubServer()
    expect(() => hubServer.hub.except(one as never)).toThrow(TypeError)
    expect(() => hubServer.hub.except(one as never)).toThrow('A connection must be given as such or by its id')
    expect(() => hubServer.hub.room('a').has(one as never)).toThrow(TypeError)
  })
})

test('presence lists each user once, with its connections in the room', async () => {
  const hubServer = new HubServer()
  const all = await fill(
    hubServer,
    { user: 'ann', rooms: ['a'] },
    { rooms: ['a'] },
    { user: 'bob' },
    { user: 'ann', rooms: ['a'] },
  )
  const room: Room = hubServer.hub.room('a')
  expect(await room.presence()).toEqual([{ user: 'ann', connections: [all[3].id, all[0].id] }])
  await all[2].join('a')
  all[0].leave('a')
  expect(await room.presence()).toEqual([
    { user: 'ann', connections: [all[3].id] },
    { user: 'bob', connections: [all[2].id] },
  ])
})

test('messages to an audience arrive in every form and in order', async () => {
  const hubServer = new HubServer()
  const { client } = await hubServer.connect()
  hubServer.hub.send('text')
  hubServer.hub.send(Buffer.from([1, 2]))
  hubServer.hub.json([1, { a: 2 }])
  hubServer.hub.emit('event', 3)
  hubServer.hub.emit('bare')
  const got: unknown[] = []
  for (let n = 0; n < 5; n += 1) got.push(await client.next())
  expect(got).toEqual(['text', Buffer.from([1, 2]), '[1,{"a":2}]', { type: 'event', payload: 3 }, { type: 'bare' }])
  expect(() => hubServer.hub.json(undefined)).toThrow(TypeError)
})

test('the joins of an audience that are refused are reported, one by one', async () => {
  const seen: unknown[] = []
  const hubServer = new HubServer({
    onError: (error, { stage, connection }) => seen.push([(error as HubError).code, stage, connection?.id]),
  })
  const all = await fill(hubServer, {}, {}, {})
  hubServer.hub.createRoom('one', { maxMembers: 1 })
  hubServer.hub.join('one')
  await until(() => seen.length === 2)
  expect(hubServer.hub.room('one').members()).toEqual([all[0]])
  expect(seen).toEqual([
    ['room_full', 'join', all[1].id],
    ['room_full', 'join', all[2].id],
  ])
})

describe('a request to many', () => {
  test('a request to many resolves with the replies and the ids of the connections that did not answer', async () => {
    const hubServer = new HubServer()
    const [ann, bob, eve] = await Promise.all([hubServer.connect(), hubServer.connect(), hubServer.connect()])
    const asked = hubServer.hub.except(eve.connection).request('which', { n: 1 }, { timeout: 5000 })
    const question = (await ann.client.next()) as { type: string; id: string; payload: unknown }
    expect(question).toMatchObject({ type: 'which', payload: { n: 1 } })
    ann.client.reply(question, 'this')
    bob.client.terminate()
    expect(await asked).toEqual({ replies: ['this'], missing: [bob.connection.id] })
  })

  test('a request to an empty audience has no replies', async () => {
    expect(await new HubServer().hub.request('which')).toEqual({ replies: [], missing: [] })
  })

  test.each([
    ['a type that is ours', 'hub:x', undefined, undefined],
    ['a payload without a JSON form', 'x', 1n, undefined],
    ['no time', 'x', undefined, { timeout: -1 }],
  ])('a request to many with %s throws for its caller', async (_, type, payload, options) => {
    const hubServer = new HubServer()
    await fill(hubServer, {})
    expect(await refusal(() => hubServer.hub.request(type, payload, options))).toBeInstanceOf(TypeError)
  })
})

test.each([
  [1005, ''],
  [999, ''],
])('disconnect(%p, %j) throws, also for an empty audience', (code, reason) => {
  expect(() => new HubServer().hub.room('nobody').disconnect(code, reason)).toThrow(RangeError)
})

test('disconnect() without arguments closes with 4401', async () => {
  const hubServer = new HubServer()
  const { client } = await hubServer.connect()
  hubServer.hub.disconnect()
  expect(await client.closed).toEqual({ code: 4401, reason: '' })
})

test('a disconnect of a user refuses the handshakes of the user that are in progress, and no later one', async () => {
  const hubServer = new HubServer()
  const { held, release } = latch()
  const handshake = hubServer.connect(async () => {
    await held
    return { user: 'ann' }
  })
  await turn()
  hubServer.hub.user('ann').disconnect()
  release()
  await expect(handshake).rejects.toMatchObject({ status: 401 })
  expect((await hubServer.connect({ user: 'ann' })).connection.state).toBe('open')
})

import { closeHubServers } from './hub-server.js'
import { ask, join, type Joiner, JoinServer } from './joining.js'
import { until } from '../../../test/support/wait.js'

// Joins that end while authorize is pending: every late result is ignored.

afterEach(closeHubServers)

/** A hub server with a client whose join of `held:1` waits for `authorize`. */
async function waiting(): Promise<{ hubServer: JoinServer; peer: Joiner; joined: ReturnType<typeof join> }> {
  const hubServer = new JoinServer()
  const peer = await hubServer.connect({ user: 'ada', session: 's' })
  const joined = join(peer, 'held:1')
  await until(() => hubServer.asked.length === 1)
  return { hubServer, peer, joined }
}

const REMOVALS: [string, (hubServer: JoinServer, peer: Joiner) => unknown][] = [
  ['the client leaves', (_, peer) => ask(peer, 'hub:leave', { room: 'held:1' })],
  ['the app takes the connection out', (_, { connection }) => connection.leave('held:1')],
  ['the app takes the user out', ({ hub }) => hub.user('ada').leave('held:1')],
  ['the app takes the session out', ({ hub }) => hub.session('s').leave('held:1')],
  ['the app takes everybody out', ({ hub }) => hub.leave('held:1')],
  ['the room is emptied', ({ hub }) => hub.room('held:1').leave('held:1')],
  ['the members of the room are disconnected', ({ hub }) => hub.room('held:1').disconnect()],
  ['the room is removed', ({ hub }) => hub.removeRoom('held:1')],
]

test.each(REMOVALS)(
  'a join is answered left when %s, and a late result of authorize has no effect',
  async (_, remove) => {
    const { hubServer, peer, joined } = await waiting()
    await remove(hubServer, peer)
    expect(await joined).toEqual({ error: 'left' })
    hubServer.asked[0]?.allow()
    await peer.client.quiet()
    expect(peer.connection.rooms.size).toBe(0)
    expect(hubServer.hub.rooms.size).toBe(0)
  },
)

test('hub:leave of a room that the client is about to join is answered with a reply', async () => {
  const { peer } = await waiting()
  expect(await ask(peer, 'hub:leave', { room: 'held:1' })).toEqual({ reply: {} })
})

const OTHERS: [string, (hubServer: JoinServer, peer: Joiner) => unknown][] = [
  ['another room', ({ hub }) => hub.user('ada').leave('held:2')],
  ['another user', ({ hub }) => hub.user('bob').leave('held:1')],
  ['everybody but this connection', ({ hub }, { connection }) => hub.except(connection).leave('held:1')],
  ['the members of another room', ({ hub }) => hub.room('held:2').disconnect()],
]

test.each(OTHERS)('a removal of %s does not end a join', async (_, remove) => {
  const { hubServer, peer, joined } = await waiting()
  remove(hubServer, peer)
  hubServer.asked[0]?.allow()
  expect(await joined).toMatchObject({ reply: {} })
})

test('a join in progress continues if the app adds all connections to another room', async () => {
  const { hubServer, peer, joined } = await waiting()
  hubServer.hub.join('other')
  hubServer.asked[0]?.allow()
  expect(await joined).toMatchObject({ reply: {} })
  expect([...peer.connection.rooms]).toEqual(['other', 'held:1'])
})

test('a connection that is disconnected while the app decides joins nothing', async () => {
  const { hubServer, peer, joined } = await waiting()
  hubServer.hub.user('ada').disconnect()
  await peer.client.closed
  hubServer.asked[0]?.allow()
  await joined
  await until(() => hubServer.hub.connections.size === 0)
  expect([hubServer.hub.rooms.size, peer.connection.rooms.size, hubServer.failures]).toEqual([0, 0, []])
})

test('a client that closes while the app decides joins nothing, and a late failure is reported once', async () => {
  const { hubServer, peer, joined } = await waiting()
  peer.client.terminate()
  await joined
  await until(() => hubServer.hub.connections.size === 0)
  hubServer.asked[0]?.fail(new Error('a bug'))
  await until(() => hubServer.failures.length > 0)
  expect(hubServer.hub.rooms.size).toBe(0)
  expect(hubServer.failures).toMatchObject([{ stage: 'message', error: new Error('a bug') }])
})

test('a hub that closes answers joins unavailable, those in progress and new ones', async () => {
  const hubServer = new JoinServer()
  const peer = await hubServer.connect()
  const joined = join(peer, 'held:1')
  await until(() => hubServer.asked.length === 1)
  // A busy handler delays the end of the hub.
  const asked = peer.connection.request('sure?')
  asked.catch(() => {})
  const request = await peer.client.next('sure?')
  const closed = hubServer.hub.close({ within: 2000 })
  expect(await joined).toEqual({ error: 'unavailable' })
  peer.client.reply(request)
  hubServer.asked[0]?.allow()
  await closed
  expect([hubServer.hub.rooms.size, peer.connection.rooms.size]).toEqual([0, 0])
})

test('the second of two joins of a room gets recovering, whether the first waits for the app or for the store', async () => {
  const hubServer = new JoinServer()
  const peer = await hubServer.connect()
  const first = join(peer, 'held:1')
  await until(() => hubServer.asked.length === 1)
  expect(await join(peer, 'held:1')).toEqual({ error: 'recovering' })
  hubServer.asked[0]?.allow()
  expect(await first).toMatchObject({ reply: {} })
  expect(await join(peer, 'held:1')).toMatchObject({ reply: {} })
})

test('two rooms are authorised at the same time, and answered in the order in which authorize settles', async () => {
  const hubServer = new JoinServer()
  const peer = await hubServer.connect()
  const joins = [join(peer, 'held:1'), join(peer, 'held:2')]
  await until(() => hubServer.asked.length === 2)
  hubServer.asked[1]?.allow()
  expect(await joins[1]).toMatchObject({ reply: {} })
  expect([...peer.connection.rooms]).toEqual(['held:2'])
  hubServer.asked[0]?.allow(false)
  expect(await joins[0]).toEqual({ error: 'forbidden' })
})

test('the last place in a room is taken after authorize: of two joins for it, one is answered room_full', async () => {
  const hubServer = new JoinServer({}, { maxMembers: 1 })
  const [one, other] = [await hubServer.connect(), await hubServer.connect()]
  const joins = [join(one, 'held:1'), join(other, 'held:1')]
  await until(() => hubServer.asked.length === 2)
  for (const { allow } of hubServer.asked) allow()
  expect(await Promise.all(joins)).toEqual([{ reply: { connection: one.connection.id } }, { error: 'room_full' }])
  expect(hubServer.hub.room('held:1').size).toBe(1)
})

test('a join over limits.maxRoomsPerConnection is answered too_many_rooms after the verdict', async () => {
  const hubServer = new JoinServer({ limits: { maxRoomsPerConnection: 1 } })
  const peer = await hubServer.connect()
  const joins = [join(peer, 'held:1'), join(peer, 'held:2')]
  await until(() => hubServer.asked.length === 2)
  for (const { allow } of hubServer.asked) allow()
  expect(await Promise.all(joins)).toMatchObject([{ reply: {} }, { error: 'too_many_rooms' }])
})

test('eight joins of a connection are authorised at a time, the others wait their turn', async () => {
  const hubServer = new JoinServer()
  const peer = await hubServer.connect()
  const joins = Array.from({ length: 12 }, (_, n) => join(peer, `held:${n}`))
  await peer.client.request('hub:ping')
  expect(hubServer.asked.map(({ room }) => room)).toEqual(Array.from({ length: 8 }, (_, n) => `held:${n}`))
  hubServer.asked[3]?.allow(false)
  await joins[3]
  expect(hubServer.asked.length).toBe(9)
  for (let n = 0; n < 12; n += 1) {
    await until(() => hubServer.asked.length > n)
    hubServer.asked[n]?.allow()
  }
  expect((await Promise.all(joins)).filter((ending) => 'reply' in ending).length).toBe(11)
})

test('a cancelled join keeps its slot until authorize has settled', async () => {
  const hubServer = new JoinServer()
  const peer = await hubServer.connect()
  for (let n = 0; n < 8; n += 1) {
    void join(peer, `held:${n}`)
    await ask(peer, 'hub:leave', { room: `held:${n}` })
  }
  const ninth = join(peer, 'held:8')
  await peer.client.request('hub:ping')
  expect(hubServer.asked.length).toBe(8)
  hubServer.asked[0]?.allow()
  await until(() => hubServer.asked.length === 9)
  hubServer.asked[8]?.allow()
  expect(await ninth).toMatchObject({ reply: {} })
})

test('a connection with 128 joins that wait gets too_many_joins, and others are served', async () => {
  const hubServer = new JoinServer()
  const [peer, other] = [await hubServer.connect(), await hubServer.connect()]
  const joins = Array.from({ length: 137 }, (_, n) => join(peer, `held:${n}`))
  expect(await joins[136]).toEqual({ error: 'too_many_joins' })
  expect(await join(other, 'open:1')).toMatchObject({ reply: {} })
  expect(hubServer.asked.length).toBe(8)
})

/** Asks for a room and does not wait for the answer. */
function send({ client }: Joiner, room: string): void {
  client.send(JSON.stringify({ type: 'hub:join', id: room, payload: { room } }))
}

test('256 joins of a hub are authorised at a time, and 8,192 that wait for a slot are all decided once one is free', async () => {
  const hubServer = new JoinServer()
  const [blockers, joiners, late] = await Promise.all([
    Promise.all(Array.from({ length: 32 }, () => hubServer.connect())),
    Promise.all(Array.from({ length: 64 }, () => hubServer.connect())),
    hubServer.connect(),
  ])
  for (const one of blockers) for (let n = 0; n < 8; n += 1) send(one, `held:${n}`)
  await until(() => hubServer.asked.length === 256)
  for (const one of joiners) for (let n = 0; n < 128; n += 1) send(one, `open:${n}`)
  await Promise.all(joiners.map(({ connection }) => connection.ping()))
  expect(joiners.map(({ connection }) => connection.rooms.size)).toEqual(joiners.map(() => 0))
  expect(await join(late, 'open:1')).toEqual({ error: 'too_many_joins' })
  hubServer.asked[0]?.allow()
  await until(() => joiners.every(({ connection }) => connection.rooms.size === 128))
  expect(hubServer.failures).toEqual([])
  for (const { allow } of hubServer.asked) allow()
})

import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'
import { latch, until } from '../../../test/support/wait.js'

// What an app learns of joins and leaves that it asked for: from the promise it awaits, or else from onError and onLeave.

afterEach(closeHubServers)

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a refused join that nobody awaits reaches onError once', async () => {
  const hubServer = new HubServer()
  const { connection } = await hubServer.connect()
  void connection.join('')
  await until(() => hubServer.failures.length > 0)
  await turn()
  expect(hubServer.failures).toMatchObject([{ stage: 'join', error: { code: 'invalid_room' } }])
})

const AWAITING: [string, (joined: Promise<void>) => unknown][] = [
  ['await', async (joined) => joined.catch(() => {})],
  ['then', (joined) => joined.then(undefined, () => {})],
  ['finally', (joined) => joined.finally(() => {}).catch(() => {})],
  ['Promise.allSettled', async (joined) => Promise.allSettled([joined])],
  ['an async function that returns it', async (joined) => (async () => joined)().catch(() => {})],
]

test.each(AWAITING)('a refused join that %s handles is not reported', async (_, handle) => {
  const hubServer = new HubServer()
  const { connection } = await hubServer.connect()
  await handle(connection.join(''))
  await turn()
  await turn()
  expect(hubServer.failures).toEqual([])
})

test('a refused join of several rooms rejects with the first refusal, and the others are joined', async () => {
  const hubServer = new HubServer({ limits: { maxRoomNameLength: 3 } })
  const { connection } = await hubServer.connect()
  await expect(connection.join(['a', 'long', 'b'])).rejects.toMatchObject({ code: 'invalid_room' })
  expect([...connection.rooms]).toEqual(['a', 'b'])
  connection.leave(['a', 'b', 'c'])
  expect([...connection.rooms]).toEqual([])
})

test('refused joins of several rooms that nobody awaits are all reported, and of those that are awaited all but the first', async () => {
  const hubServer = new HubServer({ limits: { maxRoomNameLength: 3 } })
  const { connection } = await hubServer.connect()
  void connection.join(['long 1', 'a', 'long 2'])
  await until(() => hubServer.failures.length > 0)
  await turn()
  expect(hubServer.failures).toHaveLength(2)
  await expect(connection.join(['long 1', 'long 2'])).rejects.toThrow('long 1')
  await until(() => hubServer.failures.length > 2)
  await turn()
  expect(hubServer.failures.slice(2)).toMatchObject([{ error: { message: expect.stringContaining('long 2') } }])
})

test('a join of several rooms resolves once messages of other servers arrive for all of them', async () => {
  const network = new Network()
  const hubServer = new HubServer({ broker: network.broker('here') })
  const { connection } = await hubServer.connect()
  const { held, release } = latch()
  network.hold = held
  const joined = connection.join(['a', 'b']).then(() => network.topics('here'))
  await turn()
  release()
  expect(await joined).toEqual(expect.arrayContaining(['hub/room/a', 'hub/room/b']))
})

test('a client that does not speak the protocol gets no hub:left', async () => {
  const hubServer = new HubServer()
  const { client, connection } = await hubServer.connect({ rooms: ['a'] })
  connection.leave('a')
  connection.send('mark')
  expect(await client.next()).toBe('mark')
})

test('an audience joins and leaves several rooms', async () => {
  const hubServer = new HubServer()
  const { connection } = await hubServer.connect({ user: 'ada' })
  hubServer.hub.user('ada').join(['a', 'b'])
  expect([...connection.rooms]).toEqual(['a', 'b'])
  hubServer.hub.user('ada').leave(['a'])
  expect([...connection.rooms]).toEqual(['b'])
})

test.each([[5], [null], [['a', 5]]])('an audience cannot join %p', (room) => {
  const { hub } = new HubServer()
  expect(() => hub.join(room as never)).toThrow(/A room must be named by a string, not by/)
  expect(() => hub.leave(room as never)).toThrow(/A room must be named by a string, not by/)
})

test.each([[{ room: 5 }], [{}], [null]])('an audience cannot leave out %p', (exception) => {
  const { hub } = new HubServer()
  expect(() => hub.except(exception as never)).toThrow(TypeError)
})

test('a refused join of an audience reaches onError with the connection', async () => {
  const hubServer = new HubServer()
  await hubServer.connect({ user: 'ada' })
  hubServer.hub.createRoom('full', { maxMembers: 1 })
  await hubServer.connect({ rooms: ['full'] })
  hubServer.hub.user('ada').join('full')
  await until(() => hubServer.failures.length > 0)
  await turn()
  expect(hubServer.failures).toMatchObject([{ stage: 'join', error: { code: 'room_full', fault: 'infrastructure' } }])
})

test.each<[string, (hubServer: HubServer) => unknown]>([
  ['an audience leaves', ({ hub }) => hub.user('ada').leave('a')],
  ['the room is removed', ({ hub }) => hub.removeRoom('a')],
  ['the connection leaves', ({ hub }) => [...hub.connections.values()][0]?.leave('a')],
])('onLeave learns of a member when %s', async (_, act) => {
  const left: string[] = []
  const hubServer = new HubServer({ onLeave: ({ user = '' }, room) => left.push(`${user} ${room}`) })
  hubServer.hub.createRoom('a')
  await hubServer.connect({ user: 'ada', rooms: ['a'] })
  act(hubServer)
  expect(left).toEqual(['ada a'])
})

import { HubError } from '@wshub/core'
import { closeApps, TestApp } from '../support/app.js'
import { scale } from '../support/scale.js'
import { turn, until } from '../support/wait.js'

afterEach(closeApps)

test('joining after close is refused, and leaves no trace', async () => {
  const joined: string[] = []
  const testApp = new TestApp({ onJoin: (_, room) => joined.push(room) })
  const { client, connection } = await testApp.connect()
  connection.close()
  await expect(connection.join('closing')).rejects.toMatchObject({ code: 'closed' })
  await client.closed
  await connection.closed
  await expect(connection.join('closed')).rejects.toMatchObject({ code: 'closed' })
  expect([...connection.rooms]).toEqual([])
  expect(testApp.hub.rooms.size).toBe(0)
  expect(testApp.hub.stats()).toMatchObject({ connections: 0, rooms: 0, users: 0 })
  expect(joined).toEqual([])
})

test('a refused join that nobody awaits is no unhandled rejection', async () => {
  const testApp = new TestApp()
  const { client, connection } = await testApp.connect()
  void connection.join('')
  await client.close()
  await connection.closed
  void connection.join('late')
  // The runner fails a test during which a rejection goes unhandled.
  await turn()
  expect(testApp.hub.rooms.size).toBe(0)
})

/** Joins and leaves in a row. */
const JOINS = scale(1_000_000, 100_000)

test(`${JOINS} joins and leaves leave the heap as it was`, async () => {
  const testApp = new TestApp()
  const { connection } = await testApp.connect()
  const move = (times: number): void => {
    for (let n = 0; n < times; n += 1) {
      void connection.join(`room ${n % 1000}`)
      connection.leave(`room ${n % 1000}`)
    }
  }
  move(50_000)
  const before = await heap()
  move(JOINS)
  expect((await heap()) - before).toBeLessThan(2 * 1024 * 1024)
  expect(testApp.hub.rooms.size).toBe(0)
}, 120_000)

test('a room exists while it has members', async () => {
  const testApp = new TestApp()
  const { client, connection } = await testApp.connect('rooms=a,b')
  expect([...testApp.hub.rooms.keys()]).toEqual(['a', 'b'])
  expect([...connection.rooms]).toEqual(['a', 'b'])
  expect(connection.in('a')).toBe(true)
  const room = testApp.hub.room('a')
  expect([room.name, room.size, room.has(connection), room.has(connection.id), room.has('?')]).toEqual([
    'a',
    1,
    true,
    true,
    false,
  ])
  connection.leave('a')
  connection.leave('a')
  expect([...testApp.hub.rooms.keys()]).toEqual(['b'])
  expect(room.size).toBe(0)
  await client.close()
  await connection.closed
  expect(testApp.hub.rooms.size).toBe(0)
})

test('onJoin and onLeave run once for each membership, also if it is requested twice', async () => {
  const steps: string[] = []
  const testApp = new TestApp({
    onJoin: (_, room) => steps.push(`join ${room}`),
    onLeave: (_, room) => steps.push(`leave ${room}`),
  })
  const { client, connection } = await testApp.connect('rooms=a,a')
  await connection.join('b')
  await connection.join('b')
  connection.leave('b')
  connection.leave('b')
  await client.close()
  await until(() => steps.includes('leave a'))
  expect(steps).toEqual(['join a', 'join b', 'leave b', 'leave a'])
})

test('onJoin and onLeave agree with the rooms of a connection that leaves a room in onOpen', async () => {
  const inside = new Set<string>()
  const testApp = new TestApp({
    onOpen: (connection) => connection.leave('a'),
    onJoin: (_, room) => inside.add(room),
    onLeave: (_, room) => inside.delete(room),
  })
  const { connection } = await testApp.connect('rooms=a,b')
  expect([...inside]).toEqual([...connection.rooms])
})

test.each([
  ['onJoin', 'join'],
  ['onLeave', 'leave'],
])('an error of %s is reported and does not undo the join or leave', async (hook, stage) => {
  for (const fail of [() => Promise.reject(new Error('broken')), broken]) {
    const testApp = new TestApp({ [hook]: fail })
    const { connection } = await testApp.connect('rooms=a')
    await connection.join('b')
    connection.leave('a')
    expect([...connection.rooms]).toEqual(['b'])
    await until(() => testApp.failures.length > 0)
    expect(new Set(testApp.stages)).toEqual(new Set([stage]))
  }
})

test('a connection may be in at most maxRoomsPerConnection rooms', async () => {
  const testApp = new TestApp({ limits: { maxRoomsPerConnection: 2, maxRoomNameLength: 5 } })
  const { connection } = await testApp.connect('rooms=a')
  await connection.join('12345')
  await expect(connection.join('c')).rejects.toMatchObject({ code: 'too_many_rooms' })
  await expect(connection.join('123456')).rejects.toMatchObject({ code: 'invalid_room' })
  connection.leave('a')
  await connection.join('c')
  await expect(testApp.enter('rooms=a,b,c')).rejects.toMatchObject({ status: 429 })
  await expect(testApp.enter('rooms=123456')).rejects.toMatchObject({ status: 400 })
})

describe('createRoom', () => {
  test('createRoom keeps a room without members until removeRoom, which empties it', async () => {
    const left: string[] = []
    const testApp = new TestApp({ onLeave: (_, room) => left.push(room) })
    const room = testApp.hub.createRoom('lobby')
    expect(testApp.hub.rooms.get('lobby')).toBe(room)
    const { connection } = await testApp.connect('rooms=lobby')
    connection.leave('lobby')
    expect(testApp.hub.rooms.has('lobby')).toBe(true)
    await connection.join('lobby')
    expect(testApp.hub.removeRoom('lobby')).toBe(true)
    expect(connection.in('lobby')).toBe(false)
    expect(left).toEqual(['lobby', 'lobby'])
    expect(testApp.hub.rooms.has('lobby')).toBe(false)
    expect(testApp.hub.removeRoom('lobby')).toBe(false)
  })

  test('createRoom refuses a name that exists', () => {
    const { hub } = new TestApp()
    hub.createRoom('lobby')
    expect(() => hub.createRoom('lobby')).toThrow(HubError)
    expect(() => hub.createRoom('')).toThrow(/name of a room/)
  })

  test('a client beyond maxMembers is refused, in join and in the handshake', async () => {
    const testApp = new TestApp()
    testApp.hub.createRoom('duel', { maxMembers: 2 })
    const [one, two, three] = [await testApp.connect('rooms=duel'), await testApp.connect(), await testApp.connect()]
    await two.connection.join('duel')
    await expect(three.connection.join('duel')).rejects.toMatchObject({ code: 'room_full' })
    await expect(testApp.enter('rooms=duel')).rejects.toMatchObject({ status: 503 })
    expect(three.connection.rooms.size).toBe(0)
    one.connection.leave('duel')
    await three.connection.join('duel')
    expect(testApp.hub.room('duel').size).toBe(2)
  })

  test.each([[{ maxMembers: 0 }], [{ maxMembers: NaN }], [{ maxMembers: '2' }], [{ maxMember: 2 }]])(
    '%j is refused with the name of the option',
    (options) => {
      const { hub } = new TestApp()
      expect(() => hub.createRoom('duel', options as object)).toThrow(/maxMember/)
    },
  )
})

async function heap(): Promise<number> {
  await turn()
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--expose-gc')
  const { runInNewContext } = await import('node:vm')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

function broken(): never {
  throw new Error('broken')
}

test('a room can be removed although its members join again in onLeave', async () => {
  const testApp = new TestApp({ onLeave: (connection, room) => void connection.join(room) })
  await Promise.all([testApp.enter('rooms=a'), testApp.enter('rooms=a')])
  expect(testApp.hub.removeRoom('a')).toBe(true)
  expect(testApp.hub.room('a').size).toBe(2)
})

test.each<unknown>([42, null, undefined, {}])(
  'the name %p, which is no string, is refused for rooms, users, sessions and audiences',
  (name) => {
    const { hub } = new TestApp()
    const wrong = name as string
    const finds = [() => hub.room(wrong), () => hub.user(wrong), () => hub.session(wrong), () => hub.to(wrong)]
    for (const find of finds) expect(find).toThrow(/named by a string, not by/)
    expect(() => hub.except(wrong)).toThrow(/by its id/)
  },
)

test('presence lists each user once with its connections, and not after they have closed', async () => {
  const testApp = new TestApp()
  const ada = [await testApp.connect('user=ada&rooms=a'), await testApp.connect('user=ada&rooms=a,b')]
  const bob = await testApp.connect('user=bob&rooms=a')
  await testApp.connect('rooms=a')
  const room = testApp.hub.room('a')
  expect(await room.presence()).toEqual([
    { user: 'ada', connections: ada.map(({ connection }) => connection.id).toReversed() },
    { user: 'bob', connections: [bob.connection.id] },
  ])
  ada[0]?.connection.leave('a')
  await bob.client.close()
  await bob.connection.closed
  expect(await room.presence()).toEqual([{ user: 'ada', connections: [ada[1]?.connection.id] }])
  expect(await testApp.hub.room('empty').presence()).toEqual([])
})

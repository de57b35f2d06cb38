import type { HubServer } from '../../packages/core/test/hub-server.js'
import { hasRedis } from '../support/redis.js'
import { until } from '../support/wait.js'
import { Listener, reaches, redisSetup } from '../support/cluster.js'

// Names of rooms, users and sessions with characters that are special in Redis.

const suite = hasRedis() ? describe : describe.skip

const NAMES = [
  'a',
  'a*',
  'a?',
  '*',
  '?',
  '[a]',
  '{a}',
  '}a{',
  'a:who',
  'a}:log',
  'a/b',
  'room/a',
  'hub/',
  '../a',
  '%61',
  'a ',
  '__proto__',
  'ä',
  'a\u0308',
  '\ufffd',
  '\u{1f9d1}'.repeat(100),
  'ж'.repeat(200),
]

/** The name, cut to the most characters that the name of a room may have. */
const shortened = (name: string): string => name.slice(0, 200).replace(/\p{Cs}$/u, '')

/** Names that no room may have. Users and sessions may. */
const REFUSED_NAMES = ['a\n', 'a\r\nPUBLISH x y\r\n', 'a\0', 'a\u007f', 'a\u0085', '\ud800', '\udfff', 'a\udfff\ud800']

/** A user in a room of each kind that has this name. */
async function named(there: HubServer, name: string, user: string) {
  const [plain = '', kept = '', seen = ''] = [name, `kept ${name}`, `seen ${name}`].map(shortened)
  const { client, connection } = await there.connect({ user, rooms: [plain] })
  for (const room of [plain, kept, seen]) await connection.join(room)
  return { name, plain, kept, seen, listener: new Listener(client) }
}

async function usersIn({ hub }: HubServer, room: string): Promise<string[]> {
  return (await hub.room(room).presence()).map(({ user }) => user)
}

suite('names in Redis', () => {
  const { redis, pair } = redisSetup()

  test('room names with separators, patterns, braces, line ends and 200 letters of any script reach no other room', async () => {
    const [here, there] = await pair(await redis())
    for (const { hub } of [here, there]) {
      hub.createRoom(/^kept /, { history: { size: 10, ttl: 60_000 } })
      hub.createRoom(/^seen /, { presence: true })
    }
    const peers = await Promise.all(NAMES.map(async (name, index) => named(there, name, `u${index}`)))
    for (const [index, { plain, kept }] of peers.entries()) {
      here.hub.room(plain).emit('n', index)
      here.hub.room(kept).emit('kept', index)
      here.hub.user(`u${index}`).emit('own', index)
    }
    await until(() =>
      peers.every(({ listener }) => ['n', 'kept', 'own'].every((type) => listener.payloads(type).length > 0)),
    )
    here.hub.emit('end')
    await until(() => peers.every(({ listener }) => listener.payloads('end').length === 1))
    for (const [index, { name, seen, listener }] of peers.entries()) {
      const heard = ['n', 'kept', 'own'].map((type) => listener.payloads(type))
      expect([name, heard]).toEqual([name, [[index], [index], [index]]])
      // Presence is eventual: the list of another server is not complete at once.
      await until(async () => (await usersIn(here, seen)).length > 0)
      expect([name, await usersIn(here, seen)]).toEqual([name, [`u${index}`]])
    }
    expect([here.failures, there.failures]).toEqual([[], []])
    expect(there.hub.stats().discarded).toBe(0)
  }, 60_000)

  test('rooms with control characters and lone surrogates are refused; users and sessions with such names get only their own messages', async () => {
    const [here, there] = await pair(await redis())
    const peers = await Promise.all(
      REFUSED_NAMES.map(async (name) => {
        const { client, connection } = await there.connect({ user: name, session: `of ${name}` })
        await expect(connection.join(name)).rejects.toMatchObject({ code: 'invalid_room' })
        await expect(there.connect({ rooms: [name] })).rejects.toThrow('400')
        expect(() => here.hub.createRoom(name)).toThrow(expect.objectContaining({ code: 'invalid_room' }))
        // Its subscription follows those of its user and its session.
        await connection.join('settled')
        return new Listener(client)
      }),
    )
    for (const [index, name] of REFUSED_NAMES.entries()) {
      here.hub.user(name).emit('own', index)
      here.hub.session(`of ${name}`).emit('session', index)
    }
    await until(() => peers.every((listener) => ['own', 'session'].every((type) => listener.payloads(type).length > 0)))
    here.hub.emit('end')
    await until(() => peers.every((listener) => listener.payloads('end').length === 1))
    for (const [index, listener] of peers.entries()) {
      expect([listener.payloads('own'), listener.payloads('session')]).toEqual([[index], [index]])
    }
    expect([here.failures, there.failures]).toEqual([[], []])
    expect(there.hub.stats().discarded).toBe(0)
  })

  test('a room with a member stays subscribed when other rooms become empty, whatever their names are', async () => {
    const [here, there] = await pair(await redis())
    const { client } = await there.connect({ rooms: ['\ufffd'] })
    const listener = new Listener(client)
    for (const name of NAMES.filter((it) => it !== '\ufffd')) {
      const { connection } = await there.connect({ rooms: [name] })
      await connection.join(name)
      connection.leave(name)
    }
    await reaches(here, listener, '\ufffd')
  })
})

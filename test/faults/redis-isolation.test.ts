import { Redis } from 'ioredis'
import { hasRedis } from '../support/redis.js'
import { scale, tell } from '../support/scale.js'
import { until } from '../support/wait.js'
import { Meter } from './meter.js'
import { Listener, reaches, town } from './redis-houses.js'

// What is none of a server's business: foreign rooms, other apps, and bytes that nobody of us has sent.

const suite = hasRedis() ? describe : describe.skip
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const url = ({ port }: { readonly port: number }): { url: string } => ({ url: `redis://127.0.0.1:${port}` })

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

/** The longest name of a room that begins so. */
const shortened = (name: string): string => name.slice(0, 200).replace(/\p{Cs}$/u, '')

/** Names that no room may have. Users and sessions may. */
const REFUSED_NAMES = ['a\n', 'a\r\nPUBLISH x y\r\n', 'a\0', 'a\u007f', 'a\u0085', '\ud800', '\udfff', 'a\udfff\ud800']

suite('what does not belong to a server', () => {
  const { redis, house, later } = town()

  /** What passes on the channels of rooms from now on: channel and bytes. */
  async function tap({ port }: { readonly port: number }, rooms: readonly string[]): Promise<[string, Buffer][]> {
    const caught: [string, Buffer][] = []
    const raw = new Redis(port, '127.0.0.1')
    later(() => raw.disconnect())
    raw.on('smessageBuffer', (channel: Buffer, bytes: Buffer) => void caught.push([channel.toString(), bytes]))
    for (const room of rooms) await raw.ssubscribe(`wshub:{hub/room/${room}}`)
    return caught
  }

  test('room names with separators, patterns, braces, line ends and 200 letters of any script reach no other room', async () => {
    const server = await redis()
    const [here, there] = [house(url(server)), house(url(server))]
    for (const { hub } of [here, there]) {
      hub.createRoom(/^kept /, { history: { size: 10, ttl: 60_000 } })
      hub.createRoom(/^seen /, { presence: true })
    }
    await Promise.all([here.hub.ready, there.hub.ready])
    const guests = await Promise.all(
      NAMES.map(async (name, index) => {
        const rooms = [name, `kept ${name}`, `seen ${name}`].map(shortened)
        const { client, connection } = await there.visit({ user: `u${index}`, rooms: [rooms[0] ?? ''] })
        for (const room of rooms) await connection.join(room)
        return { name, rooms, hear: new Listener(client) }
      }),
    )
    for (const [index, { rooms }] of guests.entries()) {
      here.hub.room(rooms[0] ?? '').emit('n', index)
      here.hub.room(rooms[1] ?? '').emit('kept', index)
      here.hub.user(`u${index}`).emit('own', index)
    }
    await until(() => guests.every(({ hear }) => ['n', 'kept', 'own'].every((type) => hear.payloads(type).length > 0)))
    here.hub.emit('end')
    await until(() => guests.every(({ hear }) => hear.payloads('end').length === 1))
    for (const [index, { name, rooms, hear }] of guests.entries()) {
      expect([name, hear.payloads('n'), hear.payloads('kept'), hear.payloads('own')]).toEqual([
        name,
        [index],
        [index],
        [index],
      ])
      // People who come are told in a moment, and not at once.
      const people = async (): Promise<string[]> =>
        (await here.hub.room(rooms[2] ?? '').presence()).map(({ user }) => user)
      await until(async () => (await people()).length > 0)
      expect([name, await people()]).toEqual([name, [`u${index}`]])
    }
    expect([here.failures, there.failures]).toEqual([[], []])
    expect(there.hub.stats().discarded).toBe(0)
  }, 60_000)

  test('rooms with control characters and lone surrogates are refused; users and sessions of these names cross nothing', async () => {
    const server = await redis()
    const [here, there] = [house(url(server)), house(url(server))]
    await Promise.all([here.hub.ready, there.hub.ready])
    const guests = await Promise.all(
      REFUSED_NAMES.map(async (name) => {
        const { client, connection } = await there.visit({ user: name, session: `of ${name}` })
        await expect(connection.join(name)).rejects.toMatchObject({ code: 'invalid_room' })
        await expect(there.visit({ rooms: [name] })).rejects.toThrow('400')
        expect(() => here.hub.createRoom(name)).toThrow(expect.objectContaining({ code: 'invalid_room' }))
        // It is subscribed behind what is under way for its user and its session.
        await connection.join('settled')
        return new Listener(client)
      }),
    )
    for (const [index, name] of REFUSED_NAMES.entries()) {
      here.hub.user(name).emit('own', index)
      here.hub.session(`of ${name}`).emit('session', index)
    }
    await until(() => guests.every((hear) => ['own', 'session'].every((type) => hear.payloads(type).length > 0)))
    here.hub.emit('end')
    await until(() => guests.every((hear) => hear.payloads('end').length === 1))
    for (const [index, hear] of guests.entries()) {
      expect([hear.payloads('own'), hear.payloads('session')]).toEqual([[index], [index]])
    }
    expect([here.failures, there.failures]).toEqual([[], []])
    expect(there.hub.stats().discarded).toBe(0)
  })

  test('a room stays subscribed while a member is left, whatever the names of those that are empty', async () => {
    const server = await redis()
    const [here, there] = [house(url(server)), house(url(server))]
    await Promise.all([here.hub.ready, there.hub.ready])
    const { client } = await there.visit({ rooms: ['\ufffd'] })
    const hear = new Listener(client)
    for (const name of NAMES.filter((it) => it !== '\ufffd')) {
      const { connection } = await there.visit({ rooms: [name] })
      await connection.join(name)
      connection.leave(name)
    }
    await reaches(here, hear, '\ufffd')
  })

  test('a server without a member of a room gets no byte of it', async () => {
    const count = scale(10_000, 1000)
    const server = await redis()
    const meter = await Meter.to(server)
    later(() => meter.close())
    const calm = { lease: 600_000, timeout: 100_000 }
    const [here, there, idle] = [house(url(server)), house(url(server), calm), house(url(meter), calm)]
    await Promise.all([here, there, idle].map(({ hub }) => hub.ready))
    for (const room of ['x', 'log x', 'told x']) {
      const passing = await idle.visit({ user: 'passing', rooms: [room] })
      await passing.connection.join(room)
      passing.connection.leave(room)
    }
    const bystander = await idle.visit({ user: 'bob', rooms: ['y', 'log y', 'told y'] })
    const hear = new Listener((await there.visit({ user: 'ann', rooms: ['x', 'log x', 'told x'] })).client)
    const idling = new Listener(bystander.client)
    await reaches(here, hear, 'x')
    await reaches(here, hear, 'log x')
    await reaches(here, idling, 'y')
    await until(async () => (await here.hub.room('x').presence()).length === 1)
    // Both wait behind whatever its links still have to do.
    await bystander.connection.join('settled')
    await idle.hub.room('told y').presence()
    meter.reset()
    for (const n of numbers(count)) {
      here.hub.room('x').emit('n', { n, secret: 'x'.repeat(50) })
      here.hub.room('log x').emit('kept', { n, secret: 'x'.repeat(50) })
      if (n % 200 === 199) await until(() => hear.payloads('kept').length > n)
    }
    const { connection } = await there.visit({ user: 'eve', rooms: ['told x'] })
    await connection.join('told x')
    await until(() => hear.payloads('kept').length === count && hear.payloads('n').length === count)
    expect(meter.heard.length).toBe(0)
    // What it asks for itself meanwhile is about its own rooms.
    expect(meter.asked.toString()).not.toMatch(/(room\/|%20)x\}/)
    expect(meter.received.toString()).not.toContain('secret')
    await reaches(here, idling, 'y')
    // The measure measures: what is the server's business shows.
    expect(meter.heard.toString()).toContain('mark')
    tell({ 'messages of the room': 2 * count, 'bytes to a server without members': 0 })
  }, 90_000)

  test('real messages cut short at any byte, or of a foreign version, are dropped and counted', async () => {
    const server = await redis()
    const [here, there] = [house(url(server)), house(url(server))]
    await Promise.all([here.hub.ready, there.hub.ready])
    const hear = new Listener((await there.visit({ rooms: ['a', 'log', 'told'] })).client)
    await reaches(here, hear, 'a')
    await reaches(here, hear, 'log')
    const caught = await tap(server, ['a', 'log', 'told'])
    here.hub.room('a').emit('n', 'a whole message')
    here.hub.room('log').emit('kept', 'a whole message')
    here.hub.room('a').disconnect(4444, 'a whole command')
    await until(() => caught.length === 3)
    const member = await there.visit({ rooms: ['a', 'log'] })
    const people = new Listener((await there.visit({ user: 'ann', rooms: ['told'] })).client)
    await until(() => caught.length === 4)
    expect(caught.map(([, bytes]) => String.fromCharCode(bytes[1] ?? 0))).toEqual(['p', 'a', 'p', 'w'])
    const after = new Listener(member.client)
    await reaches(here, after, 'a')
    const before = there.hub.stats().discarded
    const junk = caught.flatMap(([channel, whole]) => {
      const cuts = numbers(whole.length).map((length) => whole.subarray(0, length))
      const foreign = [0, 1, 3, 255].map((version) => Buffer.concat([Buffer.of(version), whole.subarray(1)]))
      return [...cuts, ...foreign].map((some) => [channel, some] as const)
    })
    for (const [channel, bytes] of junk) {
      expect(await server.command('SPUBLISH', channel, bytes)).toBe(':2\r\n')
    }
    await until(() => there.hub.stats().discarded === before + junk.length)
    await reaches(here, after, 'a')
    await reaches(here, after, 'log')
    expect(new Set(after.messages.map(({ type }) => type))).toEqual(new Set(['mark']))
    expect(people.payloads('hub:presence').map((news) => (news as { joined: unknown }).joined)).toEqual([['ann']])
    expect(member.connection.state).toBe('open')
    tell({ 'dropped and counted': junk.length })
  }, 60_000)

  test('two apps with prefixes of their own share nothing: messages, histories, people, questions', async () => {
    const server = await redis()
    const apps = ['app', 'app2'].map((prefix) => [house(url(server), { prefix }), house(url(server), { prefix })])
    const houses = apps.flat()
    await Promise.all(houses.map(({ hub }) => hub.ready))
    const hear = await Promise.all(
      houses.map(async (one, n) => {
        const { client } = await one.visit({ user: `u${n}`, rooms: ['a', 'log', 'told'] })
        return new Listener(client)
      }),
    )
    for (const [n, one] of houses.entries()) {
      await reaches(houses[n ^ 1] ?? one, hear[n] as Listener, 'a')
      one.hub.room('log').emit('kept', n)
      one.hub.emit('all', n)
    }
    await until(() => hear.every((one) => one.payloads('kept').length > 1 && one.payloads('all').length > 1))
    for (const [n, one] of hear.entries()) {
      const own = n < 2 ? [0, 1] : [2, 3]
      expect([new Set(one.payloads('kept')), new Set(one.payloads('all'))]).toEqual([new Set(own), new Set(own)])
      const people = await houses[n]?.hub.room('told').presence()
      expect(people?.map(({ user }) => user).toSorted()).toEqual(own.map((it) => `u${it}`))
      expect((await houses[n]?.hub.stats({ cluster: true }))?.connections).toBe(2)
    }
  })
})

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Deliver } from '@wshub/core'
import { redisBroker } from '@wshub/redis'
import { seal } from '../../packages/redis/src/envelope.js'
import { hasRedis, type RedisServer } from '../support/redis.js'
import { scale, tell } from '../support/scale.js'
import { until } from '../support/wait.js'
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
  'a\n',
  'a\r\nPUBLISH x y\r\n',
  'a ',
  'a\0',
  '__proto__',
  'ä',
  'a\u0308',
  '\ud800',
  '\udfff',
  '\ufffd',
  '\u{1f9d1}'.repeat(100),
  'ж'.repeat(200),
]

suite('what does not belong to a server', () => {
  const { redis, house, later } = town()

  test('names with separators, patterns, braces, line ends and 200 letters of any script cross nothing', async () => {
    const server = await redis()
    const [here, there] = [house(url(server)), house(url(server))]
    for (const { hub } of [here, there]) {
      hub.createRoom(/^kept /, { history: { size: 10, ttl: 60_000 } })
      hub.createRoom(/^seen /, { presence: true })
    }
    await Promise.all([here.hub.ready, there.hub.ready])
    const guests = await Promise.all(
      NAMES.map(async (name, index) => {
        const rooms = [name, `kept ${name}`, `seen ${name}`].map((room) => room.slice(0, 200))
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

  test('a room stays subscribed while a member is left, whatever the names of those that are empty', async () => {
    const server = await redis()
    const [here, there] = [house(url(server)), house(url(server))]
    await Promise.all([here.hub.ready, there.hub.ready])
    const { client } = await there.visit({ rooms: ['\ud800'] })
    const hear = new Listener(client)
    for (const name of NAMES.filter((it) => it !== '\ud800')) {
      const { connection } = await there.visit({ rooms: [name] })
      await connection.join(name)
      connection.leave(name)
    }
    await reaches(here, hear, '\ud800')
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
    expect(meter.bytes.length).toBe(0)
    await reaches(here, idling, 'y')
    // The measure measures: what is the server's business shows.
    expect(meter.bytes.toString()).toContain('mark')
    tell({ 'messages of the room': 2 * count, 'bytes to a server without members': 0 })
  }, 90_000)

  test('real messages cut short at any byte, or of a foreign version, are dropped and counted', async () => {
    const server = await redis()
    const [here, there] = [house(url(server)), house(url(server))]
    const spy = redisBroker(url(server))
    later(() => spy.close())
    const caught: Parameters<Deliver>[] = []
    await spy.connect((...message) => void caught.push(message), {
      failed: () => {},
      discarded: () => {},
      restarted: () => {},
      restored: () => {},
      presence: () => {},
    })
    await Promise.all([here.hub.ready, there.hub.ready])
    const hear = new Listener((await there.visit({ rooms: ['a', 'log'] })).client)
    await reaches(here, hear, 'a')
    await reaches(here, hear, 'log')
    await spy.subscribe('hub/room/a')
    await spy.subscribe('hub/room/log')
    here.hub.room('a').emit('n', 'a whole message')
    here.hub.room('log').emit('kept', 'a whole message')
    here.hub.room('a').disconnect(4444, 'a whole command')
    await until(() => caught.length === 3)
    const [published, appended] = caught
    expect([published?.[2], appended?.[2]?.offset]).toEqual([undefined, expect.any(Number)])
    const member = await there.visit({ rooms: ['a', 'log'] })
    const after = new Listener(member.client)
    await reaches(here, after, 'a')
    const before = there.hub.stats().discarded
    const junk = caught.flatMap(([topic, bytes, position]) => {
      const digits = String((position?.offset ?? 0) + 1).padStart(16, '0')
      const whole = position
        ? Buffer.concat([Buffer.from(`\x01a${position.epoch}${digits}`), bytes])
        : seal('0123456789abcdef', bytes)
      const cuts = numbers(whole.length).map((length) => whole.subarray(0, length))
      const foreign = [0, 2, 255].map((version) => Buffer.concat([Buffer.of(version), whole.subarray(1)]))
      return [...cuts, ...foreign].map((some) => [topic, some] as const)
    })
    for (const [topic, bytes] of junk) {
      expect(await server.command('SPUBLISH', `wshub:{${topic}}`, bytes)).toBe(':2\r\n')
    }
    await until(() => there.hub.stats().discarded === before + junk.length)
    await reaches(here, after, 'a')
    await reaches(here, after, 'log')
    expect(new Set(after.messages.map(({ type }) => type))).toEqual(new Set(['mark']))
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

/** Counts and keeps what a Redis sends to whoever connects through it. */
class Meter {
  readonly #server = createServer()
  readonly #sockets = new Set<Socket>()
  #chunks: Buffer[] = []

  static async to({ port }: RedisServer): Promise<Meter> {
    const meter = new Meter()
    meter.#server.on('connection', (near) => {
      const far = connect(port, '127.0.0.1')
      for (const socket of [near, far]) meter.#sockets.add(socket.on('error', () => {}))
      far.on('data', (chunk: Buffer) => meter.#chunks.push(chunk))
      near.pipe(far).pipe(near)
    })
    meter.#server.listen(0, '127.0.0.1')
    await once(meter.#server, 'listening')
    return meter
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  reset(): void {
    this.#chunks = []
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

import { Redis } from 'ioredis'
import type { HubServer } from '../../packages/core/test/hub-server.js'
import { hasRedis } from '../support/redis.js'
import { scale, report } from '../support/scale.js'
import { expectEventually, until } from '../support/wait.js'
import { Meter } from './meter.js'
import { Listener, reaches, redisSetup, urlOf } from '../support/cluster.js'

// Messages that a server must not get: of rooms without members there, of other apps, and bytes of foreign programs.

const suite = hasRedis() ? describe : describe.skip
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Emits into a room with history and one without, no faster than the subscriber reads. */
async function emitSecrets({ hub }: HubServer, listener: Listener, count: number): Promise<void> {
  for (const n of numbers(count)) {
    hub.room('x').emit('n', { n, secret: 'x'.repeat(50) })
    hub.room('log x').emit('kept', { n, secret: 'x'.repeat(50) })
    if (n % 200 === 199) await until(() => listener.payloads('kept').length > n)
  }
}

/** A message truncated at each byte, and with each other version number. */
function spoilt(whole: Buffer): Buffer[] {
  const cuts = numbers(whole.length).map((length) => whole.subarray(0, length))
  const foreign = [0, 1, 3, 255].map((version) => Buffer.concat([Buffer.of(version), whole.subarray(1)]))
  return [...cuts, ...foreign]
}

async function usersOf({ hub }: HubServer): Promise<string[]> {
  return (await hub.room('presence').presence()).map(({ user }) => user).toSorted()
}

suite('isolation between servers and apps', () => {
  const { redis, hubServer, pair, later } = redisSetup()

  /** Records the messages on the channels of rooms: channel and bytes. */
  async function tap({ port }: { readonly port: number }, rooms: readonly string[]): Promise<[string, Buffer][]> {
    const caught: [string, Buffer][] = []
    const raw = new Redis(port, '127.0.0.1')
    later(() => raw.disconnect())
    raw.on('smessageBuffer', (channel: Buffer, bytes: Buffer) => void caught.push([channel.toString(), bytes]))
    for (const room of rooms) await raw.ssubscribe(`wshub:{hub/room/${room}}`)
    return caught
  }

  /** Three servers, of which the third is measured and has had members of three rooms. */
  async function measured() {
    const server = await redis()
    const meter = await Meter.to(server)
    later(() => meter.close())
    const calm = { lease: 600_000, timeout: 100_000 }
    const [here, there, idle] = [
      hubServer(urlOf(server)),
      hubServer(urlOf(server), calm),
      hubServer(urlOf(meter), calm),
    ]
    await Promise.all([here, there, idle].map(({ hub }) => hub.ready))
    for (const room of ['x', 'log x', 'presence x']) {
      const passing = await idle.connect({ user: 'passing', rooms: [room] })
      await passing.connection.join(room)
      passing.connection.leave(room)
    }
    return { meter, here, there, idle }
  }

  test('a server without a member of a room gets no byte of it', async () => {
    const count = scale(10_000, 1000)
    const { meter, here, there, idle } = await measured()
    const bystander = await idle.connect({ user: 'bob', rooms: ['y', 'log y', 'presence y'] })
    const listener = new Listener((await there.connect({ user: 'ann', rooms: ['x', 'log x', 'presence x'] })).client)
    const idling = new Listener(bystander.client)
    await reaches(here, listener, 'x')
    await reaches(here, listener, 'log x')
    await reaches(here, idling, 'y')
    await until(async () => (await here.hub.room('x').presence()).length === 1)
    // These two follow all earlier commands on the links of the measured server, so nothing else is in transit after them.
    await bystander.connection.join('settled')
    await idle.hub.room('presence y').presence()
    meter.reset()
    await emitSecrets(here, listener, count)
    const { connection } = await there.connect({ user: 'eve', rooms: ['presence x'] })
    await connection.join('presence x')
    await until(() => listener.payloads('kept').length === count && listener.payloads('n').length === count)
    expect(meter.heard.length).toBe(0)
    // The server sends commands only for its own rooms.
    expect(meter.asked.toString()).not.toMatch(/(room\/|%20)x\}/)
    expect(meter.received.toString()).not.toContain('secret')
    await reaches(here, idling, 'y')
    // The measurement works: messages to rooms of the server are recorded.
    expect(meter.heard.toString()).toContain('mark')
    report({ 'messages of the room': 2 * count, 'bytes to a server without members': 0 })
  }, 90_000)

  test('messages that are truncated at any byte, or of another version, are dropped and counted', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const listener = new Listener((await there.connect({ rooms: ['a', 'log', 'presence'] })).client)
    await reaches(here, listener, 'a')
    await reaches(here, listener, 'log')
    const caught = await tap(server, ['a', 'log', 'presence'])
    here.hub.room('a').emit('n', 'a whole message')
    here.hub.room('log').emit('kept', 'a whole message')
    here.hub.room('a').disconnect(4444, 'a whole command')
    await until(() => caught.length === 3)
    const member = await there.connect({ rooms: ['a', 'log'] })
    const people = new Listener((await there.connect({ user: 'ann', rooms: ['presence'] })).client)
    await until(() => caught.length === 4)
    expect(caught.map(([, bytes]) => String.fromCharCode(bytes[1] ?? 0))).toEqual(['p', 'a', 'p', 'w'])
    const after = new Listener(member.client)
    await reaches(here, after, 'a')
    const before = there.hub.stats().discarded
    const junk = caught.flatMap(([channel, whole]) => spoilt(whole).map((bytes) => [channel, bytes] as const))
    for (const [channel, bytes] of junk) {
      expect(await server.command('SPUBLISH', channel, bytes)).toBe(':2\r\n')
    }
    await until(() => there.hub.stats().discarded === before + junk.length)
    await reaches(here, after, 'a')
    await reaches(here, after, 'log')
    expect(new Set(after.messages.map(({ type }) => type))).toEqual(new Set(['mark']))
    expect(people.payloads('hub:presence')).toMatchObject([{ joined: [{ user: 'ann' }] }])
    expect(member.connection.state).toBe('open')
    report({ 'dropped and counted': junk.length })
  }, 60_000)

  test('two apps with different prefixes share no messages, histories, users or requests', async () => {
    const server = await redis()
    const apps = ['app', 'app2'].map((prefix) => [
      hubServer(urlOf(server), { prefix }),
      hubServer(urlOf(server), { prefix }),
    ])
    const hubServers = apps.flat()
    await Promise.all(hubServers.map(({ hub }) => hub.ready))
    const listener = await Promise.all(
      hubServers.map(async (one, n) => {
        const { client } = await one.connect({ user: `u${n}`, rooms: ['a', 'log', 'presence'] })
        return new Listener(client)
      }),
    )
    for (const [n, one] of hubServers.entries()) {
      await reaches(hubServers[n ^ 1] ?? one, listener[n] as Listener, 'a')
      one.hub.room('log').emit('kept', n)
      one.hub.emit('all', n)
    }
    await until(() => listener.every((one) => one.payloads('kept').length > 1 && one.payloads('all').length > 1))
    for (const [n, one] of listener.entries()) {
      const own = n < 2 ? [0, 1] : [2, 3]
      expect([new Set(one.payloads('kept')), new Set(one.payloads('all'))]).toEqual([new Set(own), new Set(own)])
      const here = hubServers[n] as HubServer
      // Presence of another server arrives independently of its messages.
      await expectEventually(async () => expect(await usersOf(here)).toEqual(own.map((it) => `u${it}`)))
      expect((await here.hub.stats({ cluster: true })).connections).toBe(2)
    }
  })
})

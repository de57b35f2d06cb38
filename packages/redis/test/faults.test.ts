import { Hub, type Position, Router } from '@wshub/core'
import { closeHouses, House } from '../../core/test/house.js'
import { until } from '../../../test/support/wait.js'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { redisBroker, type RedisBrokerOptions } from '../src/index.js'
import type { TestClient } from '@wshub/core/testing'

// Two hubs and a Redis that is ended, stopped and cheated on: what is local goes on, what is not comes back by itself.

const suite = hasRedis() ? describe : describe.skip

function house(server: RedisServer, options: RedisBrokerOptions = {}): House {
  const made = new House({ router: new Router(), broker: redisBroker({ url: server.url }, options) })
  made.hub.createRoom(/^log:/, { history: { size: 500, ttl: 60_000 } })
  made.hub.createRoom(/^told:/, { presence: true })
  return made
}

async function pair(server: RedisServer, options: RedisBrokerOptions = {}): Promise<[House, House]> {
  const both: [House, House] = [house(server, options), house(server, options)]
  await Promise.all(both.map(({ hub }) => hub.ready))
  return both
}

suite('a Redis that fails', () => {
  const servers: RedisServer[] = []

  afterEach(async () => {
    await closeHouses()
    await Promise.all(servers.splice(0).map((server) => server.kill()))
  })

  async function redis(...options: string[]): Promise<RedisServer> {
    const server = await RedisServer.start(...options)
    servers.push(server)
    return server
  }

  test('killed and started again: local delivery goes on, and the others are back without a restart', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const near = await here.visit({ rooms: ['a', 'b'] })
    const far = await there.visit({ rooms: ['a'] })
    await reaches(here, far.client)
    await server.kill()
    await until(() => here.failures.length > 0 && there.failures.length > 0)
    for (let n = 0; n < 100; n += 1) here.hub.room('b').emit('n', n)
    for (let n = 0; n < 100; n += 1)
      expect(await skipping(near.client, 'ping')).toEqual({ type: 'n', room: 'b', payload: n })
    // A room that is joined while nobody can be told.
    await far.connection.join('new')
    await server.start()
    await reaches(here, far.client, 'new')
    await reaches(here, far.client)
    expect(new Set(here.failures.map(({ stage }) => stage))).toEqual(new Set(['broker']))
    // One outage is no failure for each message.
    expect(here.failures.length).toBeLessThan(10)
    expect(here.hub.stats().unsent).toBeGreaterThan(50)
  })

  test('stopped for a while: what is said meanwhile is bounded, and nobody waits for it', async () => {
    const server = await redis()
    const [here, there] = await pair(server, { timeout: 200 })
    const near = await here.visit({ rooms: ['log:1'] })
    const far = await there.visit({ rooms: ['a', 'log:1'] })
    await reaches(here, far.client)
    server.pause()
    here.hub.room('log:1').emit('kept?', 1)
    for (let n = 0; n < 20_000; n += 1) here.hub.room('a').emit('n', n)
    expect(await typed(near.client, 'kept?')).toEqual({ type: 'kept?', payload: 1, room: 'log:1' })
    await until(() => here.hub.stats().unsent > 5000)
    const { partial, connections } = await here.hub.stats({ cluster: true })
    expect([partial, connections]).toEqual([true, 1])
    // Nor does whoever joins a room meanwhile.
    await near.connection.join('new')
    await near.connection.join('newer')
    server.resume()
    await reaches(here, far.client)
    await until(async () => !(await here.hub.stats({ cluster: true })).partial)
  })

  test('messages that were not kept end the epoch, and nobody is told that they have everything', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const near = await here.visit({ rooms: ['log:1'] })
    here.hub.room('log:1').emit('n', 1)
    const before = await positionOf(near.client)
    await server.kill()
    await until(() => here.failures.length > 0)
    here.hub.room('log:1').emit('n', 2)
    expect(await near.client.next()).toEqual({ type: 'n', payload: 2, room: 'log:1' })
    await server.start()
    const far = await there.visit({ rooms: ['log:1'] })
    await until(async () => {
      const answer = await far.client.request('hub:recover', { room: 'log:1', ...before }).catch(() => undefined)
      return (answer as { reason?: string } | undefined)?.reason === 'epoch'
    })
    here.hub.room('log:1').emit('n', 3)
    const after = await positionOf(near.client)
    expect(after.epoch).not.toBe(before.epoch)
  })

  test('the listening connections cut: members of a room with history miss nothing', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const far = await there.visit({ rooms: ['log:1'] })
    await here.visit({ rooms: ['log:1'] })
    for (let n = 0; n < 300; n += 1) {
      here.hub.room('log:1').emit('n', n)
      if (n % 100 === 50) await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    for (let n = 0; n < 300; n += 1) expect(await far.client.next()).toMatchObject({ payload: n, offset: n + 1 })
  })

  test('junk on our channels is dropped and counted', async () => {
    const server = await redis()
    const [here] = await pair(server)
    const { client, connection } = await here.visit({ rooms: ['a'] })
    await connection.join('a')
    const channel = 'wshub:{hub/room/a}'
    const junk = [
      '',
      'hello',
      '\x01',
      '\x02p',
      '\x01p',
      '\x01p0123456789abcdef',
      '\x01pfrom another srv{"type":"no"}',
      '\x01w+9:ann',
      '\x01a',
    ]
    for (const bytes of junk) expect(await server.command('SPUBLISH', channel, bytes)).toBe(':1\r\n')
    await until(() => here.hub.stats().discarded === junk.length)
    here.hub.room('a').emit('mark')
    expect(await client.next()).toEqual({ type: 'mark', room: 'a' })
  })

  test('a message that is too big between servers is dropped and counted, on both sides', async () => {
    const server = await redis()
    const [here, there] = await pair(server, { maxMessageSize: 1000 })
    const { client, connection } = await there.visit({ rooms: ['a'] })
    await connection.join('a')
    await server.command('SPUBLISH', 'wshub:{hub/room/a}', 'x'.repeat(5000))
    await until(() => there.hub.stats().discarded === 1)
    here.hub.room('a').emit('big', 'x'.repeat(2000))
    await until(() => here.hub.stats().unsent === 1)
    await reaches(here, client)
  })

  test('a server gets no byte of rooms that it has no member of', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const { connection } = await there.visit({ user: 'ann', rooms: ['a', 'b*', 'c'] })
    connection.leave('c')
    await until(async () => (await channels(server)).length === 4)
    expect(await channels(server)).toEqual(
      ['hub/', 'room/a', `room/${encodeURIComponent('b*')}`, 'user/ann'].map(channelOf).toSorted(),
    )
    for (const room of ['b', 'bc', 'c', '*', 'a/b']) {
      here.hub.room(room).emit('x')
      expect(await server.command('SPUBLISH', channelOf(`room/${encodeURIComponent(room)}`), 'x')).toBe(':0\r\n')
    }
  })

  test('prefixes and names of hubs keep apart', async () => {
    const server = await redis()
    const [here] = await pair(server)
    const other = house(server, { prefix: 'other' })
    await other.hub.ready
    const stranger = await other.visit({ user: 'ann', rooms: ['a', 'log:1'] })
    const friend = await here.visit({ user: 'ann', rooms: ['a', 'log:1'] })
    here.hub.emit('no')
    here.hub.room('log:1').emit('no')
    await friend.client.next()
    await friend.client.next()
    expect((await other.hub.presence('ann')).connections).toEqual([stranger.connection.id])
    other.hub.room('log:1').emit('yes')
    expect(await stranger.client.next()).toMatchObject({ type: 'yes', offset: 1 })
  })

  test('not there at the start: told once, tried again, and local delivery works', async () => {
    const server = await redis()
    await server.kill()
    const here = house(server)
    const { client } = await here.visit({ user: 'ann', rooms: ['a', 'log:1'] })
    here.hub.room('a').emit('local')
    here.hub.room('log:1').emit('local too')
    expect([await client.next(), await client.next()]).toEqual([
      { type: 'local', room: 'a' },
      { type: 'local too', room: 'log:1' },
    ])
    await until(() => here.failures.length > 0)
    await server.start()
    await here.hub.ready
    const there = house(server)
    await there.hub.ready
    await reaches(there, client)
    await until(async () => (await there.hub.presence('ann')).connections.length === 1)
  })

  test('required at the start: a clear sentence, without the password', async () => {
    const server = await redis()
    await server.kill()
    const url = `redis://user:secret@127.0.0.1:${server.port}`
    const seen: unknown[] = []
    const hub = new Hub({ broker: redisBroker({ url }, { connect: 'required' }), onError: (error) => seen.push(error) })
    await expect(hub.ready).rejects.toThrow(
      `Redis at redis://127.0.0.1:${server.port} can not be reached: connect ECONNREFUSED 127.0.0.1:${server.port}`,
    )
    expect(JSON.stringify(seen.map(String))).not.toContain('secret')
    await hub.close()
  })

  test('a password that is refused is told', async () => {
    const server = await redis('--requirepass', 'right')
    const hub = new Hub({
      broker: redisBroker({ url: `redis://:wrong@127.0.0.1:${server.port}` }, { connect: 'required' }),
      onError: () => {},
    })
    await expect(hub.ready).rejects.toThrow(/WRONGPASS/)
    await hub.close()
  })

  test('started again without its data: people are entered again', async () => {
    const server = await redis()
    const [here, there] = await pair(server, { lease: 600 })
    await here.visit({ user: 'ann', rooms: ['told:1'] })
    await until(async () => (await there.hub.room('told:1').presence()).length === 1)
    await server.kill()
    await server.start()
    await until(async () => (await there.hub.room('told:1').presence()).length === 1)
  })

  test('a server of a thousand rooms hears the others again', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const rooms = Array.from({ length: 1000 }, (_, n) => `room-${n}`)
    const { client: first } = await here.visit({ rooms: rooms.slice(0, 100) })
    for (let n = 100; n < 900; n += 100) await here.visit({ rooms: rooms.slice(n, n + 100) })
    const { client: last } = await here.visit({ rooms: rooms.slice(900) })
    await reaches(there, last, 'room-999')
    await server.kill()
    await server.start()
    await reaches(there, first, 'room-0')
    await reaches(there, last, 'room-999')
  })

  test('people are entered again, and never more at once than may wait for Redis', async () => {
    const server = await redis()
    const [here] = await pair(server, { maxPending: 2100 })
    const many = Array.from({ length: 550 }, (_, n) => n)
    await Promise.all(many.map((n) => here.visit({ user: `${n}`, rooms: [`a${n}`, `b${n}`] })))
    // A key for each user, and one for each of their rooms.
    const all = async (): Promise<boolean> => Number((await server.command('DBSIZE')).slice(1)) >= 3 * 550
    await until(all, 20_000)
    await server.kill()
    await server.start()
    await until(all, 20_000)
    const codes = here.failures.map(({ error }) => (error as { code?: string }).code)
    expect(codes).not.toContain('broker_overloaded')
  })
})

function channelOf(topic: string): string {
  return `wshub:{hub/${topic}}`
}

async function channels(server: RedisServer): Promise<string[]> {
  const list = await server.command('PUBSUB', 'SHARDCHANNELS')
  return list
    .split('\r\n')
    .filter((line) => line.startsWith('wshub') && !line.includes('server'))
    .toSorted()
}

/** Sends until something has arrived: how long it takes for the way to stand is not what is tested. */
async function reaches({ hub }: House, client: TestClient, room = 'a'): Promise<void> {
  const mark = Math.random()
  const sender = setInterval(() => hub.room(room).emit('ping', mark), 20)
  const deadline = Date.now() + 10_000
  try {
    while (Date.now() < deadline) {
      const message = await client.next().catch(() => undefined)
      if ((message as { payload?: unknown } | undefined)?.payload === mark) return
    }
    throw new Error('expected a message within 10 s, got none')
  } finally {
    clearInterval(sender)
  }
}

async function skipping(client: TestClient, type: string): Promise<unknown> {
  for (;;) {
    const message = await client.next()
    if ((message as { type?: string }).type !== type) return message
  }
}

async function typed(client: TestClient, type: string): Promise<unknown> {
  for (;;) {
    const message = await client.next()
    if ((message as { type?: string }).type === type) return message
  }
}

/** Where a client stands that has just got a message. */
async function positionOf(client: TestClient): Promise<Position> {
  const { offset, epoch, tag } = (await client.next()) as unknown as Position
  return { offset, epoch, tag }
}

import { Hub } from '@wshub/core'
import { hasRedis, type RedisServer } from '../../../test/support/redis.js'
import { expectEventually, until } from '../../../test/support/wait.js'
import { redisBroker } from '../src/index.js'
import { hubServer, pair, reaches, redisServers } from './redis-pair.js'

// What a server accepts from Redis, what it sends there, and how it reports a Redis that it cannot use.

const suite = hasRedis() ? describe : describe.skip

suite('what passes between servers', () => {
  const redis = redisServers()

  test('malformed messages on the channel of a room are dropped and counted', async () => {
    const server = await redis()
    const [here] = await pair(server)
    const { client, connection } = await here.connect({ rooms: ['a'] })
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

  test('a message above maxMessageSize is dropped and counted by its sender and by its receiver', async () => {
    const server = await redis()
    const [here, there] = await pair(server, { maxMessageSize: 1000 })
    const { client, connection } = await there.connect({ rooms: ['a'] })
    await connection.join('a')
    await server.command('SPUBLISH', 'wshub:{hub/room/a}', 'x'.repeat(5000))
    await until(() => there.hub.stats().discarded === 1)
    here.hub.room('a').emit('big', 'x'.repeat(2000))
    await until(() => here.hub.stats().unsent === 1)
    await reaches(here, client)
  })

  test('Redis sends a server no message of a room in which it has no member', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const { connection } = await there.connect({ user: 'ann', rooms: ['a', 'b*', 'c'] })
    connection.leave('c')
    const own = ['hub/', 'room/a', `room/${encodeURIComponent('b*')}`, 'user/ann'].map(channelOf).toSorted()
    await expectEventually(async () => expect(await channels(server)).toEqual(own))
    for (const room of ['b', 'bc', 'c', '*', 'a/b']) {
      here.hub.room(room).emit('x')
      expect(await server.command('SPUBLISH', channelOf(`room/${encodeURIComponent(room)}`), 'x')).toBe(':0\r\n')
    }
  })

  test('hubs with different prefixes or names share no message', async () => {
    const server = await redis()
    const [here] = await pair(server)
    const other = hubServer(server, { prefix: 'other' })
    await other.hub.ready
    const outsider = await other.connect({ user: 'ann', rooms: ['a', 'log:1'] })
    const insider = await here.connect({ user: 'ann', rooms: ['a', 'log:1'] })
    here.hub.emit('no')
    here.hub.room('log:1').emit('no')
    await insider.client.next()
    await insider.client.next()
    expect((await other.hub.presence('ann')).connections).toEqual([outsider.connection.id])
    other.hub.room('log:1').emit('yes')
    expect(await outsider.client.next()).toMatchObject({ type: 'yes', offset: 1 })
  })

  test('hub.ready rejects without the password in its error if connect is required and Redis is down', async () => {
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

  test('hub.ready rejects with WRONGPASS if the password is wrong', async () => {
    const server = await redis('--requirepass', 'right')
    const hub = new Hub({
      broker: redisBroker({ url: `redis://:wrong@127.0.0.1:${server.port}` }, { connect: 'required' }),
      onError: () => {},
    })
    await expect(hub.ready).rejects.toThrow(/WRONGPASS/)
    await hub.close()
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

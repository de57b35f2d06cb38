import { closeHubServers } from '../../core/test/hub-server.js'
import { pages as pagesOf, serversOf } from '../../core/test/other-servers.js'
import { hasRedis } from '../../../test/support/redis.js'
import { expectEventually, until } from '../../../test/support/wait.js'
import { redisServers } from './redis-pair.js'
import { cluster3 } from './three-servers.js'

// Three servers over a Redis: their list of servers, their lists of connections, and messages between them.

const suite = hasRedis() ? describe : describe.skip

suite('three servers over a Redis', () => {
  const redis = redisServers()

  test('hub.list() returns every connection of three servers once, one server after the other', async () => {
    const { hubServers } = await cluster3(await redis())
    const peers = await Promise.all(
      hubServers.flatMap((hubServer, n) =>
        Array.from({ length: 4 + n }, async () => hubServer.connect({ user: 'ann', rooms: ['a'] })),
      ),
    )
    const ids = peers.map(({ connection }) => connection.id).toSorted()
    for (const filter of [{}, { room: 'a' }, { user: 'ann' }, { room: 'a', user: 'ann' }]) {
      const pages = await pagesOf(hubServers[1], { ...filter, limit: 3 })
      expect(pages.flatMap(({ connections }) => connections.map(({ id }) => id)).toSorted()).toEqual(ids)
      expect(pages.every(({ complete }) => complete)).toBe(true)
    }
    expect((await pagesOf(hubServers[1], { user: 'bob' })).flatMap(({ connections }) => connections)).toEqual([])
  })

  test('messages of hub.servers.emit() reach both other servers in order', async () => {
    const { hubServers } = await cluster3(await redis())
    const received = hubServers.map(({ hub }) => {
      const payloads: unknown[] = []
      hub.onServerMessage(({ payload }) => payloads.push(payload))
      return payloads
    })
    for (let n = 0; n < 200; n += 1) serversOf(hubServers[0]).emit('n', n)
    const sent = Array.from({ length: 200 }, (_, n) => n)
    await until(() => received[1]?.length === 200 && received[2]?.length === 200)
    expect(received).toEqual([[], sent, sent])
  })

  test('bytes beside an event and volatile events reach the members on another server, and no history keeps them', async () => {
    const { hubServers } = await cluster3(await redis())
    const [{ hub }, there] = hubServers
    for (const one of hubServers) one.hub.createRoom('log', { history: { size: 10 } })
    const { client, connection } = await there.connect({ rooms: ['a'] })
    await connection.join(['a', 'log'])
    const bytes = Buffer.alloc(100_000, 'wshub')
    hub.room('a').emit('image', 'é', { bytes })
    hub.room('a').emit('price', 1, { volatile: { key: 'EUR' } })
    hub.room('log').emit('price', 2, { volatile: true, bytes })
    expect(await client.next()).toEqual({ type: 'image', payload: 'é', room: 'a', bytes })
    expect(await client.next()).toEqual({ type: 'price', payload: 1, volatile: true, room: 'a' })
    expect(await client.next()).toEqual({ type: 'price', payload: 2, volatile: true, room: 'log', bytes })
    expect(await hub.room('log').history?.last(5)).toEqual([])
  })

  test('lists and counts name an unreachable server until its lease expires', async () => {
    const { hubServers, brokers } = await cluster3(await redis(), { lease: 1500 })
    const [one, , three] = hubServers
    const { id } = three.hub.servers
    // No command of this server reaches Redis any more, as if its cable was unplugged, so its lease is not renewed.
    await brokers[2].close()
    // Tried repeatedly, because a living server that answers late is named as well.
    await expectEventually(async () => {
      const pages = await pagesOf(one, { timeout: 200 })
      expect(pages.flatMap(({ unanswered }) => unanswered)).toEqual([id])
    })
    await expectEventually(async () => {
      const stats = await one.hub.stats({ cluster: true, timeout: 200 })
      expect(stats).toMatchObject({ partial: true, unanswered: [id] })
    })
    await until(async () => !(await one.hub.stats({ cluster: true, timeout: 200 })).partial, 20_000)
    expect((await pagesOf(one, {})).flatMap(({ unanswered }) => unanswered)).toEqual([])
  })

  test('servers list each other again after Redis has lost all data', async () => {
    const server = await redis()
    const { hubServers } = await cluster3(server, { lease: 1500 })
    await server.command('FLUSHALL')
    const [one, two, three] = hubServers
    const peers = [await two.connect(), await three.connect()]
    await until(async () => {
      const pages = await pagesOf(one, {})
      return pages.flatMap(({ connections }) => connections).length === peers.length
    }, 20_000)
  })

  test('servers that close leave no member in Redis', async () => {
    const server = await redis()
    await cluster3(server)
    await closeHubServers()
    expect(await server.command('KEYS', '*:who')).toBe('*0\r\n')
  })

  test('disconnect() closes a connection of another server by its id', async () => {
    const { hubServers } = await cluster3(await redis())
    const { client } = await hubServers[2].connect()
    const [page] = (await pagesOf(hubServers[0], {})).filter(({ connections }) => connections.length > 0)
    hubServers[1].hub.client(page?.connections[0]?.id ?? '').disconnect(4403, 'banned')
    expect(await client.closed).toEqual({ code: 4403, reason: 'banned' })
  })
})

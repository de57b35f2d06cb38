import { hasRedis } from '../../../test/support/redis.js'
import { until } from '../../../test/support/wait.js'
import { hubServer, pair, positionOf, reaches, skipping, typed, redisServers } from './redis-pair.js'

// Two hubs and a Redis that is killed, stopped or loses its data: local delivery continues, and the rest recovers without help.

const suite = hasRedis() ? describe : describe.skip

suite('a Redis that fails', () => {
  const redis = redisServers()

  test('local delivery continues while Redis is down, and servers reconnect once it runs again', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const near = await here.connect({ rooms: ['a', 'b'] })
    const far = await there.connect({ rooms: ['a'] })
    await reaches(here, far.client)
    await server.kill()
    await until(() => here.failures.length > 0 && there.failures.length > 0)
    for (let n = 0; n < 100; n += 1) here.hub.room('b').emit('n', n)
    for (let n = 0; n < 100; n += 1)
      expect(await skipping(near.client, 'ping')).toEqual({ type: 'n', room: 'b', payload: n })
    // A room that is joined while Redis is down.
    await far.connection.join('new')
    await server.start()
    await reaches(here, far.client, 'new')
    await reaches(here, far.client)
    expect(new Set(here.failures.map(({ stage }) => stage))).toEqual(new Set(['broker']))
    // One outage does not cause one failure per message.
    expect(here.failures.length).toBeLessThan(10)
    expect(here.hub.stats().unsent).toBeGreaterThan(50)
  })

  test('messages to a Redis that hangs are bounded in number, and no call waits for it', async () => {
    const server = await redis()
    const [here, there] = await pair(server, { timeout: 200 })
    const near = await here.connect({ rooms: ['log:1'] })
    const far = await there.connect({ rooms: ['a', 'log:1'] })
    await reaches(here, far.client)
    server.pause()
    here.hub.room('log:1').emit('kept?', 1)
    for (let n = 0; n < 20_000; n += 1) here.hub.room('a').emit('n', n)
    expect(await typed(near.client, 'kept?')).toEqual({ type: 'kept?', payload: 1, room: 'log:1' })
    await until(() => here.hub.stats().unsent > 5000)
    const { partial, connections } = await here.hub.stats({ cluster: true })
    expect([partial, connections]).toEqual([true, 1])
    // A join does not wait, either.
    await near.connection.join('new')
    await near.connection.join('newer')
    server.resume()
    await reaches(here, far.client)
    await until(async () => !(await here.hub.stats({ cluster: true })).partial)
  })

  test('messages that Redis did not keep begin a new epoch, and recoveries across it fail', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const near = await here.connect({ rooms: ['log:1'] })
    here.hub.room('log:1').emit('n', 1)
    const before = await positionOf(near.client)
    await server.kill()
    await until(() => here.failures.length > 0)
    here.hub.room('log:1').emit('n', 2)
    expect(await near.client.next()).toEqual({ type: 'n', payload: 2, room: 'log:1' })
    await server.start()
    const far = await there.connect({ rooms: ['log:1'] })
    await until(async () => {
      const answer = await far.client.request('hub:recover', { room: 'log:1', ...before }).catch(() => undefined)
      return (answer as { reason?: string } | undefined)?.reason === 'epoch'
    })
    here.hub.room('log:1').emit('n', 3)
    const after = await positionOf(near.client)
    expect(after.epoch).not.toBe(before.epoch)
  })

  test('members of a room with history miss nothing if Redis closes the subscriber connections', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const far = await there.connect({ rooms: ['log:1'] })
    await here.connect({ rooms: ['log:1'] })
    await far.connection.join('log:1') // messages of other servers arrive from now on
    for (let n = 0; n < 300; n += 1) {
      // Answers of Redis are awaited, so that some messages go out while the connection is cut, others before and after.
      if (n % 10 === 0) await here.hub.room('log:1').history?.append('n', n)
      else here.hub.room('log:1').emit('n', n)
      if (n % 100 === 50) await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    }
    for (let n = 0; n < 300; n += 1) expect(await far.client.next()).toMatchObject({ payload: n, offset: n + 1 })
  })

  test('a Redis that is down at the start is reported once, local delivery works, and the broker keeps trying', async () => {
    const server = await redis()
    await server.kill()
    const here = hubServer(server)
    const { client } = await here.connect({ user: 'ann', rooms: ['a', 'log:1'] })
    here.hub.room('a').emit('local')
    here.hub.room('log:1').emit('local too')
    expect([await client.next(), await client.next()]).toEqual([
      { type: 'local', room: 'a' },
      { type: 'local too', room: 'log:1' },
    ])
    await until(() => here.failures.length > 0)
    await server.start()
    await here.hub.ready
    const there = hubServer(server)
    await there.hub.ready
    await reaches(there, client)
    await until(async () => (await there.hub.presence('ann')).connections.length === 1)
  })

  test('servers enter their users again if Redis restarts without its data', async () => {
    const server = await redis()
    const [here, there] = await pair(server, { lease: 600 })
    await here.connect({ user: 'ann', rooms: ['presence:1'] })
    await until(async () => (await there.hub.room('presence:1').presence()).length === 1)
    await server.kill()
    await server.start()
    await until(async () => (await there.hub.room('presence:1').presence()).length === 1)
  })

  test('a server with a thousand rooms receives messages of others again after an outage', async () => {
    const server = await redis()
    const [here, there] = await pair(server)
    const rooms = Array.from({ length: 1000 }, (_, n) => `room-${n}`)
    const { client: first } = await here.connect({ rooms: rooms.slice(0, 100) })
    for (let n = 100; n < 900; n += 100) await here.connect({ rooms: rooms.slice(n, n + 100) })
    const { client: last } = await here.connect({ rooms: rooms.slice(900) })
    await reaches(there, last, 'room-999')
    await server.kill()
    await server.start()
    await reaches(there, first, 'room-0')
    await reaches(there, last, 'room-999')
  })

  test('servers enter their users again with no more simultaneous commands than maxPending', async () => {
    const server = await redis()
    const [here] = await pair(server, { maxPending: 2100 })
    const many = Array.from({ length: 550 }, (_, n) => n)
    await Promise.all(many.map((n) => here.connect({ user: `${n}`, rooms: [`a${n}`, `b${n}`] })))
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

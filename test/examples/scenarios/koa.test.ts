import { Client } from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import * as connectionsPerIp from '../../../examples/scenarios/src/connections-per-ip.js'
import * as gameLobby from '../../../examples/scenarios/src/game-lobby.js'
import * as jsonEcho from '../../../examples/scenarios/src/json-echo.js'
import * as pullLoop from '../../../examples/scenarios/src/pull-loop.js'
import * as redisConfig from '../../../examples/scenarios/src/redis-config.js'
import * as routeGroups from '../../../examples/scenarios/src/route-groups.js'
import * as typingPresence from '../../../examples/scenarios/src/typing-presence.js'
import { hasRedis, RedisServer } from '../../support/redis.js'
import { expectEventually, until } from '../../support/wait.js'
import { ProgramSite, siteOf } from './site.js'

// The programs of examples/scenarios that are Koa apps.

let log: jest.SpyInstance

beforeEach(() => {
  log = jest.spyOn(console, 'log').mockReset()
})

describe('json-echo.ts', () => {
  const site = siteOf(jsonEcho)

  test('JSON comes back with the time, and other texts are answered with an error', async () => {
    const client = await site.connect('/ws')
    client.send('{"username":"Ada","message":"hi"}')
    const { time, ...rest } = JSON.parse((await client.next()) as string) as { time: string }
    expect([rest, new Date(time).toISOString()]).toEqual([{ username: 'Ada', message: 'hi' }, time])
    for (const text of ['hello', '{"username":"Ada"}']) {
      client.send(text)
      expect(await client.next('error')).toMatchObject({ payload: { code: 'invalid_message' } })
    }
  })
})

describe('pull-loop.ts', () => {
  const site = siteOf(pullLoop)

  test('the loop answers each message, and its end closes the connection', async () => {
    const client = await site.connect('/ws')
    for (const data of ['one', Buffer.from([2]), 'bye']) client.send(data)
    expect([await client.next(), await client.next(), await client.next()]).toEqual(['one', Buffer.from([2]), 'bye'])
    expect(await client.closed).toMatchObject({ code: 1000 })
    expect(log.mock.calls).toEqual([['127.0.0.1 has connected'], ['127.0.0.1 has disconnected']])
  })

  test('a client that closes ends its loop', async () => {
    const client = await site.connect('/ws')
    await client.close()
    await until(() => log.mock.calls.length === 2)
  })
})

describe('route-groups.ts', () => {
  const { server, echo, chat } = routeGroups
  const close = async (options: { within: number }): Promise<void> => {
    await Promise.all([echo.close(options), chat.close(options)])
  }
  const site = siteOf({ server, hub: { close } })
  const headers = { authorization: 'Bearer secret-of-ada' }

  test('the middleware of the group refuses a client without a login on each of its routes', async () => {
    for (const path of ['/api/v1/ws', '/api/v1/chat']) {
      await expect(site.connect(path)).rejects.toMatchObject({ status: 401, body: 'Authentication required' })
    }
  })

  test('handlers read and change the data that the middleware has set', async () => {
    const client = await site.connect('/api/v1/ws', { headers })
    client.send('hi')
    expect(await client.next()).toBe('Ada: hi')
    const page = await site.connect('/api/v1/chat', { protocols: ['wshub', 'bearer.secret-of-ada'] })
    for (const text of ['one', 'two']) page.send(text)
    expect([await page.next(), await page.next()]).toEqual(['Ada (1): one', 'Ada (2): two'])
  })

  test('each route has the limits of its hub', async () => {
    const [small, large] = [
      await site.connect('/api/v1/ws', { headers }),
      await site.connect('/api/v1/chat', { headers }),
    ]
    for (const client of [small, large]) client.send('x'.repeat(300_000))
    expect(await small.closed).toMatchObject({ code: 1009 })
    expect(await large.next()).toHaveLength(300_000 + 'Ada (1): '.length)
  })
})

describe('typing-presence.ts', () => {
  siteOf(typingPresence)
  const clients: Client[] = []
  afterEach(() => clients.splice(0).forEach((client) => client.close()))

  function clientOf(user: string): Client {
    const client = new Client(`ws://app/ws?user=${user}`, { WebSocket: socketsTo(typingPresence.server) })
    clients.push(client)
    return client
  }

  test('a user with two connections comes once, and leaves with the last of them', async () => {
    const seen: string[][] = []
    clientOf('ada')
      .room('everyone')
      .onPresence((people) => seen.push(people.map(({ user }) => user).toSorted()))
    const [phone, laptop] = [clientOf('bob'), clientOf('bob')]
    for (const client of [phone, laptop]) await client.room('everyone').joined
    await expectEventually(() => expect(seen.at(-1)).toEqual(['ada', 'bob']))
    phone.close()
    await until(() => typingPresence.hub.connections.size === 2)
    expect(seen.at(-1)).toEqual(['ada', 'bob'])
    laptop.close()
    await expectEventually(() => expect(seen.at(-1)).toEqual(['ada']))
  })

  test('members see who is away, and which other users are typing', async () => {
    const [ada, bob] = [clientOf('ada').room('chat:1'), clientOf('bob').room('chat:1')]
    const typing: unknown[] = []
    for (const room of [ada, bob]) room.on('typing', (payload) => typing.push(payload))
    await Promise.all([ada.joined, bob.joined])
    await bob.request('status', 'away')
    await bob.request('typing', { room: 'chat:1', typing: true })
    await expectEventually(() => expect(typing).toEqual([{ user: 'bob', typing: true }]))
    await expectEventually(() => {
      expect(ada.presence.find(({ user }) => user === 'bob')?.state).toEqual({ status: 'away' })
    })
  })
})

describe('game-lobby.ts', () => {
  const site = siteOf(gameLobby)
  const paths = ['ada', 'bob', 'cleo'].map((player) => `/ws/game?player_id=${player}`)

  test('players of a game get its actions and its chat, and the lobby does not', async () => {
    const [ada, bob, cleo] = await site.connectAll(...paths)
    expect(await ada?.request('join_game', { game_id: '1' })).toEqual({ game_id: '1' })
    expect(await cleo?.next()).toMatchObject({ type: 'player_left', payload: { player: 'ada', room: 'lobby' } })
    await bob?.request('join_game', { game_id: '1' })
    expect(await ada?.next('player_joined')).toMatchObject({ payload: { player: 'bob' } })
    ada?.emit('game_action', { move: 'e4' })
    ada?.emit('chat', { text: 'your turn' })
    expect(await bob?.next('game_action')).toMatchObject({ payload: { player: 'ada', action: { move: 'e4' } } })
    expect(await bob?.next('chat')).toMatchObject({ payload: { player: 'ada', text: 'your turn' } })
    await cleo?.next('player_left')
    await cleo?.quiet()
  })

  test('a player who leaves a game is in the lobby again', async () => {
    const [dan, eve] = await site.connectAll('/ws/game?player_id=dan', '/ws/game?player_id=eve')
    await dan?.request('join_game', { game_id: '2' })
    await dan?.request('leave_game')
    dan?.emit('chat', { text: 'back' })
    expect(await eve?.next('chat')).toMatchObject({ payload: { player: 'dan', text: 'back' } })
  })

  test('an unknown command is answered with an error, and a cheat is closed with 4403', async () => {
    const [fay] = await site.connectAll('/ws/game?player_id=fay')
    await expect(fay?.request('fly')).rejects.toThrow('unknown command: fly')
    fay?.emit('game_action', 'cheat')
    expect(await fay?.closed).toEqual({ code: 4403, reason: 'cheating' })
    await until(() => log.mock.calls.some(([user, code]) => user === 'fay' && code === 4403))
  })
})

describe('connections-per-ip.ts', () => {
  const site = siteOf(connectionsPerIp)
  const from = (address: string) => site.connect('/ws', { headers: { 'x-forwarded-for': address } })

  test('the sixth connection of an address is answered 429, and another address is not', async () => {
    const [first] = await Promise.all(Array.from({ length: 5 }, () => from('192.0.2.1')))
    await expect(from('192.0.2.1')).rejects.toMatchObject({ status: 429 })
    expect(await (await from('192.0.2.2')).next()).toBe('Connected')
    await first?.close()
    await until(() => connectionsPerIp.hub.connections.size === 5)
    expect(await (await from('192.0.2.1')).next()).toBe('Connected')
  })
})

describe('redis-config.ts', () => {
  const testWithRedis = hasRedis() ? test : test.skip
  const sites: ProgramSite[] = []
  let redis: RedisServer | undefined

  afterEach(async () => {
    for (const site of sites.splice(0)) await site.close()
    await redis?.kill()
  })

  function siteWith(config: Parameters<typeof redisConfig.createApp>[0]): ProgramSite {
    const site = new ProgramSite(redisConfig.createApp(config))
    sites.push(site)
    return site
  }

  test('a configuration file without Redis starts a program with a single server', async () => {
    const [ada, bob] = await siteWith({ adapter_type: 'memory' }).connectAll('/ws', '/ws')
    ada?.send('hi')
    expect(await bob?.next()).toBe('hi')
  })

  testWithRedis('a file with Redis connects several servers', async () => {
    redis = await RedisServer.start()
    const config = { adapter_type: 'redis', redis: { host: '127.0.0.1', port: redis.port, password: null } } as const
    const options = { timeout: 200 }
    const ada = await siteWith(config).connect('/ws', options)
    const bob = await siteWith(config).connect('/ws', options)
    const heard: unknown[] = []
    // The servers may still be connecting to Redis.
    await until(async () => {
      ada.send('hi')
      await bob.next().then(
        (text) => heard.push(text),
        () => {},
      )
      return heard.includes('hi')
    })
  })
})

import { type HubError, type Position, Router } from '@wshub/core'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { until } from '../../../test/support/wait.js'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { redisBroker } from '../src/index.js'

// Warnings of the broker that report no outage.

const suite = hasRedis() ? describe : describe.skip

suite('a warning of the broker', () => {
  let server: RedisServer

  afterEach(async () => {
    await closeHubServers()
    await server.kill()
  })

  async function hubServer(...options: string[]): Promise<HubServer> {
    server = await RedisServer.start(...options)
    const made = new HubServer({ router: new Router(), broker: redisBroker({ url: server.url }) })
    made.hub.createRoom(/^log:/, { history: { size: 10, ttl: 60_000 } })
    await made.hub.ready
    return made
  }

  test.each<[string, string[], (room: string) => string[]]>([
    ['a policy that removes keys', ['--maxmemory-policy', 'allkeys-lru'], () => ['PING']],
    ['a message of another version', [], (channel) => ['SPUBLISH', channel, '\u0003pfrom a later one']],
    ['a list in the place of a head', [], (channel) => ['RPUSH', `${channel}:h`, 'no head']],
  ])('clients recover completely after a warning about %s', async (_, options, command) => {
    const here = await hubServer(...options)
    const { client } = await here.connect({ rooms: ['log:1', 'log:2'] })
    await until(async () => (await server.command('PUBSUB', 'SHARDCHANNELS')).includes('log%3A2'))
    here.hub.room('log:1').emit('n', 1)
    const { offset, epoch, tag } = (await client.next()) as unknown as Position
    await server.command(...command('wshub:{hub/room/log%3A2}'))
    here.hub.room('log:2').emit('n', 2)
    await until(() => here.failures.length > 0)
    const back = await here.connect({ rooms: ['log:1'] })
    const answer = back.client.request('hub:recover', { room: 'log:1', offset, epoch, tag })
    expect(await answer).toMatchObject({ recovered: true })
    expect(codes(here)).toHaveLength(1)
  })
})

const codes = ({ failures }: HubServer): string[] => failures.map(({ error }) => (error as HubError).code)

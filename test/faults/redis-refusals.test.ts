import { Redis } from 'ioredis'
import { Hub } from '@wshub/core'
import { redisBroker, type RedisSource } from '@wshub/redis'
import { type HubServer } from '../../packages/core/test/hub-server.js'
import { hasRedis, type RedisServer } from '../support/redis.js'
import { scale } from '../support/scale.js'
import { until } from '../support/wait.js'
import { Listener, reaches, redisSetup } from '../support/cluster.js'

// A Redis that refuses commands: each refusal is reported once, and each server keeps delivering locally.

const suite = hasRedis() ? describe : describe.skip

const LIBRARIES: [string, (port: number, user: string, password: string) => RedisSource][] = [
  ['redis', (port, user, password) => ({ url: `redis://${user}:${password}@127.0.0.1:${port}` })],
  ['ioredis', (port, username, password) => ({ client: new Redis({ port, username, password, lazyConnect: true }) })],
]

/** Checks everything that works within one server. */
async function worksLocally(here: HubServer): Promise<Listener> {
  const { client } = await here.connect({ user: 'ann', rooms: ['a', 'log', 'presence'] })
  const listener = new Listener(client)
  here.hub.room('a').emit('plain')
  here.hub.room('log').emit('kept')
  here.hub.user('ann').emit('own')
  await until(() => ['plain', 'kept', 'own'].every((type) => listener.payloads(type).length === 1))
  expect(await here.hub.room('presence').presence()).toHaveLength(1)
  return listener
}

const messagesAt = ({ failures }: HubServer): string[] => failures.map(({ error }) => (error as Error).message)

/** Emits to a room with history, and waits until the message could not be sent to the other servers. */
async function emitRefused({ hub }: HubServer, n: number): Promise<void> {
  const { unsent } = hub.stats()
  hub.room('log').emit('n', n)
  await until(() => hub.stats().unsent > unsent, 10_000)
}

/** How many commands Redis has refused since it started. */
async function errorReplies(server: RedisServer): Promise<number> {
  return Number(/total_error_replies:(\d+)/.exec(await server.command('INFO', 'stats'))?.[1])
}

suite.each(scale(LIBRARIES, LIBRARIES.slice(1)))('refused over %s', (name, source) => {
  const { redis, hubServer } = redisSetup()

  test('a wrong password is reported and tried again, and the server connects once it is right', async () => {
    const server = await redis()
    await server.command('ACL', 'SETUSER', 'app', 'on', '>right', '~*', '&*', '+@all')
    const here = hubServer(source(server.port, 'app', 'wrong'))
    const listener = await worksLocally(here)
    await until(() => messagesAt(here).some((message) => message.includes('WRONGPASS')))
    expect(new Set(here.failures.map(({ stage }) => stage))).toEqual(new Set(['broker']))
    expect(messagesAt(here).join()).not.toContain('wrong')
    await server.command('ACL', 'SETUSER', 'app', '>wrong')
    await here.hub.ready
    const there = hubServer(source(server.port, 'app', 'right'))
    await reaches(there, listener, 'a')
    expect(here.failures.length).toBeLessThan(10)
  }, 60_000)

  test('a missing password is reported, and local delivery continues', async () => {
    const server = await redis('--requirepass', 'right')
    const given = name === 'redis' ? { url: server.url } : { client: new Redis(server.port, { lazyConnect: true }) }
    const here = hubServer(given)
    await worksLocally(here)
    await until(() => messagesAt(here).some((message) => message.includes('NOAUTH')))
    for (let n = 0; n < 20; n += 1) await emitRefused(here, n)
    expect(here.failures.length).toBeLessThan(10)
  })

  test.each([
    ['channels', ['~*', 'resetchannels', '+@all'], /(NOPERM|ACL failure|can't publish).*channel/i],
    ['streams', ['~*', '&*', '+@all', '-@stream'], /can't run this command|NOPERM/i],
    ['keys', ['~other:*', '&*', '+@all'], /NOPERM/],
  ])('a missing permission for %s is reported, and local delivery goes on', async (_, rules, sentence) => {
    const server = await redis()
    await server.command('ACL', 'SETUSER', 'app', 'on', '>right', ...rules)
    const here = hubServer(source(server.port, 'app', 'right'))
    await worksLocally(here)
    const listener = new Listener((await here.connect({ rooms: ['log'] })).client)
    // Emits until Redis refuses a message. Messages before the broker has connected fail without a refusal.
    await until(() => {
      here.hub.room('log').emit('more')
      return messagesAt(here).some((message) => sentence.test(message))
    })
    const sent = 50
    for (let n = 0; n < sent; n += 1) {
      const before = await errorReplies(server)
      here.hub.room('log').emit('n', n)
      await until(async () => (await errorReplies(server)) > before)
    }
    await until(() => listener.payloads('n').length === sent)
    expect(here.failures.every(({ stage }) => stage === 'broker')).toBe(true)
    // A refusal is one failure, however often the command is tried again.
    const refusals = messagesAt(here).filter((message) => !message.startsWith('There is no connection'))
    expect(refusals.length).toBeLessThan(6)
    expect(here.failures.length - refusals.length).toBeLessThan(10)
  })

  test('hub.ready rejects with connect: required if a subscription or the password is refused', async () => {
    const server = await redis()
    await server.command('ACL', 'SETUSER', 'app', 'on', '>right', '~*', 'resetchannels', '+@all')
    for (const [password, sentence] of [
      ['right', /NOPERM/],
      ['wrong', /WRONGPASS/],
    ] as const) {
      const broker = redisBroker(source(server.port, 'app', password), { connect: 'required' })
      const hub = new Hub({ broker, onError: () => {} })
      await expect(hub.ready).rejects.toThrow(sentence)
      await hub.close()
    }
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EMPTY_POSITION, type Hub, type Position, Router } from '@wshub/core'
import type { TestClient } from '@wshub/core/testing'
import { HubServer } from '../../core/test/hub-server.js'
import { hasRedis, type RedisServer } from '../../../test/support/redis.js'
import { scale } from '../../../test/support/scale.js'
import { until } from '../../../test/support/wait.js'
import { redisBroker, type RedisSource } from '../src/index.js'
import { IOREDIS_6, LIBRARIES } from './libraries.js'
import { redisServers } from './redis-pair.js'

// A Redis that starts again with a large file accepts connections and answers LOADING for a while.

const suite = hasRedis() ? describe : describe.skip
const KEYS = 20_000
/** Microseconds for each key that is loaded: two seconds in all. */
const DELAY = 100

suite.each(scale(LIBRARIES, [IOREDIS_6]))('a Redis that loads its file: %s', (_, source) => {
  const start = redisServers()
  let folder: string
  let server: RedisServer

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'wshub-loading-'))
    const slow = ['--key-load-delay', `${DELAY}`, '--loading-process-events-interval-bytes', '1024']
    server = await start('--dir', folder, '--enable-debug-command', 'yes', ...slow)
  })

  afterEach(() => rm(folder, { recursive: true }))

  test('servers deliver locally while Redis loads its file, and rooms with history lose no message', async () => {
    const hubServers = [hubServer(source(server.url)), hubServer(source(server.url))]
    await Promise.all(hubServers.map(({ hub }) => hub.ready))
    const [here, there] = await Promise.all(hubServers.map((one) => join(one)))
    if (!here || !there) throw new Error('No client has connected.')
    here.hub.room('log').emit('n', 'before')
    for (const { client } of [here, there]) expect(await client.next('n')).toMatchObject({ payload: 'before' })
    const position = (await here.hub.room('log').history?.position()) ?? EMPTY_POSITION
    await server.command('DEBUG', 'POPULATE', `${KEYS}`)
    await server.command('SAVE')
    await server.kill()
    const started = server.start()
    await until(async () => (await server.command('GET', 'x').catch(() => '')).startsWith('-LOADING'))
    here.hub.room('plain').emit('n', 'meanwhile')
    expect(await here.client.next('n')).toMatchObject({ payload: 'meanwhile' })
    await started
    await until(() => hubServers.every(({ hub }) => hub.stats().broker?.state === 'connected'), 20_000)
    await until(async () => (await recovered(here.client, position)) && recovered(there.client, position), 20_000)
    here.hub.room('log').emit('n', 'after')
    for (const { client } of [here, there])
      expect(await client.next('n')).toMatchObject({ payload: 'after', offset: 2 })
    for (const { failures } of hubServers) {
      const broker = failures.filter(({ stage }) => stage === 'broker')
      const codes = broker.map(({ error }) => (error as { readonly code?: unknown }).code)
      expect(codes).toEqual([...new Set(codes)])
      expect(['broker_down', 'broker_loading']).toEqual(expect.arrayContaining(codes))
    }
  }, 60_000)
})

function hubServer(source: RedisSource): HubServer {
  const made = new HubServer({ router: new Router(), broker: redisBroker(source) })
  made.hub.createRoom('log', { history: { size: 10, ttl: 600_000 } })
  return made
}

async function join(at: HubServer): Promise<{ readonly hub: Hub; readonly client: TestClient }> {
  const { client, connection } = await at.connect({ rooms: ['log', 'plain'] })
  await connection.join(['log', 'plain'])
  return { hub: at.hub, client }
}

/** Whether a recovery says that the client has missed nothing. */
async function recovered(client: TestClient, position: Position): Promise<boolean> {
  const answer = client.request('hub:recover', { room: 'log', ...position })
  return ((await answer.catch(() => ({}))) as { readonly recovered?: boolean }).recovered === true
}

import { type Position, Router } from '@wshub/core'
import { HubServer } from '../../core/test/hub-server.js'
import { until } from '../../../test/support/wait.js'
import { hasRedis, type RedisServer } from '../../../test/support/redis.js'
import { scale } from '../../../test/support/scale.js'
import { TcpProxy } from '../../../test/support/tcp-proxy.js'
import { redisBroker } from '../src/index.js'
import { ALL_LIBRARIES, LIBRARIES } from './libraries.js'
import { redisServers } from './redis-pair.js'

// The results of append() while Redis fails.

const suite = hasRedis() ? describe : describe.skip

suite.each(scale(ALL_LIBRARIES, LIBRARIES.slice(1)))('an append to a history in Redis: %s', (_, source) => {
  const redis = redisServers()

  async function hubOver({ url }: { readonly url: string }): Promise<HubServer> {
    const made = new HubServer({ router: new Router(), broker: redisBroker(source(url), { timeout: 400 }) })
    made.hub.createRoom(/^log:/, { history: { size: 500, ttl: 60_000 } })
    await made.hub.ready
    return made
  }

  test.each<[string, (server: RedisServer, here: HubServer) => Promise<unknown>]>([
    ['is full', fill],
    ['is a replica', (server) => server.command('REPLICAOF', '127.0.0.1', '1')],
    // The two links end one after the other: an append between them may have been sent.
    [
      'is down',
      (server, here) => server.kill().then(() => until(async () => (await codeOf(append(here))) !== 'unknown')),
    ],
  ])('append() rejects with unavailable while Redis %s', async (_how, harm) => {
    const server = await redis()
    const here = await hubOver(server)
    await harm(server, here)
    await expect(append(here)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('append() rejects with unknown if Redis hangs, later calls reject with unavailable, and messages that Redis kept are delivered', async () => {
    const server = await redis()
    const here = await hubOver(server)
    const { client, connection } = await here.connect({ rooms: ['log:1'] })
    await connection.join('log:1')
    server.pause()
    await expect(append(here, 'first')).rejects.toMatchObject({ code: 'unknown' })
    await expect(append(here, 'second')).rejects.toMatchObject({ code: 'unavailable' })
    server.resume()
    await until(() => here.hub.stats().broker?.state === 'connected')
    await until(
      async () =>
        (
          await here.hub
            .room('log:1')
            .history?.last(5)
            .catch(() => [])
        )?.length === 1,
    )
    expect(await client.next('n')).toMatchObject({ payload: 'first', offset: 1 })
    expect(await append(here, 'third')).toMatchObject({ offset: 2 })
  })

  test('append() rejects with unknown if the link is lost before the answer', async () => {
    const server = await redis()
    const proxy = await TcpProxy.to(server.port)
    const here = await hubOver({ url: `redis://127.0.0.1:${proxy.port}` })
    proxy.stall({ direction: 'down' })
    const appended = append(here).catch((error: unknown) => error)
    await until(async () => (await server.command('KEYS', '*')).includes('log'))
    proxy.cut()
    expect(await appended).toMatchObject({ code: 'unknown' })
    await proxy.close()
  })

  test('append() rejects with unknown if the hub closes before the answer', async () => {
    const server = await redis()
    const here = await hubOver(server)
    server.pause()
    const appended = append(here).catch((error: unknown) => error)
    await here.hub.close({ within: 100 })
    expect(await appended).toMatchObject({ code: 'unknown' })
  })

  test('append() resolves with the position of the message', async () => {
    const here = await hubOver(await redis())
    expect(await append(here, 'x')).toMatchObject({ offset: 1 })
    expect(await here.hub.room('log:1').history?.last(1)).toMatchObject([{ offset: 1, payload: 'x' }])
  })
})

function append({ hub }: HubServer, payload?: unknown): Promise<Position | undefined> {
  return hub.room('log:1').history?.append('n', payload) ?? Promise.resolve(undefined)
}

/** Sets maxmemory to 1 byte and waits until Redis refuses an append. The first script may still write. */
async function fill(server: RedisServer, here: HubServer): Promise<void> {
  await server.command('CONFIG', 'SET', 'maxmemory', '1')
  await until(() =>
    append(here).then(
      () => false,
      () => true,
    ),
  )
}

/** The code with which an append rejects; `undefined` if it does not. */
async function codeOf(appended: Promise<unknown>): Promise<unknown> {
  return appended.then(
    () => undefined,
    ({ code }: { code: unknown }) => code,
  )
}

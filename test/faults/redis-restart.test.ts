import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Position } from '@wshub/core'
import { hasRedis, type RedisServer } from '../support/redis.js'
import { until } from '../support/wait.js'
import { LIBRARIES, Listener, type Message, reaches, redisSetup } from '../support/cluster.js'

// A Redis that restarts with its data and without.

const suite = hasRedis() ? describe : describe.skip

suite.each(LIBRARIES)('a Redis that is started again, over %s', (_, source) => {
  const { redis, hubServer, later } = redisSetup()

  async function withLog(server: RedisServer): Promise<readonly [Position, readonly Message[], () => Promise<object>]> {
    const [here, there] = [hubServer(source(server), { lease: 600 }), hubServer(source(server), { lease: 600 })]
    await Promise.all([here.hub.ready, there.hub.ready])
    const near = new Listener((await here.connect({ user: 'ann', rooms: ['a', 'log', 'presence'] })).client)
    here.hub.room('log').emit('n', 1)
    here.hub.room('log').emit('n', 2)
    await until(() => near.payloads('n').length === 2)
    const [first] = near.messages.filter(({ type }) => type === 'n')
    await server.kill('SIGTERM')
    await until(() => here.failures.length > 0 && there.failures.length > 0)
    await server.start()
    await reaches(there, near, 'a')
    // The subscriber link is back; the link for commands is a separate one.
    const log = here.hub.room('log').history
    await until(async () => (await log?.position().catch(() => undefined)) !== undefined)
    here.hub.room('log').emit('n', 3)
    await until(() => near.payloads('n').length === 3)
    await until(async () => (await there.hub.room('presence').presence()).length === 1)
    const { client } = await there.connect({ rooms: ['log'] })
    const asked = { offset: first?.offset ?? 0, epoch: first?.epoch ?? '', tag: first?.tag ?? '' }
    const back = async (): Promise<object> => client.request('hub:recover', { room: 'log', ...asked })
    return [asked, near.messages, back]
  }

  test('clients recover in the same epoch after Redis restarts with its data', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wshub-redis-'))
    later(() => rmSync(folder, { recursive: true, force: true }))
    const server = await redis('--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always')
    const [{ offset, epoch }, messages, back] = await withLog(server)
    expect(messages.filter(({ type }) => type === 'n').map((it) => [it.epoch, it.offset])).toEqual(
      [0, 1, 2].map((n) => [epoch, offset + n]),
    )
    expect(await back()).toMatchObject({ recovered: true, epoch, offset: offset + 2 })
  }, 60_000)

  test('a restart of Redis without its data begins an epoch, recovers no client as whole, and presence is entered again', async () => {
    const server = await redis()
    const [{ epoch }, messages, back] = await withLog(server)
    expect(messages.filter(({ payload }) => payload === 3)[0]?.epoch).not.toBe(epoch)
    expect(await back()).toMatchObject({ recovered: false, reason: 'epoch' })
  }, 60_000)
})

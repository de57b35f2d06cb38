import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { hasRedis, isOpen } from '../support/redis'
import { scale } from '../support/scale'
import { until } from '../support/wait'
import { ClusterProcess } from './cluster-process'
import { ChatClient } from './chat-client'

const suite = hasRedis() ? describe : describe.skip

suite('stopping the cluster', () => {
  test.each(scale<readonly NodeJS.Signals[]>(['SIGTERM', 'SIGINT', 'SIGHUP'], ['SIGTERM']))(
    '%s ends the cluster, disconnects its clients and leaves no process behind',
    async (signal) => {
      const cluster = new ClusterProcess({ args: ['express', 'koa'] })
      const url = await cluster.url()
      const ann = await ChatClient.loggedIn(url, 'Ann')
      const lines = [await ann.connect(), await ann.connect()]
      const members = await cluster.members()
      const redis = await cluster.redisPort()
      const { code, output } = await cluster.stop(signal)
      for (const line of lines)
        expect(await line.closed).toEqual({ code: 1001, reason: expect.stringMatching(/^retry=/) })
      expect(code).toBe(0)
      expect(output).toMatch(/Stopped\.\n$/)
      expect(members.filter(({ pid }) => isAlive(pid))).toEqual([])
      expect(await isOpen(redis)).toBe(false)
    },
  )

  test('a killed cluster leaves no process behind', async () => {
    const cluster = new ClusterProcess({ args: ['koa', 'fastify'] })
    const [members, redis] = [await cluster.members(), await cluster.redisPort()]
    await cluster.stop('SIGKILL')
    await until(() => members.every(({ pid }) => !isAlive(pid)), 15_000)
    await until(async () => !(await isOpen(redis)), 15_000)
  })
})

describe('a cluster that can not start', () => {
  test('the cluster names a port that is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const { code, output } = await new ClusterProcess({ env: { PORT: `${port}` } }).ended
    holder.close()
    expect(output).toMatch(new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken\\. .* npm run cluster\n$`))
    expect(code).toBe(1)
  })

  test('the cluster says what to do if redis-server is missing', async () => {
    const { code, output } = await new ClusterProcess({ env: { REDIS_SERVER: '/nowhere/redis-server' } }).ended
    expect(output).toMatch(
      /^\/nowhere\/redis-server can't be started \(.*ENOENT\)\. Install Redis, .* npm run cluster\n$/,
    )
    expect(code).toBe(1)
  })

  test.each([
    ['redis://user:secret@127.0.0.1:1', /^server 1 has ended: Redis at 127\.0\.0\.1:1 can't be used: .*ECONNREFUSED/m],
    ['http://127.0.0.1', /^server 1 has ended: REDIS_URL must be of the form redis:\/\/host:port\.$/m],
  ])('the cluster says why REDIS_URL=%s can not be used', async (REDIS_URL, sentence) => {
    const { code, output } = await new ClusterProcess({ args: ['express'], env: { REDIS_URL } }).ended
    expect(output).toMatch(sentence)
    expect(output).not.toContain('secret')
    expect(code).toBe(1)
  })

  test.each(scale(['hapi', 'constructor'], ['constructor']))(
    'the cluster rejects the unknown framework "%s"',
    async (name) => {
      const { code, output } = await new ClusterProcess({ args: ['koa', name] }).ended
      expect(output).toBe(`There is no chat with "${name}"; choose some of: express, koa, fastify.\n`)
      expect(code).toBe(1)
    },
  )
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

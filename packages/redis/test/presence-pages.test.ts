import type { BrokerPresence, AddedMember, PresencePage } from '@wshub/core'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { redisBroker } from '../src/index.js'
import { QUIET } from './quiet.js'

// Lists of large presence rooms come in pages of one snapshot.

const suite = hasRedis() ? describe : describe.skip
const LEASE = 'lease-0000000000'
const USERS = 1800

suite('a list of presence in Redis', () => {
  let server: RedisServer
  let presence: BrokerPresence
  let close: () => unknown

  beforeEach(async () => {
    server = await RedisServer.start()
    const broker = redisBroker({ url: server.url })
    await broker.connect(() => {}, QUIET)
    if (!broker.presence) throw new Error('expected presence')
    presence = broker.presence
    close = () => broker.close()
    for (let at = 0; at < USERS; at += 900) {
      const add = Array.from({ length: 900 }, (_, n): AddedMember => ({
        user: `u${at + n}`,
        connection: `c${at + n}`,
        age: 0,
      }))
      await sync(add, [], at === 0 ? '' : '1.a', '1.a')
    }
  })

  afterEach(async () => {
    await close()
    await server.kill()
  })

  function sync(add: AddedMember[], remove: AddedMember[], base: string, digest: string): Promise<unknown> {
    return Promise.resolve(presence.sync('t', { lease: LEASE, base, digest, add, remove, notify: false }))
  }

  async function copies(): Promise<number> {
    return (await server.command('KEYS', 'wshub:{t}:who:*')).split('wshub:{t}').length - 1
  }

  test('the list of a large room has pages of bounded size, contains each user once, and leaves no copy in Redis', async () => {
    const pages: PresencePage[] = []
    for await (const page of presence.list('t')) pages.push(page)
    const users = pages.flatMap(({ members }) => members.map(({ user }) => user))
    expect([users.length, new Set(users).size]).toEqual([USERS, USERS])
    expect(Math.max(...pages.map(({ members }) => members.length))).toBeLessThan(1000)
    expect(new Set(pages.map(({ tag }) => tag)).size).toBe(1)
    expect(await copies()).toBe(0)
  })

  test('a list is a snapshot even if users join and leave while it is read', async () => {
    const users = new Set<string>()
    for await (const { members } of presence.list('t')) {
      for (const { user } of members) users.add(user)
      await sync([{ user: 'new', connection: 'n', age: 0 }], [{ user: 'u7', connection: 'c7', age: 0 }], '1.a', '1.a')
    }
    expect([users.size, users.has('u7'), users.has('new')]).toEqual([USERS, true, false])
  })

  test('a reader that stops after the first page leaves no copy in Redis', async () => {
    for await (const _ of presence.list('t')) break
    expect(await copies()).toBe(0)
  })

  test('reading a list rejects with unavailable if Redis loses its copy', async () => {
    await expect(readPages(presence, () => server.command('FLUSHALL'))).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('the list comes in one page if Redis refuses COPY', async () => {
    await server.command('ACL', 'SETUSER', 'default', '-copy')
    const pages: PresencePage[] = []
    for await (const page of presence.list('t')) pages.push(page)
    expect(pages.map(({ members }) => members.length)).toEqual([USERS])
  })
})

/** Reads a list, and does something after each page. */
async function readPages(presence: BrokerPresence, between: () => Promise<unknown>): Promise<void> {
  for await (const _ of presence.list('t')) await between()
}

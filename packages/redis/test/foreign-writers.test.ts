import { type Connection, type Recovered, Router } from '@wshub/core'
import type { TestClient } from '@wshub/core/testing'
import { Redis } from 'ioredis'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { until } from '../../../test/support/wait.js'
import { redisBroker } from '../src/index.js'

// Another program that publishes on our channels or writes to our keys: each kind is reported once, nothing of it is
// delivered, and rooms go on.

const suite = hasRedis() ? describe : describe.skip
const CHANNEL = 'wshub:{hub/room/log}'
const MAX_MESSAGE_SIZE = 10_000

interface Guest {
  readonly client: TestClient
  readonly connection: Connection
}

suite('another program on our Redis', () => {
  let server: RedisServer
  let raw: Redis
  let hubServers: HubServer[]
  let guests: Guest[]

  beforeEach(async () => {
    server = await RedisServer.start()
    raw = new Redis(server.url)
    hubServers = [hubServer(server.url), hubServer(server.url)]
    await Promise.all(hubServers.map(({ hub }) => hub.ready))
    guests = await Promise.all(hubServers.map((one) => join(one)))
  })

  afterEach(async () => {
    await closeHubServers()
    raw.disconnect()
    await server.kill()
  })

  function codes(): unknown[][] {
    return hubServers.map(({ failures }) => failures.map(({ error }) => (error as { readonly code?: unknown }).code))
  }

  /** What each client gets up to a message of each server. A message after a gap may be lost to it: then the next one counts. */
  async function heard(): Promise<unknown[][]> {
    const got: unknown[][] = guests.map(() => [])
    for (const { hub } of hubServers) {
      for (let isMissing = true; isMissing;) {
        const mark = Math.random()
        hub.room('log').emit('mark', mark)
        const ends = await Promise.all(guests.map(({ client }, at) => upTo(client, mark, got[at] ?? [])))
        isMissing = ends.includes(false)
      }
    }
    return got
  }

  const MESSAGES: [string, Buffer][] = [
    ['text', Buffer.from('hello')],
    ['JSON', Buffer.from('{"type":"chat","payload":"hi"}')],
    ['a MessagePack array', Buffer.from([0x93, 0xa3, 0x75, 0x69, 0x64, 0x81, 0xa4, 0x74, 0x79, 0x70, 0x65, 0x02])],
    ['a message without a byte', Buffer.alloc(0)],
    ['a message that is larger than maxMessageSize', Buffer.alloc(MAX_MESSAGE_SIZE + 100, 2)],
  ]

  test.each(MESSAGES)('%s on our channel is reported once by each server and delivered to nobody', async (_, bytes) => {
    for (let n = 0; n < 20; n += 1) await raw.spublish(CHANNEL, bytes)
    expect(await heard()).toEqual([[], []])
    expect(codes()).toEqual([['broker_foreign'], ['broker_foreign']])
    expect(hubServers.map(({ hub }) => hub.stats().discarded)).toEqual([20, 20])
  })

  const KEYS: [string, () => Promise<unknown>][] = [
    ['a list at the key of the head', () => replace(`${CHANNEL}:h`, (key) => raw.rpush(key, 'junk'))],
    ['a text at the key of the head', () => replace(`${CHANNEL}:h`, (key) => raw.set(key, 'junk'))],
    ['a hash at the key of the log', () => replace(`${CHANNEL}:l`, (key) => raw.hset(key, 'a', 'b'))],
    ['an entry with the time as its id in the log', () => raw.xadd(`${CHANNEL}:l`, '*', 'a', 'b')],
    ['a list at the key of the members', () => replace(`${CHANNEL}:who`, (key) => raw.rpush(key, 'junk'))],
  ]

  async function replace(key: string, write: (key: string) => Promise<unknown>): Promise<void> {
    await raw.del(key)
    await write(key)
  }

  test.each(KEYS)('%s is reported once, and rooms go on', async (_, write) => {
    await heard()
    await write()
    await heard()
    const late = await join(hubServers[0])
    late.connection.leave('log')
    await until(() => codes().flat().length > 0)
    await heard()
    expect(codes().flat()).toEqual(['broker_repaired'])
  })

  test('a foreign entry in the place of the next message is reported once, and no recovery across it is complete', async () => {
    await heard()
    const before = await recover(guests[0], {})
    await raw.xadd(`${CHANNEL}:l`, `${before.offset + 1}-1`, 'a', 'b')
    for (const { hub } of hubServers) hub.room('log').emit('n', 'kept')
    const guest = await join(hubServers[0])
    expect(await recover(guest, before)).toMatchObject({ recovered: false, reason: 'epoch' })
    await heard()
    expect(codes().flat()).toEqual(['broker_repaired'])
  })
})

function hubServer(url: string): HubServer {
  const broker = redisBroker({ url }, { maxMessageSize: MAX_MESSAGE_SIZE, lease: 1000 })
  const made = new HubServer({ router: new Router(), broker })
  made.hub.createRoom('log', { history: { size: 100, ttl: 60_000 }, presence: true })
  return made
}

async function join(at: HubServer | undefined): Promise<Guest> {
  if (!at) throw new Error('There is no such server.')
  const guest = await at.visit({ user: 'ann', rooms: ['log'] })
  await guest.connection.join('log')
  return guest
}

function recover(guest: Guest | undefined, from: object): Promise<Recovered> {
  if (!guest) throw new Error('There is no such guest.')
  return guest.client.request('hub:recover', { ...from, room: 'log' })
}

/** Collects what comes before a mark, apart from what the protocol itself tells. @returns whether it came */
async function upTo(client: TestClient, mark: number, got: unknown[]): Promise<boolean> {
  for (let isTold = false; ;) {
    const message = (await client.next().catch((error: unknown) => {
      if (isTold) return undefined
      throw error
    })) as { readonly type?: string; readonly payload?: unknown } | undefined
    if (!message) return false
    if (message.payload === mark) return true
    if (message.type === 'hub:gap') isTold = true
    else if (message.type !== 'mark' && !message.type?.startsWith('hub:')) got.push(message)
  }
}

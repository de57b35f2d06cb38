import { type Connection, type Recovered, Router } from '@wshub/core'
import type { TestClient } from '@wshub/core/testing'
import { Redis } from 'ioredis'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { until } from '../../../test/support/wait.js'
import { redisBroker } from '../src/index.js'

// Another program that publishes on channels of a hub or writes to its keys: each kind is reported once, nothing of it is
// delivered, and rooms keep working.

const suite = hasRedis() ? describe : describe.skip
const CHANNEL = 'wshub:{hub/room/log}'
const MAX_MESSAGE_SIZE = 10_000

interface Member {
  readonly client: TestClient
  readonly connection: Connection
}

suite('another program on the Redis of a hub', () => {
  let server: RedisServer
  let raw: Redis
  let hubServers: HubServer[]
  let members: Member[]

  beforeEach(async () => {
    server = await RedisServer.start()
    raw = new Redis(server.url)
    hubServers = [hubServer(server.url), hubServer(server.url)]
    await Promise.all(hubServers.map(({ hub }) => hub.ready))
    members = await Promise.all(hubServers.map((one) => join(one)))
  })

  afterEach(async () => {
    await closeHubServers()
    raw.disconnect()
    await server.kill()
  })

  function codes(): unknown[][] {
    return hubServers.map(({ failures }) => failures.map(({ error }) => (error as { readonly code?: unknown }).code))
  }

  /** What each client receives up to a marker of each server. A marker may be lost in a gap, so another one is sent then. */
  async function received(): Promise<unknown[][]> {
    const got: unknown[][] = members.map(() => [])
    for (const { hub } of hubServers) {
      for (let isMissing = true; isMissing;) {
        const mark = Math.random()
        hub.room('log').emit('mark', mark)
        const ends = await Promise.all(members.map(({ client }, at) => upTo(client, mark, got[at] ?? [])))
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

  test.each(MESSAGES)(
    '%s on the channel of a room is reported once by each server and delivered to no client',
    async (_, bytes) => {
      for (let n = 0; n < 20; n += 1) await raw.spublish(CHANNEL, bytes)
      expect(await received()).toEqual([[], []])
      expect(codes()).toEqual([['broker_foreign'], ['broker_foreign']])
      expect(hubServers.map(({ hub }) => hub.stats().discarded)).toEqual([20, 20])
    },
  )

  const KEYS: [string, () => Promise<unknown>][] = [
    ['a list at the key of the head', () => raw.multi().del(`${CHANNEL}:h`).rpush(`${CHANNEL}:h`, 'junk').exec()],
    ['a text at the key of the head', () => raw.set(`${CHANNEL}:h`, 'junk')],
    ['a hash at the key of the log', () => raw.multi().del(`${CHANNEL}:l`).hset(`${CHANNEL}:l`, 'a', 'b').exec()],
    ['an entry with the time as its id in the log', () => raw.xadd(`${CHANNEL}:l`, '*', 'a', 'b')],
    // In one transaction: otherwise a server may write its lease in between, which makes the key a hash again.
    [
      'a list at the key of the members',
      () => raw.multi().del(`${CHANNEL}:who`).rpush(`${CHANNEL}:who`, 'junk').exec(),
    ],
  ]

  test.each(KEYS)('%s is reported once, and the room keeps working', async (_, write) => {
    await received()
    await write()
    await received()
    const late = await join(hubServers[0])
    late.connection.leave('log')
    await until(() => codes().flat().length > 0)
    await received()
    expect(codes().flat()).toEqual(['broker_repaired'])
  })

  test('a foreign entry in the place of the next message is reported once, and a recovery across it fails', async () => {
    await received()
    const before = await recover(members[0], {})
    await raw.xadd(`${CHANNEL}:l`, `${before.offset + 1}-1`, 'a', 'b')
    for (const { hub } of hubServers) hub.room('log').emit('n', 'kept')
    const member = await join(hubServers[0])
    expect(await recover(member, before)).toMatchObject({ recovered: false, reason: 'epoch' })
    await received()
    expect(codes().flat()).toEqual(['broker_repaired'])
  })
})

function hubServer(url: string): HubServer {
  const broker = redisBroker({ url }, { maxMessageSize: MAX_MESSAGE_SIZE, lease: 1000 })
  const made = new HubServer({ router: new Router(), broker })
  made.hub.createRoom('log', { history: { size: 100, ttl: 60_000 }, presence: true })
  return made
}

async function join(at: HubServer | undefined): Promise<Member> {
  if (!at) throw new Error('There is no such server.')
  const member = await at.connect({ user: 'ann', rooms: ['log'] })
  await member.connection.join('log')
  return member
}

function recover(member: Member | undefined, from: object): Promise<Recovered> {
  if (!member) throw new Error('There is no such member.')
  return member.client.request('hub:recover', { ...from, room: 'log' })
}

/** Collects the messages before a mark, without those of the protocol. @returns whether the mark came */
async function upTo(client: TestClient, mark: number, got: unknown[]): Promise<boolean> {
  for (let sawGap = false; ;) {
    const message = (await client.next().catch((error: unknown) => {
      if (sawGap) return undefined
      throw error
    })) as { readonly type?: string; readonly payload?: unknown } | undefined
    if (!message) return false
    if (message.payload === mark) return true
    if (message.type === 'hub:gap') sawGap = true
    else if (message.type !== 'mark' && !message.type?.startsWith('hub:')) got.push(message)
  }
}

import { Router } from '@wshub/core'
import type { Address } from '../../core/src/rooms/address.js'
import { encodeMessage } from '../../core/src/cluster/cluster-message.js'
import type { TestClient } from '@wshub/core/testing'
import { type ChainableCommander, Redis } from 'ioredis'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { until } from '../../../test/support/wait.js'
import { seal } from '../src/envelope.js'
import { redisBroker } from '../src/index.js'
import { Random } from './differential/commands.js'
import { scale } from '../../../test/support/scale.js'

// Bytes that no hub has written, on channels and at keys of a hub. Every room keeps working, and no client gets a broken frame.

const suite = hasRedis() ? describe : describe.skip
const TIMES = scale(300, 60)
/** Only every third length, value and kind of wrong data is tried in `npm test`. */
const SAMPLE_EVERY = scale(1, 3)

suite('bad input from Redis', () => {
  let server: RedisServer
  let raw: Redis
  let hubServers: [HubServer, HubServer]
  let clients: [TestClient, TestClient]

  beforeEach(async () => {
    server = await RedisServer.start()
    raw = new Redis(server.url)
    hubServers = [hubServer(server.url), hubServer(server.url)]
    await Promise.all(hubServers.map(async ({ hub }) => hub.ready))
    const [here, there] = hubServers
    const connecting = [
      here.connect({ user: 'ann', rooms: ['log:1', 'a'] }),
      there.connect({ user: 'bob', rooms: ['log:1', 'a'] }),
    ]
    const [first, second] = await Promise.all(connecting)
    if (!first || !second) throw new Error('No client has connected.')
    clients = [first.client, second.client]
    for (const { connection } of [first, second])
      await Promise.all(['log:1', 'a'].map(async (name) => connection.join(name)))
    await expectAlive()
  })

  afterEach(async () => {
    await closeHubServers()
    raw.disconnect()
    await server.kill()
  })

  /** A message of each server to each room reaches the clients of both servers. After a gap, another message does. */
  async function expectAlive(): Promise<void> {
    for (const [from, { hub }] of hubServers.entries())
      for (const name of ['log:1', 'a']) {
        for (let isLost = true; isLost;) {
          const mark = Math.random()
          hub.room(name).emit('probe', mark)
          const gaps = await Promise.all(clients.map((client) => arrives(client, mark, `${name} from ${from}`)))
          isLost = gaps.includes(true)
        }
      }
  }

  const CHANNELS = ['wshub:{hub/room/log%3A1}', 'wshub:{hub/room/a}', 'wshub:{hub/}', 'wshub:{hub/user/ann}']

  async function publish(bytes: Buffer): Promise<void> {
    for (const channel of CHANNELS) await raw.spublish(channel, bytes)
  }

  /** Messages that the servers publish for both rooms. */
  async function samples(): Promise<Buffer[]> {
    const listener = raw.duplicate()
    const seen: Buffer[] = []
    listener.on('smessageBuffer', (_, bytes: Buffer) => seen.push(bytes))
    await listener.ssubscribe(CHANNELS[0] ?? '')
    await listener.ssubscribe(CHANNELS[1] ?? '')
    await expectAlive()
    await until(() => seen.length >= 4)
    listener.disconnect()
    return seen
  }

  test('truncated messages are dropped and counted, at whatever byte they end', async () => {
    const before = discarded()
    for (const sample of await samples())
      for (let length = 0; length < sample.length; length += SAMPLE_EVERY) await publish(sample.subarray(0, length))
    await until(() => discarded() - before > 100)
    await expectAlive()
  })

  test('rooms keep working after messages with random bytes changed', async () => {
    const random = new Random(20_261_129)
    const real = await samples()
    for (let n = 0; n < TIMES; n += 1) {
      const bytes = Buffer.from(real[n % real.length] ?? '')
      for (let changes = 0; changes <= random.below(3); changes += 1)
        bytes[random.below(bytes.length)] = random.below(256)
      await publish(bytes)
    }
    await expectAlive()
  })

  test('rooms keep working after forged positions, such as the last epoch and the largest offset', async () => {
    const [appended] = (await samples()).filter((bytes) => bytes[1] === 'a'.charCodeAt(0))
    for (const generation of scale([0, 1, 9_999_999_999, 2 ** 40 - 1], [1, 2 ** 40 - 1]))
      for (const offset of scale([0, 1, 9e13, 2 ** 48 - 1], [0, 2 ** 48 - 1])) {
        const bytes = Buffer.from(appended ?? '')
        bytes.writeUIntBE(generation, 2, 5)
        bytes.writeUIntBE(offset, 10, 6)
        await publish(bytes)
        await publish(Buffer.concat([Buffer.from('\x02e'), bytes.subarray(2, 20)]))
        await expectAlive()
      }
  })

  test('invalid frames and events are dropped and counted', async () => {
    const before = discarded()
    const frames = [Buffer.from([0x81, 2, 0xc3, 0x28]), Buffer.from([0x81, 126, 0, 1, 0x61]), Buffer.from([0x88, 0])]
    for (const frame of frames)
      await publish(seal('0123456789abcdef', encodeMessage({ id: undefined, address: room('a'), frame })))
    const event = Buffer.from('{"type":"a"},{"type":"b"')
    await publish(seal('0123456789abcdef', encodeMessage({ id: undefined, address: room('log:1'), event })))
    await expectAlive()
    // Both servers drop each message, on each channel on which they have members.
    expect(discarded() - before).toBeGreaterThanOrEqual(8)
  })

  test('messages of other versions are reported once', async () => {
    const real = await samples()
    for (const version of [1, 3, 31]) {
      for (const sample of real) await publish(Buffer.concat([Buffer.from([version]), sample.subarray(1)]))
    }
    await expectAlive()
    for (const { failures } of hubServers)
      expect(failures.map(({ error }) => error)).toMatchObject([{ code: 'broker_version' }])
  })

  const HEAD = Buffer.concat([Buffer.from([2]), Buffer.alloc(34, 0xff)])
  const KEYS = [':h', ':l', ':who'].flatMap((end) => [`wshub:{hub/room/log%3A1}${end}`])
  const WRONG: [string, (write: ChainableCommander, key: string) => ChainableCommander][] = [
    ['a string', (write, key) => write.set(key, 'junk')],
    ['nothing in a string', (write, key) => write.set(key, '')],
    ['a head of an older version', (write, key) => write.set(key, `\x01${'x'.repeat(34)}`)],
    ['a head of a newer version', (write, key) => write.set(key, `\x03${'x'.repeat(34)}`)],
    ['a head of the largest numbers', (write, key) => write.set(key, HEAD)],
    ['a head that is cut', (write, key) => write.set(key, HEAD.subarray(0, 20))],
    ['a list', (write, key) => write.rpush(key, 'junk')],
    ['a hash', (write, key) => write.hset(key, '#', 'junk', '=ann', 'junk', 'x', 'y')],
    ['a set', (write, key) => write.sadd(key, 'junk')],
    ['a sorted set', (write, key) => write.zadd(key, 1e300, 'junk')],
    ['a stream of others', (write, key) => write.xadd(key, '5-5', 'other', 'junk')],
    ['a stream at offset 2^60', (write, key) => write.xadd(key, `${2n ** 60n}-1`, 'm', 'junk')],
    ['a stream of entries that are too short', (write, key) => write.xadd(key, '99-1', 'm', 'x')],
  ]

  test.each(WRONG.filter((_, index) => index % SAMPLE_EVERY === 0))(
    'rooms keep working, with at most one report, after another program wrote %s to their keys',
    async (_, write) => {
      for (const key of KEYS) {
        // In one transaction: otherwise a server may write to the key in between, and the command fails for the wrong type.
        await write(raw.multi().del(key), key).exec()
        await expectAlive()
        await hubServers[0].hub.room('log:1').history?.last(5)
        await hubServers[1].hub.room('log:1').presence()
      }
      for (const { failures } of hubServers) {
        const codes = failures.map(({ error }) => (error as { code?: string }).code ?? String(error))
        expect(codes.filter((code) => code !== 'broker_repaired')).toEqual([])
        expect(codes.length).toBeLessThan(2)
      }
    },
  )

  function discarded(): number {
    return hubServers.reduce((sum, { hub }) => sum + hub.stats().discarded, 0)
  }
})

function hubServer(url: string): HubServer {
  const made = new HubServer({ router: new Router(), broker: redisBroker({ url }) })
  made.hub.createRoom(/^log:/, { history: { size: 500, ttl: 60_000 }, presence: true })
  return made
}

function room(name: string): Address {
  return { scope: 'room', names: [name], except: new Set() }
}

/**
 * Waits for a message. Valid forged messages may come before it, and a client can read every frame.
 * @returns whether a gap came in its place
 */
async function arrives(client: TestClient, mark: number, what: string): Promise<boolean> {
  const deadline = Date.now() + 5000
  let gap = false
  while (Date.now() < deadline) {
    const message = await client.next().catch((error: unknown) => error)
    if (message instanceof Error && message.message.includes('closed')) throw message
    if ((message as { payload?: unknown }).payload === mark) return false
    if ((message as { type?: unknown }).type === 'hub:gap') gap = true
    // `next()` timed out.
    if (message instanceof Error && gap) return true
  }
  throw new Error(`expected a message in ${what} within 5 s, got none`)
}

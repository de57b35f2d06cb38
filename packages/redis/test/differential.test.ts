import { Redis } from 'ioredis'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { scale } from '../../../test/support/scale.js'
import { inBatches, until } from '../../../test/support/wait.js'
import { RedisBroker } from '../src/broker.js'
import { resolveRedisOptions, driverFor } from '../src/options.js'
import { RedisConnection } from '../src/redis-connection.js'
import { type Command, nextCommand, Random } from './differential/commands.js'
import { Counts } from './differential/counts.js'
import { type StreamEvent, Twins } from './differential/twins.js'
import { QUIET } from './quiet.js'

// The scripts in a real Redis and the pure functions of the store get the same random commands and the same damage to keys.
// The pure functions get the clock and the random numbers that Redis used, which are read from its answer.

const SEQUENCES = scale(10_000, 500)
const LENGTH = 14
const SEED = Number(process.env['WSHUB_SEED'] ?? 20_261_129)
const nothing = (): void => {}
const suite = hasRedis() ? describe : describe.skip

suite('the scripts of streams', () => {
  let server: RedisServer
  let client: Redis
  let broker: RedisBroker
  let connection: RedisConnection
  const received = new Map<string, StreamEvent[]>()
  const receive = (topic: string, event: StreamEvent): void => void received.get(topic)?.push(event)

  beforeAll(async () => {
    server = await RedisServer.start()
    client = new Redis(server.url)
    const settings = resolveRedisOptions({ prefix: 'twins' })
    broker = new RedisBroker(driverFor({ url: server.url }, settings), settings)
    await broker.connect((topic, bytes, link) => link && receive(topic, { link, bytes: String(bytes) }), {
      ...QUIET,
      restarted: (topic, position) => receive(topic, { position }),
    })
    connection = new RedisConnection(driverFor({ url: server.url }, settings), settings)
    await connection.open({ message: nothing, failed: nothing, warned: nothing, restored: nothing })
  })

  afterAll(async () => {
    await Promise.all([broker.close(), connection.close()])
    client.disconnect()
    await server.kill()
  })

  test(`${SEQUENCES} random sequences of commands give the answers and events of the pure store`, async () => {
    const counts = new Counts()
    await inBatches(
      Array.from({ length: SEQUENCES }, (_, n) => n),
      64,
      (n) => compare(n, counts),
    )
    // Every kind of answer and event was compared often enough.
    expect(counts.rare(SEQUENCES / 50)).toEqual([])
  }, 600_000)

  /** Runs one sequence in both, step by step. */
  async function compare(n: number, counts: Counts): Promise<void> {
    const topic = `t/${n}`
    const twins = new Twins(connection, client, topic)
    received.set(topic, [])
    await broker.subscribe(topic)
    const random = new Random(SEED + n)
    const trace: Command[] = []
    for (let step = 0; step < LENGTH; step += 1) {
      const command = nextCommand(random, twins.seen)
      trace.push(command)
      const { answer, expected } = await twins.do(command)
      expect({ seed: SEED + n, trace, answer }).toEqual({ seed: SEED + n, trace, answer: expected })
      counts.add(command, answer)
    }
    await until(() => (received.get(topic)?.length ?? 0) >= twins.events.length, 10_000)
    expect({ seed: SEED + n, trace, events: received.get(topic) }).toEqual({
      seed: SEED + n,
      trace,
      events: twins.events,
    })
    counts.addEvents(twins.events)
    received.delete(topic)
    await broker.unsubscribe(topic)
  }
})

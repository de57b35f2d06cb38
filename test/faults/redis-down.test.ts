import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { type Child, childProcesses } from '../support/child.js'
import type { HubServer } from '../../packages/core/test/hub-server.js'
import { hasRedis, type RedisServer } from '../support/redis.js'
import { scale, report } from '../support/scale.js'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'
import { Listener, reaches, redisSetup } from '../support/cluster.js'

// Redis is down for long, under load: memory is bounded, and everything works again when Redis is back.

const FOLDER = join(__dirname, 'children')
const suite = hasRedis() ? describe : describe.skip
const MIB = 1024 * 1024
/** Waiting commands are bounded by number, size and time. 10,000 of 1 KiB, the default, need about ten times their bytes. */
const MOST = 160 * MIB
const TIMEOUT = scale(5000, 500)
/** Bytes of garbage that may accumulate between two samples. */
const NOISE = 16 * MIB
const SAMPLES = scale(40, 10)
const FILLER = 'x'.repeat(1000)

suite('a long outage of Redis', () => {
  const start = childProcesses()
  const { redis, hubServer } = redisSetup()

  /** A server in its own process, a client in each kind of room, and a client of another server. */
  async function open(): Promise<Scene> {
    const server = await redis()
    const flags = ['--expose-gc', '--max-semi-space-size=1']
    const args = [...flags, 'hub.cjs', String(server.port), 'wshub', JSON.stringify({ timeout: TIMEOUT })]
    const child = start(args, { folder: FOLDER, answers: true })
    await child.ask('ready')
    const there = hubServer({ url: server.url })
    const distant = new Listener((await there.connect({ rooms: ['a', 'log'] })).client)
    const near = await WsClient.open(`ws://127.0.0.1:${await child.ask<number>('port')}/ws?user=ann&rooms=a,log`)
    return { server, child, there, distant, near, heard: countHeard(near) }
  }

  test.each([
    { what: 'killed', end: 'kill', begin: 'start', half: scale(30_000, 1500), perSecond: 500 },
    ...scale([{ what: 'stopped', end: 'pause', begin: 'resume', half: 30_000, perSecond: 500 } as const], []),
    // The links are up, and delayed messages arrive after thousands that were dropped.
    {
      what: 'stopped for a short time',
      end: 'pause',
      begin: 'resume',
      half: scale(6000, 600),
      perSecond: scale(1500, 500),
    },
  ] as const)(
    'memory is bounded while Redis is $what under load, and messages pass again afterwards',
    async (outage) => {
      const { what, end, begin, half, perSecond } = outage
      const { server, child, there, distant, near, heard } = await open()
      await child.ask('flood', { from: 0, perSecond, rooms: ['a', 'log'], filler: FILLER })
      await until(() => distant.payloads('n').length > 100, 20_000)
      const before = await child.ask<number>('memory')
      await server[end]()
      const [first, most] = [await highest(child, half), await highest(child, half)]
      await until(async () => (await unsentBy(child)) > perSecond / 2, 20_000)
      await server[begin]()
      const sent = 2 * (await child.ask<number>('stop'))
      await until(() => heard() >= sent, 30_000)
      const unsent = await unsentBy(child)
      const failures = await child.ask<readonly string[]>('failures')
      const more = { 'MiB more in the first half': (first - before) / MIB, 'in the second': (most - before) / MIB }
      report({ what, ...more, sent, unsent, failures: failures.length })
      // Local delivery loses no message.
      expect(heard()).toBe(sent)
      expect(unsent).toBeGreaterThan(perSecond / 2)
      expect(most - before).toBeLessThan(MOST)
      // Once the silent link is closed, no message may arrive on it.
      expect(most - first).toBeLessThan(half >= 3 * TIMEOUT ? NOISE : MOST)
      expect(failures.length).toBeLessThan(20)
      // Both kinds of rooms work again without a restart.
      await expectWayBack(child, there)
      // A message whose append got no answer arrives at most once.
      expect(heard()).toBe(sent)
      near.socket.terminate()
    },
    180_000,
  )

  test('rooms that are joined while Redis is down are reported once, and subscribed when it is back', async () => {
    const count = scale(10_000, 400)
    const server = await redis()
    const [here, there] = [hubServer({ url: server.url }), hubServer({ url: server.url })]
    await Promise.all([here.hub.ready, there.hub.ready])
    await server.kill()
    await until(() => there.failures.length > 0)
    const names = Array.from({ length: count }, (_, n) => (n % 2 ? `log ${n}` : `plain ${n}`))
    const listeners: Listener[] = []
    for (let at = 0; at < count; at += 100) {
      const { client } = await there.connect({ user: `u${at}`, rooms: names.slice(at, at + 100) })
      listeners.push(new Listener(client))
    }
    expect(there.failures.length).toBeLessThan(10)
    await server.start()
    for (const at of [0, 1, count - 2, count - 1]) {
      await reaches(here, listeners[Math.floor(at / 100)] as Listener, names[at] ?? '')
    }
    expect(there.failures.length).toBeLessThan(10)
  }, 120_000)
})

interface Scene {
  readonly server: RedisServer
  readonly child: Child
  readonly there: HubServer
  readonly distant: Listener
  readonly near: WsClient
  /** How many messages of the first flood the near client has got. */
  readonly heard: () => number
}

function countHeard({ socket }: WsClient): () => number {
  let heard = 0
  socket
    .on('error', () => {})
    .on('message', (data: Buffer) => {
      if (data.includes('"from":0')) heard += 1
    })
  return () => heard
}

async function unsentBy(child: Child): Promise<number> {
  return (await child.ask<{ unsent: number }>('stats')).unsent
}

/** Messages of the child reach a new client of the other server, in rooms with history and in those without. */
async function expectWayBack(child: Child, there: HubServer): Promise<void> {
  const again = new Listener((await there.connect({ rooms: ['a', 'log'] })).client)
  await child.ask('flood', { from: 1, perSecond: 50, rooms: ['a', 'log'] })
  await until(() => again.payloads('n').length > 20, 20_000)
  await until(() => again.messages.some(({ type, offset }) => type === 'n' && offset !== undefined), 20_000)
  await child.ask('stop')
}

/** The most memory that the process uses within `ms` milliseconds. */
async function highest(child: Child, ms: number): Promise<number> {
  const deadline = performance.now() + ms
  let most = 0
  while (performance.now() < deadline) {
    most = Math.max(most, await child.ask<number>('memory'))
    await sleep(ms / SAMPLES)
  }
  return most
}

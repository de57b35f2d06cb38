import assert from 'node:assert/strict'
import type { AddedMember, BrokerPresence, PresenceEvent, PresenceHead, PresencePage, PresenceSync } from '@wshub/core'
import {
  emptyStore,
  presenceHeadOf,
  listTopic,
  livingLeases,
  openLease,
  releaseLease,
  renewLease,
  syncTopic,
} from '../../core/src/presence/presence-store.js'
import { hasRedis, RedisServer } from '../../../test/support/redis.js'
import { scale } from '../../../test/support/scale.js'
import { until } from '../../../test/support/wait.js'
import { redisBroker } from '../src/index.js'
import { QUIET } from './quiet.js'

// The scripts in Redis against the pure store of core: the same random commands, every answer and every event compared.

const suite = hasRedis() ? describe : describe.skip
const COMMANDS = scale(10_000, 1000)
const LEASE_MS = 3_600_000
const TOPICS = ['hub/room/a', 'hub/room/b']
const LEASES = ['lease-0000000000', 'lease_1111111111', 'AAAAlease-222222']
const USERS = ['ann', 'bob', '', '#', '=ann', 'a:b c', 'ü😀', 'x\ny']
const STATES = ['', '{}', '{"a":"b c"}', 'null', '"ü😀"', `"${'x'.repeat(1000)}"`]
/** Longer than the commands take, because Redis and this test have different clocks. */
const AGE_STEP_MS = 100_000
const DIGESTS = ['', '', '1.aa', '2.bb', 'c-c']

/** A change of presence that other servers get. */
interface Announced {
  readonly topic: string
  readonly event: PresenceEvent
}

type Random = () => number

function randomOf(seed: number): Random {
  let x = seed
  return () => {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0
    return x / 4_294_967_296
  }
}

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

/** Maps tags of the pure store to those of Redis. Their values may differ, but two tags must be equal in both or in neither. */
class Tags {
  readonly #pairs = new Map([['', '']])
  readonly #used = new Set([''])

  translate(pure: string, real: string): string {
    const known = this.#pairs.get(pure)
    if (known !== undefined) return known
    if (this.#used.has(real)) throw new Error(`the tag ${real} came twice`)
    this.#used.add(real)
    this.#pairs.set(pure, real)
    return real
  }
}

/** All pages of a list as one. */
async function listOf(presence: BrokerPresence, topic: string): Promise<PresencePage> {
  const pages: PresencePage[] = []
  for await (const page of presence.list(topic)) pages.push(page)
  const [first] = pages
  if (!first) throw new Error('a list has at least one page')
  return { ...first, members: pages.flatMap(({ members }) => members) }
}

class Pair {
  readonly real: BrokerPresence
  readonly store = emptyStore()
  readonly tags = new Tags()
  readonly expected: Announced[] = []
  readonly clock = { now: 0, lease: LEASE_MS }
  #count = 0

  constructor(real: BrokerPresence) {
    this.real = real
  }

  async sync(topic: string, change: PresenceSync): Promise<void> {
    this.#count += 1
    const { applied, event } = syncTopic(this.store, topic, {
      change,
      tag: `tag ${this.#count}`,
      now: Date.now(),
    })
    assert.equal(await this.real.sync(topic, change), applied)
    if (event && change.notify) this.expected.push({ topic, event })
    const [head] = await this.real.check([topic], false)
    this.compareHead(presenceHeadOf(this.store, topic), head)
  }

  async list(topic: string): Promise<void> {
    const [pure, real] = [listTopic(this.store, topic), await listOf(this.real, topic)]
    this.compareHead(pure, real)
    const texts = ({ members }: typeof real): string[] =>
      members
        .map((one) => JSON.stringify([one.lease, one.connection, one.user, one.state ?? '', ageOf(one)]))
        .toSorted()
    assert.deepEqual(texts(real), texts(pure))
    assert.equal(await this.real.count?.(topic), this.store.topics.get(topic)?.users.size ?? 0)
  }

  async leases(random: Random, lease: string): Promise<void> {
    const what = pick(random, ['open', 'renew', 'release', 'living'] as const)
    if (what === 'open') openLease(this.store, lease, this.clock)
    if (what === 'release') releaseLease(this.store, lease)
    const pure = what === 'renew' ? renewLease(this.store, lease, this.clock) : livingLeases(this.store, 0)
    const real = what === 'renew' ? await this.real.renew(lease) : await this.#other(what, lease)
    assert.deepEqual([...real].toSorted(), pure.toSorted())
  }

  /** The expected events with the tags of those that Redis announced. */
  expectedAs(received: readonly Announced[]): Announced[] {
    return this.expected.map(({ topic, event }, n) => {
      const tag = this.tags.translate(event.tag, received[n]?.event.tag ?? '')
      const previous = this.tags.translate(event.previous, received[n]?.event.previous ?? '')
      return { topic, event: { ...event, tag, previous } }
    })
  }

  compareHead(pure: PresenceHead, real: PresenceHead | undefined): void {
    assert.equal(real?.tag, this.tags.translate(pure.tag, real?.tag ?? ''))
    assert.deepEqual(real?.leases, pure.leases)
  }

  async #other(what: 'open' | 'release' | 'living', lease: string): Promise<readonly string[]> {
    if (what !== 'living') await this.real[what](lease)
    return this.real.living()
  }
}

/** The age of a member in steps, in which clocks agree. */
function ageOf({ since }: { readonly since: number }): number {
  return Math.round((Date.now() - since) / AGE_STEP_MS)
}

function randomChange(random: Random, pair: Pair, topic: string): PresenceSync {
  const lease = pick(random, LEASES)
  const stored = presenceHeadOf(pair.store, topic).leases.get(lease) ?? ''
  const member = (): AddedMember => {
    const at = Math.floor(random() * 4)
    const age = (at * LEASES.length + LEASES.indexOf(lease)) * AGE_STEP_MS
    return { user: pick(random, USERS), connection: `c${at}`, state: pick(random, STATES) || undefined, age }
  }
  const some = (): AddedMember[] => Array.from({ length: Math.floor(random() * 4) }, member)
  const base = random() < 0.9 ? stored : pick(random, DIGESTS)
  return { lease, base, digest: pick(random, DIGESTS), add: some(), remove: some(), notify: random() < 0.9 }
}

async function performRandom(random: Random, pair: Pair): Promise<void> {
  const [topic, dice] = [pick(random, TOPICS), random()]
  if (dice < 0.7) await pair.sync(topic, randomChange(random, pair, topic))
  else if (dice < 0.85) await pair.list(topic)
  else await pair.leases(random, pick(random, LEASES))
}

suite('presence in Redis', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await RedisServer.start()
  })

  afterAll(() => server.kill())

  test(`${COMMANDS} random commands give the answers and events of the pure store`, async () => {
    // The pure store has no clock, so no lease in Redis may expire during the test.
    const broker = redisBroker({ url: server.url }, { lease: LEASE_MS })
    const received: Announced[] = []
    await broker.connect(() => {}, { ...QUIET, presence: (topic, event) => received.push({ topic, event }) })
    for (const topic of TOPICS) await broker.subscribe(topic)
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    process.stdout.write(`seed ${seed}\n`)
    const random = randomOf(seed)
    if (!broker.presence) throw new Error('expected presence')
    const pair = new Pair(broker.presence)
    for (let n = 0; n < COMMANDS; n += 1) await performRandom(random, pair)
    await until(() => received.length >= pair.expected.length)
    const real = received.map(({ topic, event }) => ({ topic, event }))
    const pure = pair.expectedAs(received)
    expect(real).toEqual(pure)
    expect(pure.length).toBeGreaterThan(scale(1000, 50))
    await broker.close()
  }, 60_000)
})

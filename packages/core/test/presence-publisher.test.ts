import type { PresenceEvent } from '../src/index.js'
import { MemoryPresence } from '../src/cluster/memory-presence.js'
import type { LocalMember } from '../src/presence/presence-members.js'
import { PresencePublisher } from '../src/presence/presence-publisher.js'
import type { PresencePlace } from '../src/presence/published-topic.js'
import type { PresenceNews } from '../src/protocol/index.js'
import { until } from '../../../test/support/wait.js'

// What presence sends to the store and to members, and what it keeps in memory.

/** A store that counts its commands, and fails while it is down. */
class CountedPresence extends MemoryPresence {
  calls: string[] = []
  down = false

  override open(lease: string): void {
    this.#count('open')
    super.open(lease)
  }

  override sync(...change: Parameters<MemoryPresence['sync']>): boolean {
    this.#count('sync')
    return super.sync(...change)
  }

  override list(topic: string): ReturnType<MemoryPresence['list']> {
    this.#count('list')
    return super.list(topic)
  }

  override check(topics: readonly string[]): ReturnType<MemoryPresence['check']> {
    this.#count('check')
    return super.check(topics)
  }

  override renew(lease: string): string[] {
    this.#count('renew')
    return super.renew(lease)
  }

  #count(call: string): void {
    this.calls.push(call)
    if (this.down) throw new Error('down')
  }
}

const publishers: PresencePublisher[] = []

afterEach(async () => {
  for (const publisher of publishers.splice(0)) await publisher.close()
})

class Stage {
  readonly news: PresenceNews[] = []
  readonly failures: unknown[] = []
  readonly here = new Map<string, Map<string, LocalMember>>()
  readonly presence: CountedPresence
  readonly publisher: PresencePublisher
  /** Resolves once events arrive; they do at once if it is undefined. */
  subscription: Promise<void> | undefined
  limit = Infinity

  constructor(lease = Infinity) {
    const receive = (topic: string, event: PresenceEvent): void => this.publisher.event(topic, event)
    this.presence = new CountedPresence(lease, receive)
    this.publisher = new PresencePublisher({
      presence: this.presence,
      members: ({ topic }) => this.here.get(topic)?.values() ?? [],
      subscription: () => this.subscription,
      occupied: ({ topic }) => (this.here.get(topic)?.size ?? 0) > 0,
      notify: (_, news) => this.news.push(news),
      failed: (error) => this.failures.push(error),
    })
    publishers.push(this.publisher)
  }

  move(user: string, here: boolean, topic = 'room'): void {
    const place: PresencePlace = { topic, scope: 'room', name: topic, notify: { limit: this.limit } }
    const member = { user, connection: `c-${user}`, openedAt: 0 }
    const members = this.here.get(topic) ?? new Map<string, LocalMember>()
    this.here.set(topic, members)
    if (here) members.set(user, member)
    else members.delete(user)
    if (members.size === 0) this.here.delete(topic)
    this.publisher.changed(place, here ? { is: member, here } : { was: member, here })
  }
}

/** The users who joined or were in a whole list. */
function usersIn({ news }: Stage): string[] {
  return news
    .flatMap((one) => ('joined' in one ? one.joined : 'entries' in one ? one.entries : []))
    .map(({ user }) => user)
}

test('a member who leaves and rejoins in one turn causes no command to the store and no message', async () => {
  const stage = new Stage()
  for (let n = 0; n < 1000; n += 1) stage.move(`u${n}`, true)
  await stage.publisher.flush()
  const [calls, messages] = [stage.presence.calls.length, stage.news.length]
  for (let n = 0; n < 500; n += 1) {
    stage.move('u7', false)
    stage.move('u7', true)
  }
  await stage.publisher.flush()
  expect([stage.presence.calls.length, stage.news.length]).toEqual([calls, messages])
})

test('a member who joins and leaves in every turn causes at most ten messages a second', async () => {
  const stage = new Stage()
  for (let n = 0; n < 10; n += 1) stage.move(`u${n}`, true)
  await stage.publisher.flush()
  stage.news.length = 0
  const begun = performance.now()
  for (let here = false, turns = 0; performance.now() - begun < 500; here = !here, turns += 1) {
    stage.move('u7', here)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(stage.news.length).toBeLessThanOrEqual(6)
})

test('ten changes of other servers in one turn are one message to the members', async () => {
  const stage = new Stage()
  stage.move('ann', true)
  await stage.publisher.flush()
  stage.news.length = 0
  stage.presence.open('other')
  for (let n = 0; n < 10; n += 1) {
    const add = [{ user: `far ${n}`, connection: `f${n}`, age: 0 }]
    const [base, digest] = [n === 0 ? '' : `${n}.x`, `${n + 1}.x`]
    stage.presence.sync('room', { lease: 'other', base, digest, add, remove: [], notify: true })
  }
  await until(() => stage.news.length > 0)
  expect(stage.news).toMatchObject([{ joined: Array.from({ length: 10 }, (_, n) => ({ user: `far ${n}` })), left: [] }])
})

test('users who join and leave while the store is down are not kept in memory', async () => {
  const stage = new Stage(60)
  stage.move('ann', true)
  await stage.publisher.flush()
  stage.presence.down = true
  for (let n = 0; n < 1000; n += 1) {
    stage.move(`visitor ${n}`, true, `room ${n}`)
    stage.move(`visitor ${n}`, true)
    await stage.publisher.flush()
    stage.move(`visitor ${n}`, false, `room ${n}`)
    stage.move(`visitor ${n}`, false)
  }
  // Users whose change failed may be in the store: they are kept in memory until the store answers.
  await until(() => stage.publisher.size < 20)
  expect(stage.failures.length).toBe(1)
  stage.presence.down = false
  await until(() => stage.publisher.size === 1)
  await until(() => stage.presence.list('room')[0]?.members.length === 1)
})

test('presence asks the store for nothing while no connection has a user', async () => {
  const stage = new Stage(60)
  await stage.publisher.flush()
  stage.publisher.restored()
  await new Promise((resolve) => setImmediate(resolve))
  expect(stage.presence.calls).toEqual([])
})

test('a room of 2,500 is entered in three changes, and listed once', async () => {
  const stage = new Stage()
  for (let n = 0; n < 2500; n += 1) stage.move(`u${n}`, true)
  await stage.publisher.flush()
  expect(stage.presence.calls).toEqual(['open', 'sync', 'sync', 'sync', 'list'])
  expect(usersIn(stage).length).toBe(2500)
})

test('members get the whole list once when a store that could not be listed can be listed again', async () => {
  const stage = new Stage(60)
  stage.presence.down = true
  stage.move('ann', true)
  await stage.publisher.flush()
  stage.presence.down = false
  await until(() => stage.news.length > 0)
  expect(usersIn(stage)).toEqual(['ann'])
})

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { AddedMember, BrokerPresence, LeasedMember, PresenceHead, PresencePage } from '../../cluster/broker.js'
import { changedDigest } from '../../presence/presence-digest.js'
import { TOPIC, type BrokerCapability, type BrokerCase, type Scene, type TestServer } from './scene.js'

const member = (user: string, connection: string): AddedMember => ({ user, connection, age: 0 })

/** A lease of a server, and the members that it sent to the store. */
class PresenceServer {
  readonly server: TestServer
  readonly lease = randomBytes(12).toString('base64url')
  digest = ''

  private constructor(server: TestServer) {
    this.server = server
  }

  get presence(): BrokerPresence {
    return this.server.presence
  }

  static async open(server: TestServer): Promise<PresenceServer> {
    const opened = new PresenceServer(server)
    await server.presence.open(opened.lease)
    return opened
  }

  enter(members: readonly AddedMember[], notify = true): Promise<boolean> {
    return this.#sync(members, [], notify)
  }

  leave(members: readonly AddedMember[], notify = true): Promise<boolean> {
    return this.#sync([], members, notify)
  }

  async #sync(add: readonly AddedMember[], remove: readonly AddedMember[], notify: boolean): Promise<boolean> {
    const digest = changedDigest(this.digest, add, remove)
    const change = { lease: this.lease, base: this.digest, digest, add, remove, notify }
    const applied = await this.server.presence.sync(TOPIC, change)
    if (applied) this.digest = digest
    return applied
  }
}

/** The members of the topic, as a server sees them. */
async function listed({ presence }: TestServer, topic = TOPIC): Promise<string[]> {
  const { members } = await list(presence, topic)
  return members.map(({ user, connection }) => `${user} ${connection}`).toSorted()
}

/** The presence changes that a server received, in order: `+ann`, `-ann`. */
function changesAt({ changes }: TestServer): string[] {
  return changes.flatMap(({ event }) => [
    ...event.joined.map(({ user }) => `+${user}`),
    ...event.left.map((user) => `-${user}`),
  ])
}

/** Defines a case that is skipped if the broker has no presence. */
function whenPresent(
  title: string,
  body: (scene: Scene, servers: readonly [PresenceServer, PresenceServer]) => Promise<void>,
  needs: readonly BrokerCapability[] = [],
): BrokerCase {
  return [
    title,
    async (scene) => {
      const servers = [await scene.server(TOPIC), await scene.server(TOPIC)] as const
      await body(scene, [await PresenceServer.open(servers[0]), await PresenceServer.open(servers[1])])
    },
    ['presence', ...needs],
  ]
}

/** Cases about presence. */
export const PRESENCE_CASES: readonly BrokerCase[] = [
  whenPresent('presence lists the members of every server, each with its lease', async (_, [one, other]) => {
    await one.enter([member('ann', '1'), member('bob', '2')])
    await other.enter([member('ann', '3')])
    for (const { server } of [one, other]) assert.deepEqual(await listed(server), ['ann 1', 'ann 3', 'bob 2'])
    const { members } = await list(one.presence, TOPIC)
    assert.equal(members.find(({ connection }) => connection === '3')?.lease, other.lease)
    await one.leave([member('ann', '1')])
    for (const { server } of [one, other]) assert.deepEqual(await listed(server), ['ann 3', 'bob 2'])
    assert.deepEqual(await listed(one.server, 'hub/room/b'), [])
  }),
  whenPresent('every server gets first and last connections in one order', async (scene, [one, other]) => {
    await one.enter([member('ann', '1')])
    await other.enter([member('ann', '2')])
    await one.leave([member('ann', '1')])
    await one.enter([member('bob', '3')])
    await other.leave([member('ann', '2')])
    for (const { server } of [one, other]) {
      await scene.until('three changes', () => changesAt(server).length >= 3)
      assert.deepEqual(changesAt(server), ['+ann', '+bob', '-ann'])
      assert.equal(server.changes[0]?.topic, TOPIC)
    }
  }),
  whenPresent('every event has the tag of its predecessor, and the store the last tag', async (scene, [one, other]) => {
    await one.enter([member('ann', '1')])
    await one.enter([member('bob', '2')])
    await other.enter([member('cat', '3')])
    await scene.until('three changes', () => changesAt(other.server).length >= 3)
    const events = other.server.changes.map(({ event }) => event)
    assert.deepEqual(
      events.map(({ previous }) => previous),
      ['', ...events.slice(0, -1).map(({ tag }) => tag)],
    )
    assert.equal(new Set(events.map(({ tag }) => tag)).size, 3)
    const [head] = await one.presence.check([TOPIC], true)
    assert.equal(head?.tag, events.at(-1)?.tag)
  }),
  whenPresent('a topic without members has an empty tag', async (scene, [one, other]) => {
    await one.enter([member('ann', '1')])
    await one.leave([member('ann', '1')])
    await scene.until('two changes', () => changesAt(other.server).length >= 2)
    assert.equal(other.server.changes.at(-1)?.event.tag, '')
    const [head] = await one.presence.check([TOPIC], false)
    assert.deepEqual([head?.tag, head?.leases.size], ['', 0])
  }),
  whenPresent('a member who is added or removed twice joins or leaves once', async (scene, [one, other]) => {
    await one.enter([member('ann', '1'), member('ann', '1')])
    await one.enter([member('ann', '1')])
    await one.leave([member('zoe', '9')])
    await one.leave([member('ann', '1')])
    await one.leave([member('ann', '1')])
    await one.enter([member('mark', '2')])
    await scene.until('the mark', () => changesAt(other.server).includes('+mark'))
    assert.deepEqual(changesAt(other.server), ['+ann', '-ann', '+mark'])
  }),
  whenPresent('a user has the state of its newest connection', async (scene, [one, other]) => {
    const old = { ...member('ann', '1'), age: 60_000, state: '{"name":"Ann A"}' }
    await one.enter([old])
    await other.enter([{ ...member('ann', '2'), state: '"new"' }])
    await one.enter([{ ...old, state: '"changed"' }])
    await other.leave([member('ann', '2')])
    await one.leave([old])
    await scene.until('the end', () => changesAt(other.server).includes('-ann'))
    const seen = other.server.changes.flatMap(({ event }) => [...event.joined, ...event.changed])
    assert.deepEqual(seen, [
      { user: 'ann', state: '{"name":"Ann A"}', connections: ['1'] },
      { user: 'ann', state: '"new"', connections: ['2', '1'] },
      { user: 'ann', state: '"changed"', connections: ['1'] },
    ])
  }),
  whenPresent('presence lists states, and members that are added again keep their ages', async (_, [one, other]) => {
    const old = { ...member('ann', '1'), age: 60_000, state: '"a b"' }
    await one.enter([old, member('bob', '2')])
    await one.enter([{ ...old, age: 0, state: 'null' }])
    const { members } = await list(other.presence, TOPIC)
    const [ann, bob] = ['ann', 'bob'].map((user) => members.find((each) => each.user === user))
    assert.deepEqual([ann?.state, bob?.state], ['null', undefined])
    const difference = (bob?.since ?? 0) - (ann?.since ?? 0)
    assert.ok(difference > 50_000 && difference < 70_000, `${difference} ms lie between them`)
    assert.equal((await one.presence.count?.(TOPIC)) ?? 2, 2)
  }),
  whenPresent('sync() changes nothing if the store has another digest of the lease', async (_, [one, other]) => {
    await one.enter([member('ann', '1')])
    const wrong = { lease: one.lease, base: '7.ffffffffffffffff', digest: '1.0000000000000000', notify: true }
    const change = { ...wrong, add: [member('bob', '2')], remove: [member('ann', '1')] }
    assert.equal(await one.presence.sync(TOPIC, change), false)
    assert.equal(await one.presence.sync(TOPIC, { ...change, base: '' }), false)
    assert.deepEqual(await listed(other.server), ['ann 1'])
    const [head] = await other.presence.check([TOPIC], false)
    assert.deepEqual([...(head?.leases ?? [])], [[one.lease, one.digest]])
  }),
  whenPresent('a change reaches subscribed servers alone, and none if notify is false', async (scene, [one, other]) => {
    const outsider = await scene.server('hub/room/b')
    await one.enter([member('ann', '1')], false)
    await one.leave([member('ann', '1')], false)
    await one.enter([member('bob', '2')])
    await scene.until('bob', () => changesAt(other.server).length > 0)
    assert.deepEqual([changesAt(other.server), changesAt(outsider)], [['+bob'], []])
  }),
  whenPresent('presence accepts any user name, and many users in one change', async (scene, [one, other]) => {
    const names = ['a:b', '+1:x', '', ' ', 'ü€😀', '{x}', '__proto__', '#', '=', 'a\nb']
    const many = Array.from({ length: 2500 }, (_, n) => member(`user ${n}`, `c${n}`))
    const all = [...names.map((name, at) => member(name, String(at))), ...many]
    for (let at = 0; at < all.length; at += 1000) await one.enter(all.slice(at, at + 1000))
    await scene.until('all', () => changesAt(other.server).length >= all.length)
    assert.deepEqual(
      changesAt(other.server).slice(0, names.length),
      names.map((name) => `+${name}`),
    )
    const { members } = await list(other.presence, TOPIC)
    assert.deepEqual(new Set(members.map(({ user }) => user)), new Set(all.map(({ user }) => user)))
  }),
  whenPresent('renew() extends a living lease, and does not create a lease', async (_, [one, other]) => {
    assert.deepEqual([...(await one.presence.renew(one.lease))].toSorted(), [one.lease, other.lease].toSorted())
    assert.ok(!(await one.presence.renew('never-opened-000')).includes('never-opened-000'))
    assert.equal((await other.presence.living()).length, 2)
  }),
  whenPresent('a released lease ends at once and cannot be renewed', async (_, [one, other]) => {
    await one.presence.release(one.lease)
    assert.deepEqual([...(await other.presence.living())], [other.lease])
    assert.deepEqual([...(await one.presence.renew(one.lease))], [other.lease])
  }),
  whenPresent('check() returns one head for each topic in order', async (_, [one]) => {
    await one.enter([member('ann', '1')])
    const heads = await one.presence.check(['hub/room/x', TOPIC, 'hub/room/y'], true)
    assert.deepEqual(
      heads.map(({ leases }) => [...leases]),
      [[], [[one.lease, one.digest]], []],
    )
  }),
  whenPresent(
    'the members of a crashed server are removed, and subscribers notified once',
    async (scene, [one, other]) => {
      const crashed = await PresenceServer.open(await scene.server(TOPIC))
      await one.enter([member('ann', '1'), member('bob', '2')])
      await crashed.enter([member('ann', '3'), member('cat', '4')])
      await scene.crash(crashed.server)
      await scene.until('gone', async () => !(await one.presence.renew(one.lease)).includes(crashed.lease))
      await reapLease(one, crashed)
      await reapLease(other, crashed)
      await scene.until('the departure', () => changesAt(other.server).includes('-cat'))
      assert.deepEqual(await listed(other.server), ['ann 1', 'bob 2'])
      const left = changesAt(other.server).filter((change) => change.startsWith('-'))
      assert.deepEqual(left, ['-cat'])
    },
    ['crash'],
  ),
]

/** All pages of a list as one. */
async function list(presence: BrokerPresence, topic: string): Promise<PresencePage> {
  const members: LeasedMember[] = []
  let head: PresenceHead | undefined
  for await (const page of presence.list(topic)) {
    head ??= page
    members.push(...page.members)
  }
  assert.ok(head, 'a list has at least one page')
  return { tag: head.tag, leases: head.leases, members }
}

/** Removes the members of another server's lease, as a hub does once the lease has expired. */
async function reapLease({ server }: PresenceServer, { lease }: PresenceServer): Promise<void> {
  const { leases, members } = await list(server.presence, TOPIC)
  const remove = members.filter((one) => one.lease === lease)
  const base = leases.get(lease) ?? ''
  await server.presence.sync(TOPIC, { lease, base, digest: '', add: [], remove, notify: true })
}

import assert from 'node:assert/strict'
import type { PresenceMember } from '../../broker/broker.js'
import type { Case, Scene, TestServer } from './scene.js'

const TOPIC = 'hub/room/a'
const member = (user: string, connection: string): PresenceMember => ({ user, connection })

/** Who is on the topic, as a server sees it. */
async function listed(server: TestServer, topic = TOPIC): Promise<string[]> {
  return [...(await server.presence.list(topic))].map(({ user, connection }) => `${user} ${connection}`).toSorted()
}

/** What a server was told, in order: `+ann`, `-ann`. */
function told({ changes }: TestServer): string[] {
  return changes.flatMap(({ change }) => [
    ...change.joined.map((user) => `+${user}`),
    ...change.left.map((user) => `-${user}`),
  ])
}

/** Defines a case that is left out where the broker has no presence. */
function presence(
  title: string,
  body: (scene: Scene, servers: readonly [TestServer, TestServer]) => Promise<void>,
): Case {
  return [
    title,
    async (scene) => {
      const servers = [await scene.server(TOPIC), await scene.server(TOPIC)] as const
      if (servers[0].broker.presence) await body(scene, servers)
    },
  ]
}

/** What a broker knows of people. */
export const PRESENCE_CASES: readonly Case[] = [
  presence('lists everybody on every server, with their tabs', async (_, [one, other]) => {
    await one.presence.enter(TOPIC, [member('ann', '1'), member('bob', '2')], false)
    await other.presence.enter(TOPIC, [member('ann', '3')], false)
    for (const server of [one, other]) assert.deepEqual(await listed(server), ['ann 1', 'ann 3', 'bob 2'])
    await one.presence.leave(TOPIC, [member('ann', '1')], false)
    for (const server of [one, other]) assert.deepEqual(await listed(server), ['ann 3', 'bob 2'])
    assert.deepEqual(await listed(one, 'hub/room/b'), [])
  }),
  presence(
    'tells of the first tab and of the last, on whatever server, everybody in the same order',
    async (scene, [one, other]) => {
      await one.presence.enter(TOPIC, [member('ann', '1')], true)
      await other.presence.enter(TOPIC, [member('ann', '2')], true)
      await one.presence.leave(TOPIC, [member('ann', '1')], true)
      await one.presence.enter(TOPIC, [member('bob', '3')], true)
      await other.presence.leave(TOPIC, [member('ann', '2')], true)
      for (const server of [one, other]) {
        await scene.until('three changes', () => told(server).length >= 3)
        assert.deepEqual(told(server), ['+ann', '+bob', '-ann'])
        assert.equal(server.changes[0]?.topic, TOPIC)
      }
    },
  ),
  presence('takes twice for once, and leaving without having come for nothing', async (scene, [one, other]) => {
    await one.presence.enter(TOPIC, [member('ann', '1'), member('ann', '1')], true)
    await one.presence.enter(TOPIC, [member('ann', '1')], true)
    await one.presence.leave(TOPIC, [member('zoe', '9')], true)
    await one.presence.leave(TOPIC, [member('ann', '1')], true)
    await one.presence.leave(TOPIC, [member('ann', '1')], true)
    await one.presence.enter(TOPIC, [member('mark', '2')], true)
    await scene.until('the mark', () => told(other).includes('+mark'))
    assert.deepEqual(told(other), ['+ann', '-ann', '+mark'])
  }),
  presence('tells nobody where it is told not to, nor who did not subscribe', async (scene, [one, other]) => {
    const stranger = await scene.server('hub/room/b')
    await one.presence.enter(TOPIC, [member('ann', '1')], false)
    await one.presence.leave(TOPIC, [member('ann', '1')], false)
    await one.presence.enter(TOPIC, [member('bob', '2')], true)
    await scene.until('bob', () => told(other).length > 0)
    assert.deepEqual([told(other), told(stranger)], [['+bob'], []])
  }),
  presence('takes any name, and many at once', async (scene, [one, other]) => {
    const names = ['a:b', '+1:x', '', ' ', 'ü€😀', '{x}', '__proto__', 'a\nb']
    const many = Array.from({ length: 2500 }, (_, n) => member(`user ${n}`, `c${n}`))
    await one.presence.enter(TOPIC, [...names.map((name, at) => member(name, String(at))), ...many], true)
    await scene.until('all', () => told(other).length >= names.length + many.length)
    assert.deepEqual(
      told(other).slice(0, names.length),
      names.map((name) => `+${name}`),
    )
    const users = (await other.presence.list(TOPIC)).map(({ user }) => user)
    assert.deepEqual(new Set(users), new Set([...names, ...many.map(({ user }) => user)]))
  }),
  presence('keeps its lease', async (_, [one]) => {
    assert.equal(await one.presence.renew(), true)
    await one.presence.enter(TOPIC, [member('ann', '1')], false)
    assert.equal(await one.presence.renew(), true)
  }),
  presence('lets go of everybody when it is closed', async (scene, [one, other]) => {
    const third = await scene.server(TOPIC)
    await third.presence.enter(TOPIC, [member('ann', '1')], true)
    await one.presence.enter(TOPIC, [member('bob', '2')], true)
    await third.broker.close()
    await scene.until('gone', async () => (await listed(other)).join() === 'bob 2')
    await scene.until('told', () => told(other).includes('-ann'))
  }),
  presence('lets go of the people of a server that has crashed, and tells it once', async (scene, [one, other]) => {
    if (!scene.crashes) return
    const victim = await scene.server(TOPIC)
    await one.presence.enter(TOPIC, [member('ann', '1'), member('bob', '2')], true)
    await victim.presence.enter(TOPIC, [member('ann', '3'), member('cat', '4')], true)
    await scene.crash(victim)
    await scene.until('gone', async () => {
      for (const server of [one, other]) await server.presence.renew()
      return told(other).includes('-cat') && (await listed(other)).join() === 'ann 1,bob 2'
    })
    assert.equal(
      told(other)
        .filter((change) => change.startsWith('-'))
        .join(),
      '-cat',
    )
  }),
]

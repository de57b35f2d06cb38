import { setTimeout as sleep } from 'node:timers/promises'
import { leasesRenewed, RENEWALS_PER_LEASE } from '../../../test/support/leases.js'
import { hasRedis, type RedisServer } from '../../../test/support/redis.js'
import { expectEventually, until } from '../../../test/support/wait.js'
import { HubServer } from '../../core/test/hub-server.js'
import { redisServers } from './redis-pair.js'
import { redisBroker } from '../src/index.js'
import type { TestClient } from '@wshub/core/testing'

// Presence on two hubs while Redis hangs, loses data, is rolled back or contains foreign data: correct again within two leases.

const suite = hasRedis() ? describe : describe.skip
const LEASE_MS = 900
const TWO_LEASES_MS = 2 * LEASE_MS
const ROOM = 'presence:1'
const TOPIC_KEY = `wshub:{hub/room/${encodeURIComponent(ROOM)}}:who`
const LEASES_KEY = 'wshub:{servers}:leases'

interface News {
  readonly room: string
  readonly seq: number
  readonly joined?: readonly Named[]
  readonly left?: readonly string[]
  readonly entries?: readonly Named[]
}

interface Named {
  readonly user: string
}

/** A member of the room, and the users that it knows from the presence messages. */
class Watcher {
  readonly users = new Set<string>()
  seq = 0
  holes = 0

  constructor(client: TestClient) {
    const state = { open: true }
    void client.closed.then(() => (state.open = false))
    void this.#read(client, state)
  }

  /** Adds the users that the app lists, as a page does that has just joined. */
  async list({ hub }: HubServer): Promise<this> {
    for (const { user } of await hub.room(ROOM).presence()) this.users.add(user)
    return this
  }

  async #read(client: TestClient, state: { readonly open: boolean }): Promise<void> {
    while (state.open) {
      // A timeout of `next` does not end the loop, because Redis may hang for longer.
      const message = (await client.next().catch(() => undefined)) as { type: string; payload: News } | undefined
      if (message?.type === 'hub:presence') this.#take(message.payload)
    }
  }

  #take({ seq, entries, joined = [], left = [] }: News): void {
    if (seq !== this.seq + 1) this.holes += 1
    this.seq = seq
    if (entries) this.users.clear()
    for (const { user } of [...(entries ?? []), ...joined]) this.users.add(user)
    for (const user of left) this.users.delete(user)
  }
}

interface Scene {
  readonly server: RedisServer
  readonly here: HubServer
  readonly there: HubServer
  readonly near: Watcher
  readonly far: Watcher
  /** ann is on the other server. */
  readonly ann: TestClient
}

suite('presence over a Redis that fails', () => {
  const start = redisServers()

  async function open(): Promise<Scene> {
    const server = await start()
    const [here, there] = [hubServerOn(server), hubServerOn(server)]
    await Promise.all([here.hub.ready, there.hub.ready])
    const near = await new Watcher((await here.connect({ user: 'near', rooms: [ROOM] })).client).list(here)
    const far = await new Watcher((await there.connect({ user: 'far', rooms: [ROOM] })).client).list(there)
    const { client: ann } = await there.connect({ user: 'ann', rooms: [ROOM] })
    const scene = { server, here, there, near, far, ann }
    await expectPresence(scene, ['ann', 'far', 'near'])
    return scene
  }

  test('a user who left while Redis hung for longer than a lease is removed, and all others stay', async () => {
    const scene = await open()
    scene.server.pause()
    await scene.ann.close()
    // The length of the fault.
    await sleep(1.6 * LEASE_MS)
    scene.server.resume()
    await expectPresence(scene, ['far', 'near'])
    // If a server could not renew its own lease, it waits at least one lease before it removes members of other servers.
    await leasesRenewed(scene.server, RENEWALS_PER_LEASE + 1)
    await expectPresence(scene, ['far', 'near'])
  })

  test('all users are listed again after FLUSHALL', async () => {
    const scene = await open()
    await scene.server.command('FLUSHALL')
    await expectPresence(scene, ['ann', 'far', 'near'])
  })

  test('users are listed again after their key was evicted, except one who left meanwhile', async () => {
    const scene = await open()
    await scene.server.command('DEL', TOPIC_KEY)
    await scene.ann.close()
    await expectPresence(scene, ['far', 'near'])
  })

  test('a rollback of the store revives no user who left, and loses no user who came', async () => {
    const scene = await open()
    const { server, here } = scene
    const keys = [TOPIC_KEY, LEASES_KEY]
    for (const key of keys) await server.command('COPY', key, `${key}:old`)
    await scene.ann.close()
    await here.connect({ user: 'new', rooms: [ROOM] })
    await expectPresence(scene, ['far', 'near', 'new'])
    for (const key of keys) await server.command('RENAME', `${key}:old`, key)
    expect(await server.command('HEXISTS', TOPIC_KEY, '=ann')).toBe(':1\r\n')
    expect(await server.command('HEXISTS', TOPIC_KEY, '=new')).toBe(':0\r\n')
    await expectPresence(scene, ['far', 'near', 'new'])
    await until(async () => (await server.command('HEXISTS', TOPIC_KEY, '=ann')) === ':0\r\n')
  })

  test('members are notified of users who left while the subscriber connection was lost', async () => {
    const scene = await open()
    await scene.server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await scene.ann.close()
    await expectPresence(scene, ['far', 'near'])
  })

  test.each([
    ['a string', [TOPIC_KEY, LEASES_KEY].map((key) => ['SET', key, 'junk'])],
    [
      'a list',
      [TOPIC_KEY, LEASES_KEY].flatMap((key) => [
        ['DEL', key],
        ['RPUSH', key, 'junk'],
      ]),
    ],
    ['a forged head', [['HSET', TOPIC_KEY, '#', 'ffffffff nobody=1.00 =x']]],
    ['a head that is junk', [['HSET', TOPIC_KEY, '#', '\u0000\u0001']]],
    ['a lease of a dead server that never ends', [['ZADD', LEASES_KEY, 'inf', 'forged-000000000']]],
    ['no head', [['HDEL', TOPIC_KEY, '#']]],
  ])('presence is correct again after another program wrote %s to its keys', async (_, commands) => {
    const scene = await open()
    for (const command of commands) expect(await scene.server.command(...command)).not.toMatch(/^-/)
    await scene.ann.close()
    await expectPresence(scene, ['far', 'near'])
  })
})

function hubServerOn(server: RedisServer): HubServer {
  const made = new HubServer({ broker: redisBroker({ url: server.url }, { lease: LEASE_MS, timeout: 500 }) })
  made.hub.createRoom(/^presence:/, { presence: true })
  return made
}

/** All users are listed on both servers, and the members of both have this list; within two leases. */
async function expectPresence({ here, there, near, far }: Scene, users: readonly string[]): Promise<void> {
  // Twice as long as promised: the machine may be busy.
  await expectEventually(async () => {
    const lists = await Promise.all(
      [here, there].map(async ({ hub }) => (await hub.room(ROOM).presence()).map(({ user }) => user).toSorted()),
    )
    expect([...lists, [...near.users].toSorted(), [...far.users].toSorted()]).toEqual([users, users, users, users])
  }, 2 * TWO_LEASES_MS)
  expect([near.holes, far.holes]).toEqual([0, 0])
}

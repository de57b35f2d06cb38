import { timers } from '../../../test/support/process.js'
import { type Audience, type Connection, type Hub, Hubs } from '../src/index.js'
import { encodeMessage } from '../src/cluster/cluster-message.js'
import type { TestClient } from '../src/testing/index.js'
import { closeHouses, House, until, latch } from './house.js'
import { Network } from './network.js'

// Two servers and a broker between them: what is said on one reaches the members on both, each once.

afterEach(closeHouses)

const fail = async (): Promise<void> => Promise.reject(new Error('broken'))

const broken = (): never => {
  throw new Error('broken')
}

interface Guest {
  client: TestClient
  connection: Connection
}

async function pair(): Promise<{ network: Network; here: House; there: House }> {
  const network = new Network()
  const here = new House({ broker: network.broker('here') })
  const there = new House({ broker: network.broker('there') })
  return { network, here, there }
}

const ann = { user: 'ann', session: 's1', rooms: ['a', 'b'] }

const AUDIENCES: [string, (house: House) => Audience, reached: boolean, room?: string][] = [
  ['the hub', ({ hub }) => hub, true],
  ['a room', ({ hub }) => hub.room('a'), true, 'a'],
  ['another room', ({ hub }) => hub.room('c'), false],
  ['a union', ({ hub }) => hub.to('a', 'b'), true],
  ['a union of one that is here and one that is not', ({ hub }) => hub.to('c', 'b'), true],
  ['a room twice', ({ hub }) => hub.to('a', 'a'), true, 'a'],
  ['a user', ({ hub }) => hub.user('ann'), true],
  ['a user twice', ({ hub }) => hub.user('ann', 'ann'), true],
  ['users', ({ hub }) => hub.user('bob', 'ann'), true],
  ['another user', ({ hub }) => hub.user('bob'), false],
  ['a session', ({ hub }) => hub.session('s1'), true],
  ['another session', ({ hub }) => hub.session('s2'), false],
]

describe.each(AUDIENCES)('%s', (_, audience, reached, room) => {
  test('gets what is sent on the other server, once and in order', async () => {
    const { here, there } = await pair()
    const local = await here.visit(ann)
    const remote = await there.visit(ann)
    audience(here).emit('text', { n: 1 })
    audience(here).send(Buffer.from([1, 2]))
    for (const one of [local, remote]) {
      expect(await upToMark(one, here)).toEqual(
        reached ? [{ type: 'text', payload: { n: 1 }, ...(room && { room }) }, Buffer.from([1, 2])] : [],
      )
    }
  })
})

/** What a guest got before a mark that everybody gets. */
async function upToMark({ client }: Guest, { hub }: House): Promise<unknown[]> {
  hub.emit('mark')
  const messages: unknown[] = []
  for (;;) {
    const message = await client.next()
    if ((message as { type?: string }).type === 'mark') return messages
    messages.push(message)
  }
}

test('exceptions hold on the other server', async () => {
  const { here, there } = await pair()
  const [one, other] = [await there.visit(ann), await there.visit(ann)]
  here.hub.room('a').except(one.connection.id).emit('x')
  expect(await other.client.next()).toEqual({ type: 'x', room: 'a' })
  expect(await upToMark(one, here)).toEqual([])
})

test('order between audiences holds on the other server', async () => {
  const { here, there } = await pair()
  const { client } = await there.visit(ann)
  const audiences = [here.hub, here.hub.room('a'), here.hub.user('ann'), here.hub.to('a', 'b'), here.hub.session('s1')]
  for (let n = 0; n < 50; n += 1) audiences[n % audiences.length]?.send(String(n))
  for (let n = 0; n < 50; n += 1) expect(await client.next()).toBe(String(n))
})

test('a server gets no traffic of rooms, users and sessions that it has no member of', async () => {
  const { network, here, there } = await pair()
  await here.visit(ann)
  await there.visit({ user: 'bob', session: 's2', rooms: ['c'] })
  here.hub.room('a').emit('x')
  here.hub.user('ann').emit('x')
  here.hub.session('s1').emit('x')
  here.hub.to('a', 'b').emit('x')
  here.hub.emit('all')
  await until(() => network.delivered.length > 0)
  expect(network.delivered).toEqual([{ at: 'there', topic: 'hub/hub/' }])
})

test('topics come with the first member and go with the last', async () => {
  const { network, here } = await pair()
  expect(network.topics('here')).toEqual(['hub/server/'])
  const one = await here.visit(ann)
  const other = await here.visit({ rooms: ['a'] })
  const all = ['hub/hub/', 'hub/room/a', 'hub/room/b', 'hub/server/', 'hub/session/s1', 'hub/user/ann']
  expect(network.topics('here')).toEqual(all)
  one.connection.leave('a')
  expect(network.topics('here')).toEqual(all)
  await one.client.close()
  await one.connection.closed
  expect(network.topics('here')).toEqual(['hub/hub/', 'hub/room/a', 'hub/server/'])
  other.connection.leave('a')
  await other.connection.join('a/b *?é')
  expect(network.topics('here')).toEqual(['hub/hub/', `hub/room/${encodeURIComponent('a/b *?é')}`, 'hub/server/'])
  await other.client.close()
  await other.connection.closed
  expect(network.topics('here')).toEqual(['hub/server/'])
})

test('who leaves a room without having been in it takes no topic away', async () => {
  const { network, here } = await pair()
  await here.visit({ rooms: ['a'] })
  const stranger = await here.visit()
  stranger.connection.leave('a')
  expect(network.topics('here')).toEqual(['hub/hub/', 'hub/room/a', 'hub/server/'])
})

test('a server that compresses for its clients sends to other servers what all of them can read', async () => {
  const network = new Network()
  const here = new House({ broker: network.broker('here'), compression: { threshold: 0 } })
  const there = new House({ broker: network.broker('there') })
  const { client } = await there.visit()
  here.hub.emit('text', 'x'.repeat(1000))
  expect(await client.next()).toEqual({ type: 'text', payload: 'x'.repeat(1000) })
})

test('join resolves once messages of other servers arrive', async () => {
  const { network, here, there } = await pair()
  const { client, connection } = await there.visit()
  const { held, release } = latch()
  network.hold = held
  const joined = connection.join('late')
  expect(connection.in('late')).toBe(true)
  there.hub.room('late').emit('local')
  expect(await client.next()).toEqual({ type: 'local', room: 'late' })
  expect(network.topics('there')).not.toContain('hub/room/late')
  const second = await there.visit()
  const others = second.connection.join('late').then(() => network.topics('there'))
  release()
  await joined
  expect(await others).toContain('hub/room/late')
  here.hub.room('late').emit('far')
  expect(await client.next()).toEqual({ type: 'far', room: 'late' })
})

test('a union reaches a member of long standing while a room of it is only being joined', async () => {
  const { network, here, there } = await pair()
  const old = await there.visit({ rooms: ['b'] })
  const young = await there.visit()
  network.hold = new Promise(() => {})
  void young.connection.join('a')
  here.hub.to('a', 'b').emit('x')
  expect(await old.client.next()).toEqual({ type: 'x' })
})

test('disconnect, join and leave travel', async () => {
  const { here, there } = await pair()
  const { client, connection } = await there.visit(ann)
  const stranger = await there.visit({ user: 'bob' })
  here.hub.user('ann').join('new')
  await until(() => connection.in('new'))
  here.hub.room('new').leave('new')
  await until(() => !connection.in('new'))
  here.hub.user('ann').emit('last')
  here.hub.user('ann').disconnect(4403, 'banned')
  expect(await client.next()).toEqual({ type: 'last' })
  expect(await client.closed).toEqual({ code: 4403, reason: 'banned' })
  expect(stranger.connection.state).toBe('open')
})

describe('who is sent away on another server', () => {
  const departures = [
    ['user', (hub: Hub) => hub.user('ann').disconnect()],
    ['session', (hub: Hub) => hub.session('s1').disconnect()],
    ['one of many', (hub: Hub) => hub.user('bob', 'ann').disconnect()],
  ] as const

  test.each(departures)('by %s does not get in by a handshake that was under way', async (_, send) => {
    const { network, here, there } = await pair()
    const { held, release } = latch()
    let asked = false
    const visit = there.visit(async () => {
      asked = true
      await held
      return ann
    })
    await until(() => asked)
    send(here.hub)
    await until(() => network.delivered.some(({ at }) => at === 'there'))
    release()
    await expect(visit).rejects.toMatchObject({ status: 401 })
    // That was another login.
    expect((await there.visit(ann)).connection.state).toBe('open')
  })

  test.each(departures)('by %s is found also where nobody listened for it yet', async (_, send) => {
    const { network, here, there } = await pair()
    await until(() => network.topics('there').includes('hub/server/'))
    network.hold = new Promise(() => {})
    const { client } = await there.visit(ann)
    send(here.hub)
    expect((await client.closed).code).toBe(4401)
    expect(network.delivered).toEqual([{ at: 'there', topic: 'hub/server/' }])
  })

  test('and comes back at once stays', async () => {
    const { network, here, there } = await pair()
    const gone = await there.visit(ann)
    here.hub.user('ann').disconnect()
    expect((await gone.client.closed).code).toBe(4401)
    await until(() => network.delivered.some(({ at, topic }) => at === 'there' && topic === 'hub/server/'))
    const { connection } = await there.visit(ann)
    // Whoever is found later was sent away later.
    network.hold = new Promise(() => {})
    const bob = await there.visit({ user: 'bob' })
    here.hub.user('bob').disconnect()
    await bob.client.closed
    expect(connection.state).toBe('open')
  })

  test('keeps no hub from closing', async () => {
    const before = timers()
    const { network, here, there } = await pair()
    const { client } = await there.visit(ann)
    here.hub.user('ann').disconnect()
    await client.closed
    await until(() => network.delivered.some(({ at, topic }) => at === 'there' && topic === 'hub/server/'))
    await Promise.all([here.hub.close(), there.hub.close()])
    expect(timers()).toBe(before)
  })

  test('with a code that keeps nobody out is no news for other servers', async () => {
    const { network, here, there } = await pair()
    const { client } = await there.visit(ann)
    here.hub.user('ann').disconnect(4409)
    expect((await client.closed).code).toBe(4409)
    expect(network.published.map(({ topic }) => topic)).not.toContain('hub/server/')
  })
})

test('two hubs of different names on one broker do not hear each other', async () => {
  const network = new Network()
  const chat = new House({ name: 'a', broker: network.broker('chat') })
  const game = new House({ name: 'a/room', broker: network.broker('game') })
  const { client } = await game.visit({ rooms: ['x'] })
  chat.hub.emit('no')
  chat.hub.room('x').emit('no')
  game.hub.emit('yes')
  expect(await client.next()).toEqual({ type: 'yes' })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('hello')],
  ['another version', Buffer.from([9, 0, 0, 0, 0])],
  [
    'half a parcel',
    encodeMessage({
      id: undefined,
      address: { scope: 'hub', names: [''], except: new Set() },
      frame: Buffer.from('xx'),
    }).subarray(0, 20),
  ],
  [
    'a frame that is none',
    encodeMessage({
      id: undefined,
      address: { scope: 'hub', names: [''], except: new Set() },
      frame: Buffer.from('xx'),
    }),
  ],
  [
    'a command that cannot be',
    encodeMessage({
      id: undefined,
      address: { scope: 'hub', names: [''], except: new Set() },
      command: { do: 'disconnect', code: 1006, reason: '' },
    }),
  ],
])('%s on a channel is dropped: nothing delivered, nobody hurt', async (_, bytes) => {
  const { network, there } = await pair()
  const guest = await there.visit(ann)
  expect(() => network.inject('hub/hub/', bytes)).not.toThrow()
  expect(await upToMark(guest, there)).toEqual([])
  expect(guest.connection.state).toBe('open')
})

test('a broker that fails is reported, and local delivery goes on', async () => {
  const house = new House({
    broker: { connect: fail, subscribe: broken, unsubscribe: fail, publish: fail, close: broken },
  })
  const { client, connection } = await house.visit(ann)
  await connection.join('x')
  house.hub.room('x').emit('local')
  expect(await client.next()).toEqual({ type: 'local', room: 'x' })
  await client.close()
  await connection.closed
  await house.hub.close()
  expect(new Set(house.failures.map(({ stage }) => stage))).toEqual(new Set(['broker']))
})

test('hubs that share a broker connect it once, hear their own, and close it with the last of them', async () => {
  const network = new Network()
  const calls: string[] = []
  const broker = network.broker('here')
  const counted = {
    ...broker,
    connect: (...args: Parameters<typeof broker.connect>) => (calls.push('connect'), broker.connect(...args)),
    close: () => (calls.push('close'), broker.close()),
  }
  const hubs = new Hubs({ broker: counted })
  const [a, b] = [hubs.create('a'), hubs.create('b')]
  const there = new House({ broker: network.broker('there'), name: 'b' })
  const guest = await there.visit(ann)
  a.emit('text', 'from a')
  b.emit('text', 'from b')
  expect(await guest.client.next()).toEqual({ type: 'text', payload: 'from b' })
  await a.close()
  expect(calls).toEqual(['connect'])
  await hubs.close()
  expect(calls).toEqual(['connect', 'close'])
})

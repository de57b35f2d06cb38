import { type Audience } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'
import { idOf } from './other-servers.js'
import { ann, pair, upToMark } from './servers-support.js'
import { until, latch } from '../../../test/support/wait.js'

// Two servers with a broker: a message on one reaches each member on both once.

afterEach(closeHubServers)

const AUDIENCES: [string, (hubServer: HubServer) => Audience, reached: boolean, room?: string][] = [
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
  test('an audience gets messages of another server once and in order', async () => {
    const { here, there } = await pair()
    const local = await here.connect(ann)
    const remote = await there.connect(ann)
    audience(here).emit('text', { n: 1 })
    audience(here).send(Buffer.from([1, 2]))
    for (const one of [local, remote]) {
      expect(await upToMark(one, here)).toEqual(
        reached ? [{ type: 'text', payload: { n: 1 }, ...(room && { room }) }, Buffer.from([1, 2])] : [],
      )
    }
  })
})

test('exceptions apply on the other server', async () => {
  const { here, there } = await pair()
  const [one, other] = [await there.connect(ann), await there.connect(ann)]
  here.hub.room('a').except(one.connection.id).emit('x')
  expect(await other.client.next()).toEqual({ type: 'x', room: 'a' })
  expect(await upToMark(one, here)).toEqual([])
})

test('messages to different audiences keep their order on the other server', async () => {
  const { here, there } = await pair()
  const { client } = await there.connect(ann)
  const audiences = [here.hub, here.hub.room('a'), here.hub.user('ann'), here.hub.to('a', 'b'), here.hub.session('s1')]
  for (let n = 0; n < 50; n += 1) audiences[n % audiences.length]?.send(String(n))
  for (let n = 0; n < 50; n += 1) expect(await client.next()).toBe(String(n))
})

test('a server gets no traffic of rooms, users and sessions that it has no member of', async () => {
  const { network, here, there } = await pair()
  await here.connect(ann)
  await there.connect({ user: 'bob', session: 's2', rooms: ['c'] })
  here.hub.room('a').emit('x')
  here.hub.user('ann').emit('x')
  here.hub.session('s1').emit('x')
  here.hub.to('a', 'b').emit('x')
  here.hub.emit('all')
  await until(() => network.delivered.length > 0)
  expect(network.delivered).toEqual([{ at: 'there', topic: 'hub/hub/' }])
})

test('a message only to connections of this server is not sent to other servers', async () => {
  const { network, here } = await pair()
  const { connection } = await here.connect(ann)
  network.published.length = 0
  connection.except().send('raw')
  connection.except().emit('x', 1, { volatile: true })
  connection.except().join('c')
  expect(network.published).toEqual([])
})

test('a user who is called as a connection of this server is reached on other servers', async () => {
  const { here, there } = await pair()
  const { connection } = await here.connect()
  const { client } = await there.connect({ user: connection.id })
  here.hub.user(connection.id).emit('x')
  expect(await client.next()).toEqual({ type: 'x' })
})

test('a server subscribes a topic with the first member and unsubscribes it with the last', async () => {
  const { network, here } = await pair()
  const own = ['hub/server/', `hub/server/${idOf(here)}`]
  expect(network.topics('here')).toEqual(own)
  const one = await here.connect(ann)
  const other = await here.connect({ rooms: ['a'] })
  const all = ['hub/hub/', 'hub/room/a', 'hub/room/b', ...own, 'hub/session/s1', 'hub/user/ann']
  expect(network.topics('here')).toEqual(all)
  one.connection.leave('a')
  expect(network.topics('here')).toEqual(all)
  await one.client.close()
  await one.connection.closed
  expect(network.topics('here')).toEqual(['hub/hub/', 'hub/room/a', ...own])
  other.connection.leave('a')
  await other.connection.join('a/b *?é')
  expect(network.topics('here')).toEqual(['hub/hub/', `hub/room/${encodeURIComponent('a/b *?é')}`, ...own])
  await other.client.close()
  await other.connection.closed
  expect(network.topics('here')).toEqual(own)
})

test('a leave without a membership unsubscribes no topic', async () => {
  const { network, here } = await pair()
  await here.connect({ rooms: ['a'] })
  const outsider = await here.connect()
  outsider.connection.leave('a')
  expect(network.topics('here')).toContain('hub/room/a')
})

test('a server with compression sends uncompressed messages to other servers', async () => {
  const network = new Network()
  const here = new HubServer({ broker: network.broker('here'), compression: { threshold: 0 } })
  const there = new HubServer({ broker: network.broker('there') })
  const { client } = await there.connect()
  here.hub.emit('text', 'x'.repeat(1000))
  here.hub.emit('text', 'y'.repeat(1000), { volatile: true })
  expect(await client.next()).toEqual({ type: 'text', payload: 'x'.repeat(1000) })
  expect(await client.next()).toEqual({ type: 'text', payload: 'y'.repeat(1000), volatile: true })
})

test('join resolves once messages of other servers arrive', async () => {
  const { network, here, there } = await pair()
  const { client, connection } = await there.connect()
  const { held, release } = latch()
  network.hold = held
  const joined = connection.join('late')
  expect(connection.in('late')).toBe(true)
  there.hub.room('late').emit('local')
  expect(await client.next()).toEqual({ type: 'local', room: 'late' })
  expect(network.topics('there')).not.toContain('hub/room/late')
  const second = await there.connect()
  const others = second.connection.join('late').then(() => network.topics('there'))
  release()
  await joined
  expect(await others).toContain('hub/room/late')
  here.hub.room('late').emit('far')
  expect(await client.next()).toEqual({ type: 'far', room: 'late' })
})

test('a union reaches its old members while another of its rooms is being joined', async () => {
  const { network, here, there } = await pair()
  const old = await there.connect({ rooms: ['b'] })
  const young = await there.connect()
  network.hold = new Promise(() => {})
  void young.connection.join('a')
  here.hub.to('a', 'b').emit('x')
  expect(await old.client.next()).toEqual({ type: 'x' })
})

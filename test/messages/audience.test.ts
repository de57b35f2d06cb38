import { type Audience, Router } from '@wshub/core'
import { closeApps, TestApp, type ConnectedClient } from '../support/app.js'
import { until } from '../support/wait.js'

afterEach(closeApps)

const router = new Router().handle('mark', () => 'marked')

const NAMES = ['ann1', 'ann2', 'bob', 'peer'] as const
type Name = (typeof NAMES)[number]

/** The users: ann has two tabs with one login each, bob has one tab. */
async function connectUsers(): Promise<{ testApp: TestApp; of: Record<Name, ConnectedClient> }> {
  const testApp = new TestApp({ router })
  const of = {
    ann1: await testApp.connect('user=ann&session=s1&rooms=a'),
    ann2: await testApp.connect('user=ann&session=s2&rooms=a,b'),
    bob: await testApp.connect('user=bob&session=s3&rooms=b'),
    peer: await testApp.connect(''),
  }
  return { testApp, of }
}

type ConnectedUsers = Awaited<ReturnType<typeof connectUsers>>
const AUDIENCES: [string, (users: ConnectedUsers) => Audience, Name[]][] = [
  ['the hub', ({ testApp }) => testApp.hub, ['ann1', 'ann2', 'bob', 'peer']],
  ['the hub except one', ({ testApp, of }) => testApp.hub.except(of.bob.connection), ['ann1', 'ann2', 'peer']],
  [
    'the hub except two, by id',
    ({ testApp, of: { bob, ann1 } }) => testApp.hub.except(bob.connection.id, ann1.connection.id),
    ['ann2', 'peer'],
  ],
  [
    'except after except',
    ({ testApp, of }) => testApp.hub.except(of.bob.connection).except(of.peer.connection),
    ['ann1', 'ann2'],
  ],
  ['a room', ({ testApp }) => testApp.hub.room('a'), ['ann1', 'ann2']],
  ['a room except one', ({ testApp, of }) => testApp.hub.room('a').except(of.ann2.connection), ['ann1']],
  ['an empty room', ({ testApp }) => testApp.hub.room('nowhere'), []],
  ['a user', ({ testApp }) => testApp.hub.user('ann'), ['ann1', 'ann2']],
  ['two users', ({ testApp }) => testApp.hub.user('ann', 'bob'), ['ann1', 'ann2', 'bob']],
  ['a user twice', ({ testApp }) => testApp.hub.user('ann', 'ann'), ['ann1', 'ann2']],
  ['a session', ({ testApp }) => testApp.hub.session('s2'), ['ann2']],
  ['a union', ({ testApp }) => testApp.hub.to('a', 'b'), ['ann1', 'ann2', 'bob']],
  ['a union except one', ({ testApp, of }) => testApp.hub.to('a', 'b').except(of.ann2.connection), ['ann1', 'bob']],
  ['the hub except a room', ({ testApp }) => testApp.hub.except({ room: 'a' }), ['bob', 'peer']],
  ['a room except another', ({ testApp }) => testApp.hub.room('b').except({ room: 'a' }), ['bob']],
  [
    'a union except a room and one',
    ({ testApp, of }) => testApp.hub.to('a', 'b').except({ room: 'b' }).except(of.ann1.connection),
    [],
  ],
  ['a union of nothing', ({ testApp }) => testApp.hub.to(), []],
  ['a connection', ({ of: { bob } }) => bob.connection.except(), ['bob']],
  ['a connection except itself', ({ of: { bob } }) => bob.connection.except(bob.connection), []],
]

describe.each(AUDIENCES)('%s', (title, audience, names) => {
  // The envelope of a message to a single room names the room.
  const [room] = title === 'a room except another' ? [{ room: 'b' }] : [title.startsWith('a room') ? { room: 'a' } : {}]

  test('each connection of an audience gets a message once', async () => {
    const all = await connectUsers()
    const whom = audience(all)
    whom.send('text')
    whom.send(Buffer.from([1, 2]))
    whom.json([1])
    whom.emit('event', { n: 1 })
    whom.emit('bare')
    for (const name of NAMES) {
      expect(await received(all.of[name].client)).toEqual(names.includes(name) ? everything(room) : [])
    }
    expect(whom.members()).toEqual(names.map((name) => all.of[name].connection))
  })

  test('an audience joins, leaves and disconnects together', async () => {
    const all = await connectUsers()
    const { testApp } = all
    const whom = audience(all)
    const inside = (): string[] => NAMES.filter((name) => all.of[name].connection.in('new'))
    whom.join('new')
    expect(inside()).toEqual(names)
    whom.leave('new')
    expect(inside()).toEqual([])
    whom.emit('last')
    whom.disconnect(4403, 'banned')
    for (const name of names) {
      const { client } = all.of[name]
      expect(await client.next()).toEqual({ type: 'hub:left', payload: { room: 'new', code: 'left' } })
      expect(await client.next()).toEqual({ type: 'last', ...room })
      expect(await client.closed).toEqual({ code: 4403, reason: 'banned' })
    }
    await until(() => testApp.hub.connections.size === 4 - names.length)
  })
})

function everything(room: object): unknown[] {
  const events = [
    { type: 'event', payload: { n: 1 }, ...room },
    { type: 'bare', ...room },
  ]
  return ['text', Buffer.from([1, 2]), '[1]', ...events]
}

test('disconnect() closes with 4401 unless another code is given', async () => {
  const { testApp, of } = await connectUsers()
  testApp.hub.user('bob').disconnect()
  const { client } = of.bob
  expect(await client.closed).toEqual({ code: 4401, reason: '' })
})

test.each([
  [1005, ''],
  [1006, ''],
  [999, ''],
  [5000, ''],
  [NaN, ''],
])('disconnect(%p, %j) is refused, whether or not the audience has members', async (code, reason) => {
  const { testApp, of } = await connectUsers()
  const { connection } = of.bob
  expect(() => testApp.hub.user('bob').disconnect(code, reason)).toThrow(RangeError)
  expect(() => connection.close(code, reason)).toThrow(RangeError)
  expect(connection.state).toBe('open')
  expect(() => testApp.hub.user('nobody').disconnect(code, reason)).toThrow(RangeError)
})

test('a refused join of an audience reaches onError', async () => {
  const { testApp } = await connectUsers()
  testApp.hub.createRoom('one', { maxMembers: 1 })
  testApp.hub.user('ann').join('one')
  await until(() => testApp.failures.length > 0)
  expect(testApp.failures).toMatchObject([{ stage: 'join', error: { code: 'room_full' } }])
})

test('the members of an audience are determined when it is used', async () => {
  const { testApp, of } = await connectUsers()
  const room = testApp.hub.room('later')
  const [bob, peer] = [of.bob.connection, of.peer.connection]
  const union = testApp.hub.to('later').except(bob)
  await bob.join('later')
  await peer.join('later')
  expect(room.size).toBe(2)
  expect(union.members()).toEqual([peer])
})

test('a payload without a JSON form is refused by the call that sends it', async () => {
  const { testApp, of } = await connectUsers()
  for (const whom of [testApp.hub, of.bob.connection]) {
    expect(() => whom.json(undefined)).toThrow(TypeError)
    expect(() => whom.json(() => 1)).toThrow(TypeError)
    expect(() => whom.emit('x', 1n)).toThrow(TypeError)
  }
})

test('the bytes that are sent are copied at once', async () => {
  const { testApp, of } = await connectUsers()
  const bytes = Buffer.from('before')
  testApp.hub.send(bytes)
  const { client, connection } = of.peer
  connection.send(bytes)
  bytes.fill('x')
  expect(await client.next()).toEqual(Buffer.from('before'))
  expect(await client.next()).toEqual(Buffer.from('before'))
})

async function received(client: ConnectedClient['client']): Promise<unknown[]> {
  client.send('{"type":"mark","id":"mark"}')
  const messages: unknown[] = []
  for (;;) {
    const message = await client.next()
    if ((message as { id?: unknown }).id === 'mark') return messages
    messages.push(message)
  }
}

import { type Audience, Router } from '@wshub/core'
import { closeSites, Site, until, type Visitor } from './site.js'

afterEach(closeSites)

const router = new Router().handle('mark', () => 'marked')

const NAMES = ['ann1', 'ann2', 'bob', 'guest'] as const
type Name = (typeof NAMES)[number]

/** Everybody with a name: ann has two tabs, one login each; bob has one. */
async function crowd(): Promise<{ site: Site; of: Record<Name, Visitor> }> {
  const site = new Site({ router })
  const of = {
    ann1: await site.visit('user=ann&session=s1&rooms=a'),
    ann2: await site.visit('user=ann&session=s2&rooms=a,b'),
    bob: await site.visit('user=bob&session=s3&rooms=b'),
    guest: await site.visit(''),
  }
  return { site, of }
}

type Crowd = Awaited<ReturnType<typeof crowd>>
const AUDIENCES: [string, (crowd: Crowd) => Audience, Name[]][] = [
  ['the hub', ({ site }) => site.hub, ['ann1', 'ann2', 'bob', 'guest']],
  ['the hub except one', ({ site, of }) => site.hub.except(of.bob.connection), ['ann1', 'ann2', 'guest']],
  [
    'the hub except two, by id',
    ({ site, of: { bob, ann1 } }) => site.hub.except(bob.connection.id, ann1.connection.id),
    ['ann2', 'guest'],
  ],
  [
    'except after except',
    ({ site, of }) => site.hub.except(of.bob.connection).except(of.guest.connection),
    ['ann1', 'ann2'],
  ],
  ['a room', ({ site }) => site.hub.room('a'), ['ann1', 'ann2']],
  ['a room except one', ({ site, of }) => site.hub.room('a').except(of.ann2.connection), ['ann1']],
  ['an empty room', ({ site }) => site.hub.room('nowhere'), []],
  ['a user', ({ site }) => site.hub.user('ann'), ['ann1', 'ann2']],
  ['two users', ({ site }) => site.hub.user('ann', 'bob'), ['ann1', 'ann2', 'bob']],
  ['a user twice', ({ site }) => site.hub.user('ann', 'ann'), ['ann1', 'ann2']],
  ['a session', ({ site }) => site.hub.session('s2'), ['ann2']],
  ['a union', ({ site }) => site.hub.to('a', 'b'), ['ann1', 'ann2', 'bob']],
  ['a union except one', ({ site, of }) => site.hub.to('a', 'b').except(of.ann2.connection), ['ann1', 'bob']],
  ['the hub except a room', ({ site }) => site.hub.except({ room: 'a' }), ['bob', 'guest']],
  ['a room except another', ({ site }) => site.hub.room('b').except({ room: 'a' }), ['bob']],
  [
    'a union except a room and one',
    ({ site, of }) => site.hub.to('a', 'b').except({ room: 'b' }).except(of.ann1.connection),
    [],
  ],
  ['a union of nothing', ({ site }) => site.hub.to(), []],
  ['a connection', ({ of: { bob } }) => bob.connection.except(), ['bob']],
  ['a connection except itself', ({ of: { bob } }) => bob.connection.except(bob.connection), []],
]

describe.each(AUDIENCES)('%s', (title, audience, names) => {
  // Every emit to one room names it.
  const [room] = title === 'a room except another' ? [{ room: 'b' }] : [title.startsWith('a room') ? { room: 'a' } : {}]

  test('an audience gets what is sent, each connection once', async () => {
    const all = await crowd()
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
    const all = await crowd()
    const { site } = all
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
    await until(() => site.hub.connections.size === 4 - names.length)
  })
})

function everything(room: object): unknown[] {
  const events = [
    { type: 'event', payload: { n: 1 }, ...room },
    { type: 'bare', ...room },
  ]
  return ['text', Buffer.from([1, 2]), '[1]', ...events]
}

test('disconnect says 4401 unless told otherwise', async () => {
  const { site, of } = await crowd()
  site.hub.user('bob').disconnect()
  const { client } = of.bob
  expect(await client.closed).toEqual({ code: 4401, reason: '' })
})

test.each([
  [1005, ''],
  [1006, ''],
  [999, ''],
  [5000, ''],
  [NaN, ''],
])('disconnect(%p, %j) is refused, whether or not anybody is there', async (code, reason) => {
  const { site, of } = await crowd()
  const { connection } = of.bob
  expect(() => site.hub.user('bob').disconnect(code, reason)).toThrow(RangeError)
  expect(() => connection.close(code, reason)).toThrow(RangeError)
  expect(connection.state).toBe('open')
  expect(() => site.hub.user('nobody').disconnect(code, reason)).toThrow(RangeError)
})

test('a refused join of an audience reaches onError', async () => {
  const { site } = await crowd()
  site.hub.createRoom('one', { maxMembers: 1 })
  site.hub.user('ann').join('one')
  await until(() => site.failures.length > 0)
  expect(site.failures).toMatchObject([{ stage: 'join', error: { code: 'room_full' } }])
})

test('an audience is looked up when it is used', async () => {
  const { site, of } = await crowd()
  const room = site.hub.room('later')
  const [bob, guest] = [of.bob.connection, of.guest.connection]
  const union = site.hub.to('later').except(bob)
  await bob.join('later')
  await guest.join('later')
  expect(room.size).toBe(2)
  expect(union.members()).toEqual([guest])
})

test('a payload without a JSON form is refused by the call that sends it', async () => {
  const { site, of } = await crowd()
  for (const whom of [site.hub, of.bob.connection]) {
    expect(() => whom.json(undefined)).toThrow(TypeError)
    expect(() => whom.json(() => 1)).toThrow(TypeError)
    expect(() => whom.emit('x', 1n)).toThrow(TypeError)
  }
})

test('the bytes that are sent are copied at once', async () => {
  const { site, of } = await crowd()
  const bytes = Buffer.from('before')
  site.hub.send(bytes)
  const { client, connection } = of.guest
  connection.send(bytes)
  bytes.fill('x')
  expect(await client.next()).toEqual(Buffer.from('before'))
  expect(await client.next()).toEqual(Buffer.from('before'))
})

async function received(client: Visitor['client']): Promise<unknown[]> {
  client.send('{"type":"mark","id":"mark"}')
  const messages: unknown[] = []
  for (;;) {
    const message = await client.next()
    if ((message as { id?: unknown }).id === 'mark') return messages
    messages.push(message)
  }
}

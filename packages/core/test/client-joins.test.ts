import { HubError, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { ask, join, JoinServer } from './joining.js'
import { latch } from '../../../test/support/wait.js'

// The answers to hub:hello, hub:join and hub:leave.

afterEach(closeHubServers)

describe('hub:hello', () => {
  test('hub:hello names the connection, its user, its limits and the time until it expires', async () => {
    const hubServer = new HubServer({ router: new Router(), limits: { maxMessageSize: 5000 } })
    const peer = await hubServer.connect({ user: 'ada', expiresAt: Date.now() + 60_000 })
    const hello = await peer.client.request<{ expiresIn: number }>('hub:hello', { version: 1 })
    expect(hello).toEqual({
      version: 1,
      connection: peer.connection.id,
      user: 'ada',
      expiresIn: hello.expiresIn,
      pingInterval: 20_000,
      maxMessageSize: 5000,
    })
    expect(hello.expiresIn).toBeGreaterThan(30_000)
    expect(hello.expiresIn).toBeLessThanOrEqual(60_000)
  })

  test('hub:hello names neither user nor expiry if there is none, and the highest version that both sides support', async () => {
    const hubServer = new HubServer({ router: new Router() })
    const { client, connection } = await hubServer.connect()
    const rest = { connection: connection.id, pingInterval: 20_000, maxMessageSize: 262_144 }
    expect(await client.request('hub:hello', { version: 7 })).toEqual({ version: 1, ...rest })
  })

  test.each([[{}], [{ version: 0 }], [{ version: 1.5 }], [{ version: '1' }], [null], ['x'], [undefined]])(
    'hub:hello with the payload %p is answered invalid_payload',
    async (payload) => {
      const hubServer = new HubServer({ router: new Router() })
      const { client } = await hubServer.connect()
      client.send(JSON.stringify({ type: 'hub:hello', payload, id: 1 }))
      expect(await client.next()).toMatchObject({ type: 'error', id: 1, payload: { code: 'invalid_payload' } })
    },
  )
})

function refuse(): never {
  throw new Error('a bug')
}

describe('hub:join', () => {
  test('hub:join makes a connection a member, and its answer has the id of the connection', async () => {
    const hubServer = new JoinServer()
    const peer = await hubServer.connect()
    expect(await join(peer, 'open:1')).toEqual({ reply: { connection: peer.connection.id } })
    hubServer.hub.room('open:1').emit('said', 1)
    expect(await peer.client.next()).toEqual({ type: 'said', payload: 1, room: 'open:1' })
  })

  test('hub:join calls authorize with the connection, the room, the match of the pattern and the payload', async () => {
    const hub = new HubServer({ router: new Router() })
    const asked: unknown[] = []
    hub.hub.createRoom(/doc:(?<id>\d+)/, {
      authorize: (connection, { room, match, payload }) => {
        asked.push([connection.user, room, match[1], match.groups?.['id'], payload])
        return true
      },
    })
    hub.hub.createRoom('lobby', {
      authorize: (_, { match, payload }) => {
        asked.push([match, payload])
        return true
      },
    })
    const peer = await hub.connect({ user: 'ada' })
    await join(peer, 'doc:7', { payload: { ticket: 1 } })
    await join(peer, 'lobby')
    expect(asked).toEqual([
      ['ada', 'doc:7', '7', '7', { ticket: 1 }],
      [undefined, undefined],
    ])
  })

  test.each([
    ['a room that nobody created', 'nothing'],
    ['a room without authorize', 'plain'],
    ['a name that the pattern matches in part', 'x/doc:7'],
    ['a name that the pattern matches at its start', 'doc:7\u2028x'],
    ['a room that the app refuses', 'no'],
  ])('hub:join is answered forbidden for %s, and the error tells nothing of it', async (_, room) => {
    const hubServer = new HubServer({ router: new Router() })
    hubServer.hub.createRoom('plain')
    hubServer.hub.createRoom('no', { authorize: async () => false })
    hubServer.hub.createRoom(/^doc:\d/m, { authorize: () => true })
    const { client } = await hubServer.connect()
    client.send(JSON.stringify({ type: 'hub:join', payload: { room }, id: 1 }))
    const message = 'The connection may not join this room.'
    expect(await client.next()).toEqual({ type: 'error', id: 1, payload: { code: 'forbidden', message } })
    expect([...hubServer.hub.rooms.keys()]).toEqual(['plain', 'no'])
    expect(hubServer.failures).toEqual([])
  })

  test('hub:join of a member is answered again without a call of authorize', async () => {
    const hubServer = new JoinServer()
    const peer = await hubServer.connect({ rooms: ['held:1', 'described'] })
    const reply = { connection: peer.connection.id }
    expect(await join(peer, 'held:1')).toEqual({ reply })
    expect(await join(peer, 'described')).toEqual({ reply })
    expect(hubServer.asked).toEqual([])
  })

  test.each([
    ['throws a HubError', () => Promise.reject(new HubError('no_ticket', 'Buy one.')), 'no_ticket', 0],
    ['throws an error', () => Promise.reject(new Error('a bug')), 'internal', 1],
    ['throws at once', () => refuse(), 'internal', 1],
    ['throws a string', () => Promise.reject('a string'), 'internal', 1],
    ['returns an object', async () => ({}) as never, 'internal', 1],
    ['returns nothing', () => undefined as never, 'internal', 1],
  ])('hub:join of a room whose authorize %s is answered with %3$s', async (_, authorize, code, reports) => {
    const hubServer = new HubServer({ router: new Router() })
    hubServer.hub.createRoom('a', { authorize })
    const peer = await hubServer.connect()
    expect(await join(peer, 'a')).toEqual({ error: code })
    expect(peer.connection.rooms.size).toBe(0)
    expect(hubServer.failures.length).toBe(reports)
  })

  test('an authorize that returns neither true nor false is reported with what it returns', async () => {
    const hubServer = new HubServer({ router: new Router() })
    hubServer.hub.createRoom('a', { authorize: async () => ({}) as never })
    await join(await hubServer.connect(), 'a')
    const message = 'authorize must return true or false, not an object.'
    expect(hubServer.failures).toMatchObject([{ stage: 'message', error: { message } }])
  })

  test('hub:join of a room whose authorize does not settle is answered timeout, and reported once', async () => {
    const hubServer = new JoinServer({ limits: { authorizeTimeout: 20 } })
    const peer = await hubServer.connect()
    expect(await join(peer, 'held:1')).toEqual({ error: 'timeout' })
    hubServer.asked[0]?.allow()
    expect(await join(peer, 'open:1')).toMatchObject({ reply: {} })
    expect([...peer.connection.rooms]).toEqual(['open:1'])
    const message = 'authorize has not settled within 20 ms.'
    expect(hubServer.failures).toMatchObject([{ stage: 'message', error: { code: 'timeout', fault: 'app', message } }])
  })

  test.each([
    [{}, 'invalid_payload'],
    [{ room: 5 }, 'invalid_payload'],
    [{ room: '' }, 'invalid_room'],
    [{ room: 'a'.repeat(10_000) }, 'invalid_room'],
    [{ room: 'a\nb' }, 'invalid_room'],
    [{ room: '\ud800' }, 'invalid_room'],
    [{ room: 'open:1', offset: -1 }, 'invalid_payload'],
    [{ room: 'open:1', offset: 1, epoch: 5 }, 'invalid_payload'],
    [{ room: 'open:1', last: 1.5 }, 'invalid_payload'],
    [{ room: 'open:1', connection: 5 }, 'invalid_payload'],
    [{ room: 'open:a/b*?{c}' }, undefined],
  ])('hub:join with the payload %p is answered %p', async (payload, error) => {
    const hubServer = new JoinServer()
    const peer = await hubServer.connect()
    expect(await ask(peer, 'hub:join', payload)).toMatchObject(error ? { error } : { reply: {} })
    expect(peer.connection.rooms.size).toBe(error ? 0 : 1)
  })

  test('hub:join without an id is refused, because it could not be answered', async () => {
    const hubServer = new JoinServer()
    const { client, connection } = await hubServer.connect()
    client.emit('hub:join', { room: 'open:1' })
    const payload = { code: 'invalid_message', message: 'A hub:join needs an id.' }
    expect(await client.next()).toMatchObject({ type: 'error', payload })
    expect(connection.rooms.size).toBe(0)
  })

  test('hub:join does not wait for a handler that is busy', async () => {
    const hubServer = new JoinServer({ router: new Router().handle('slow', () => new Promise<void>(() => {})) })
    const peer = await hubServer.connect()
    peer.client.emit('slow')
    expect(await join(peer, 'open:1')).toMatchObject({ reply: {} })
  })

  test('hub:join waits until onOpen has settled, and so does a hub:leave behind it', async () => {
    const { held, release } = latch()
    const hubServer = new JoinServer({ onOpen: () => held })
    const peer = await hubServer.connect()
    const joined = join(peer, 'open:1')
    const left = ask(peer, 'hub:leave', { room: 'open:1' })
    expect(await ask(peer, 'hub:hello', { version: 1 })).toMatchObject({ reply: {} })
    expect(peer.connection.rooms.size).toBe(0)
    release()
    expect(await joined).toEqual({ error: 'left' })
    expect(await left).toEqual({ reply: {} })
    expect(await join(peer, 'open:1')).toMatchObject({ reply: {} })
  })

  test('hub:join runs authorize in the async context of its connection', async () => {
    const hubServer = new HubServer({ router: new Router(), onJoin: () => {} })
    const order: string[] = []
    hubServer.hub.createRoom('a', {
      authorize: (connection) => {
        order.push(connection.id)
        return true
      },
    })
    const peer = await hubServer.connect()
    await join(peer, 'a')
    expect(order).toEqual([peer.connection.id])
  })
})

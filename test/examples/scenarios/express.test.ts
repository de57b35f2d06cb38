import { once } from 'node:events'
import { Client } from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import { HandshakeRefused, openSocket } from '@wshub/core/testing'
import * as callbacks from '../../../examples/scenarios/src/callbacks.js'
import * as chatRooms from '../../../examples/scenarios/src/chat-rooms.js'
import * as directMessages from '../../../examples/scenarios/src/direct-messages.js'
import * as echo from '../../../examples/scenarios/src/echo.js'
import * as handshakeOptions from '../../../examples/scenarios/src/handshake-options.js'
import * as missedMessages from '../../../examples/scenarios/src/missed-messages.js'
import * as monitoring from '../../../examples/scenarios/src/monitor.js'
import * as notifications from '../../../examples/scenarios/src/notifications.js'
import * as slowClients from '../../../examples/scenarios/src/slow-clients.js'
import { expectEventually, until } from '../../support/wait.js'
import { siteOf } from './site.js'

// The programs of examples/scenarios that are Express apps.

describe('echo.ts', () => {
  const site = siteOf(echo)

  test('texts come back with a prefix, and bytes as they are', async () => {
    const client = await site.connect('/ws')
    client.send('hello')
    client.send(Buffer.from([0, 1, 255]))
    expect([await client.next(), await client.next()]).toEqual(['Echo: hello', Buffer.from([0, 1, 255])])
  })
})

describe('chat-rooms.ts', () => {
  const site = siteOf({ server: chatRooms.server, hub: chatRooms.hubs })

  test('a message reaches the clients of its hub, and none of another hub', async () => {
    const [ada, bob, tech] = await site.connectAll('/ws/general', '/ws/general', '/ws/tech')
    ada?.emit('join', { username: 'Ada' })
    ada?.emit('message', { username: 'Ada', message: 'hi' })
    ada?.emit('leave', { username: 'Ada' })
    expect([await bob?.next(), await bob?.next(), await bob?.next()]).toEqual([
      { type: 'user_joined', payload: { username: 'Ada' } },
      { type: 'message', payload: { username: 'Ada', message: 'hi' } },
      { type: 'user_left', payload: { username: 'Ada' } },
    ])
    await tech?.quiet()
  })

  test('the hub vip is closed to clients without its token', async () => {
    const refused = { status: 401, body: '{"error":"Invalid VIP token"}' }
    await expect(site.connect('/ws/vip')).rejects.toMatchObject(refused)
    await expect(site.connect('/ws/vip', { protocols: ['wshub', 'bearer.wrong'] })).rejects.toMatchObject(refused)
    const client = await site.connect('/ws/vip', { protocols: ['wshub', 'bearer.vip123'] })
    await client.close()
  })

  test('HTTP lists the hubs, counts their clients and sends to them', async () => {
    const client = await site.connect('/ws/random')
    expect(await site.call('GET', '/api/rooms')).toMatchObject({ body: { rooms: chatRooms.hubs.names } })
    const stats = await site.call('GET', '/api/rooms/random/stats')
    expect(stats.body).toEqual({ room: 'random', connections: 1 })
    await site.call('POST', '/api/rooms/random/message', { message: 'from HTTP' })
    expect(await client.next('message')).toMatchObject({ payload: { username: 'API', message: 'from HTTP' } })
    expect(await site.call('POST', '/api/rooms/none/message', {})).toMatchObject({ status: 404 })
  })

  test('the page and its script are served', async () => {
    expect((await site.call('GET', '/static/')).body).toContain('<script src="chat.js">')
    expect((await site.call('GET', '/static/chat.js')).body).toContain('new WebSocket(address)')
  })
})

describe('direct-messages.ts', () => {
  const site = siteOf(directMessages)

  test('a client gets its own id, and reaches another client by its id', async () => {
    const ada = await site.connect('/ws?a=1', { headers: { 'user-agent': 'test' } })
    const bob = await site.connect('/ws')
    const welcome = await ada.next('welcome')
    const { id } = (await bob.next('welcome')).payload as { id: string }
    expect(welcome.payload).toMatchObject({ hub: 'hub', url: '/ws?a=1', address: '127.0.0.1', userAgent: 'test' })
    await ada.request('whisper', { to: id, text: 'psst' })
    expect(await bob.next('whispered')).toMatchObject({ payload: { from: expect.any(String), text: 'psst' } })
    await ada.quiet()
  })

  test('a message to an unknown id is answered not_found', async () => {
    const client = await site.connect('/ws')
    await expect(client.request('whisper', { to: 'none', text: '' })).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('notifications.ts', () => {
  const site = siteOf(notifications)

  test('a notification reaches all connections of its user, or everybody', async () => {
    const paths = ['ada', 'ada', 'bob'].map((user) => `/ws/notifications?user_id=${user}`)
    const clients = await site.connectAll(...paths)
    const [phone, laptop, bob] = clients
    await site.call('POST', '/api/notify', { user_id: 'ada', title: 'Mail', body: 'from Bob' })
    for (const client of [phone, laptop]) {
      expect(await client?.next('notification')).toMatchObject({ payload: { title: 'Mail', body: 'from Bob' } })
    }
    await bob?.quiet()
    await site.call('POST', '/api/notify', { title: 'News', body: 'for all' })
    const titles = clients.map(async (client) => (await client.next('notification')).payload)
    expect(await Promise.all(titles)).toMatchObject([{ title: 'News' }, { title: 'News' }, { title: 'News' }])
  })

  test('a notification without a title is answered 400', async () => {
    expect(await site.call('POST', '/api/notify', { user_id: 'ada' })).toMatchObject({ status: 400 })
  })
})

describe('callbacks.ts', () => {
  const site = siteOf(callbacks)

  test('clients are notified of joins and leaves, and get the messages of others', async () => {
    const ada = await site.connect('/chat')
    expect(await ada.next()).toMatch(/^Connected with ID: \S+$/)
    const bob = await site.connect('/chat')
    expect(await ada.next()).toBe('A user joined the chat')
    await bob.next()
    ada.send('x'.repeat(1001))
    expect(await ada.next()).toBe('Message too long')
    ada.send('hello')
    ada.send(Buffer.from([1]))
    expect([await bob.next(), await bob.next()]).toEqual(['hello', Buffer.from([1])])
    await ada.close()
    expect(await bob.next()).toBe('A user left the chat')
  })

  test('the path of the chat serves a page to an ordinary request', async () => {
    expect(await site.call('GET', '/chat')).toMatchObject({ status: 200, body: expect.stringContaining('Connect') })
  })
})

describe('handshake-options.ts', () => {
  const site = siteOf(handshakeOptions)

  // The warning about a foreign origin.
  beforeAll(() => void jest.spyOn(process, 'emitWarning').mockReturnValue())

  test('the subprotocol decides the form of the answer', async () => {
    const answers = ['json', 'chat'].map(async (protocol) => {
      const client = await site.connect('/ws', { protocols: [protocol] })
      client.send('hi')
      return [client.protocol, await client.next()]
    })
    expect(await Promise.all(answers)).toEqual([
      ['json', '{"text":"hi"}'],
      ['chat', 'hi'],
    ])
  })

  test.each([
    ['accepts', 'a page of a listed origin', { origin: 'https://app.example.com' }, 101],
    ['refuses', 'a page of another origin', { origin: 'https://example.org' }, 403],
    ['refuses', 'another host', { host: 'rebound.example.org' }, 403],
  ])('the server %s %s', async (_, __, headers, status) => {
    const refusal = await site.connect('/ws', { headers }).catch((error: HandshakeRefused) => error)
    expect(refusal instanceof HandshakeRefused ? refusal.status : 101).toBe(status)
  })

  test('a message of more than 64 KiB closes the connection with 1009', async () => {
    const client = await site.connect('/ws')
    client.send('x'.repeat(64 * 1024 + 1))
    expect(await client.closed).toMatchObject({ code: 1009 })
  })
})

describe('missed-messages.ts', () => {
  const site = siteOf(missedMessages)
  const options = { WebSocket: socketsTo(missedMessages.server), reconnect: { firstWait: 100 }, connect: false }
  const client = new Client('ws://app/ws', options)
  beforeAll(() => client.open())
  afterAll(() => client.close())

  test('a client that lost its connection gets what it missed, once and in order', async () => {
    const room = client.room('news')
    const headlines: unknown[] = []
    room.on('headline', (text) => headlines.push(text))
    await room.joined
    await site.call('POST', '/headlines', { text: 'one' })
    for (const connection of missedMessages.hub.connections.values()) connection.terminate()
    for (const text of ['two', 'three']) await site.call('POST', '/headlines', { text })
    await expectEventually(() => expect(headlines).toEqual(['one', 'two', 'three']))
  })
})

describe('slow-clients.ts', () => {
  const site = siteOf(slowClients)

  test('a client that does not read is closed with 1013, and the others get every message', async () => {
    const reader = await site.connect('/ws')
    const slow = openSocket(slowClients.server, '/ws')
    await until(() => slowClients.hub.connections.size === 2)
    slow.pause()
    for (let count = 0; count < 40; count += 1) {
      reader.emit('say', 'x'.repeat(10_000))
      await reader.next('news')
    }
    await until(() => [...slowClients.hub.connections.values()].some(({ state }) => state === 'closing'))
    slow.resume()
    const [code] = (await once(slow, 'close')) as [number]
    expect(code).toBe(1013)
  })

  test('an export is sent as fast as its client reads', async () => {
    const client = await site.connect('/ws')
    expect(await client.next('welcome')).toMatchObject({ payload: { text: 'Welcome to the chat!' } })
    expect(await client.request('export', 2000)).toBe('complete')
    const rows: unknown[] = []
    for (let count = 0; count < 2000; count += 1) rows.push((await client.next('row')).payload)
    expect(rows).toEqual(Array.from({ length: 2000 }, (_, index) => ({ number: index + 1 })))
  })
})

describe('monitor.ts', () => {
  const site = siteOf(monitoring)

  test('the counts of connections are recorded at intervals', async () => {
    const client = await site.connect('/ws')
    const recorded: object[] = []
    const stop = monitoring.monitor((counts) => recorded.push(counts), 1)
    await until(() => recorded.length > 1)
    stop()
    expect(recorded[0]).toMatchObject({ connections: 1, users: 0, rooms: 0, partial: false })
    await client.close()
  })

  test('the probes answer 200 until the hub closes', async () => {
    expect([await site.call('GET', '/healthz'), await site.call('GET', '/readyz')]).toMatchObject([
      { status: 200 },
      { status: 200 },
    ])
    await monitoring.hub.close()
    expect([await site.call('GET', '/healthz'), await site.call('GET', '/readyz')]).toMatchObject([
      { status: 200 },
      { status: 503, body: { reasons: ['hub_closing'] } },
    ])
  })
})

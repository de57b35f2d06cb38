import type { HubOptions } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { until } from '../../../test/support/wait.js'

// A hub without a router reads messages of the protocol from clients that selected the subprotocol wshub alone.

afterEach(closeHubServers)

const SPEAKS = { protocols: ['wshub'] }

function rawHouse(options: HubOptions = {}): { readonly hubServer: HubServer; readonly got: (string | Buffer)[] } {
  const got: (string | Buffer)[] = []
  const hubServer = new HubServer({ onMessage: (_, data) => void got.push(data), ...options })
  return { hubServer, got }
}

const request = (type: string, payload?: unknown): string => JSON.stringify({ type, payload, id: 1 })
const failure = (code: string): object => ({ type: 'error', id: 1, payload: expect.objectContaining({ code }) })

describe('a client that selected wshub on a hub without a router', () => {
  test.each<[string, unknown, object]>([
    [
      'hub:hello',
      { version: 1 },
      { type: 'reply', id: 1, payload: expect.objectContaining({ version: 1, user: 'ann' }) },
    ],
    ['hub:ping', undefined, { type: 'reply', id: 1 }],
    ['hub:refresh', undefined, { type: 'reply', id: 1, payload: {} }],
    ['hub:join', { room: 'a' }, failure('forbidden')],
    ['hub:join', { room: 'log' }, { type: 'reply', id: 1, payload: expect.objectContaining({ offset: 1 }) }],
    ['hub:leave', { room: 'log' }, failure('forbidden')],
    ['hub:recover', { room: 'log' }, { type: 'reply', id: 1, payload: expect.objectContaining({ offset: 1 }) }],
    ['hub:recover', { room: 'a' }, failure('not_in_room')],
    ['hub:later', undefined, failure('unknown_type')],
  ])('%s %j is answered, and the app does not see it', async (type, payload, answer) => {
    const { hubServer, got } = rawHouse()
    hubServer.hub.createRoom('log', { history: { size: 10 } }).emit('n', 1)
    const { client } = await hubServer.connect({ user: 'ann', rooms: ['log'] }, SPEAKS)
    expect(client.protocol).toBe('wshub')
    client.send(request(type, payload))
    expect(await client.next()).toEqual(answer)
    expect(got).toEqual([])
  })

  test('a text that only resembles a protocol message reaches the app raw', async () => {
    const { hubServer, got } = rawHouse()
    const { client } = await hubServer.connect({}, SPEAKS)
    const raw = [
      'text',
      '{"type":"said","id":1}',
      '{"type":"hub"}',
      '["hub:ping"]',
      '{"type":"hub:ping"',
      '{"a":"hub:ping"}',
    ]
    for (const text of raw) client.send(text)
    client.send(Buffer.from(request('hub:ping')))
    await until(() => got.length === raw.length + 1)
    expect(got.slice(0, -1)).toEqual(raw)
    client.send(request('hub:ping'))
    expect(await client.next()).toEqual({ type: 'reply', id: 1 })
  })

  test('a protocol message whose type has escapes is served', async () => {
    const { hubServer, got } = rawHouse()
    const { client } = await hubServer.connect({}, SPEAKS)
    client.send('{ "id": 1, "type": "hub:ping" }')
    expect(await client.next()).toEqual({ type: 'reply', id: 1 })
    expect(got).toEqual([])
  })

  test('a client of a hub without a router gets hub:left when it is removed from a room', async () => {
    const { hubServer } = rawHouse()
    const { client, connection } = await hubServer.connect({ rooms: ['a'] }, SPEAKS)
    connection.leave('a')
    expect(await client.next()).toEqual({ type: 'hub:left', payload: { room: 'a', code: 'left' } })
  })
})

describe('a client that selected nothing on a hub without a router', () => {
  test.each([
    [request('hub:hello', { version: 1 })],
    [request('hub:ping')],
    [request('hub:join', { room: 'a' })],
    [request('hub:leave', { room: 'a' })],
    [request('hub:cancel', { id: 1 })],
    [request('hub:refresh')],
  ])('%s is a text like any other', async (text) => {
    const { hubServer, got } = rawHouse()
    const { client, connection } = await hubServer.connect({ rooms: ['a'] })
    client.send(text)
    await until(() => got.length === 1)
    connection.send('mark')
    expect(await client.next()).toBe('mark')
    expect(got).toEqual([text])
  })

  test('a raw message whose handler returns a promise gets no answer', async () => {
    const { hubServer, got } = rawHouse({ onMessage: async (_, data) => void got.push(data) })
    const { client, connection } = await hubServer.connect()
    client.send('text')
    await until(() => got.length === 1)
    connection.send('mark')
    expect(await client.next()).toBe('mark')
    expect(hubServer.failures).toEqual([])
  })

  test('a client that selected no subprotocol gets no hub:left', async () => {
    const { hubServer } = rawHouse()
    const { client, connection } = await hubServer.connect({ rooms: ['a'] })
    connection.leave('a')
    connection.send('mark')
    expect(await client.next()).toBe('mark')
  })
})

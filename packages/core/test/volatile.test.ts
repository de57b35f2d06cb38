import { once } from 'node:events'
import WebSocket from 'ws'
import { Router } from '../src/index.js'
import { turn, until } from '../../../test/support/wait.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'

// Events of which only the newest is needed.

afterEach(closeHubServers)

const KEYED = { volatile: { key: 'x' } }
const VOLATILE = { volatile: true }

test('a volatile event is marked on the wire and names its room', async () => {
  const { hub, client, connection } = await connected()
  connection.emit('one', 1, VOLATILE)
  hub.room('a').emit('two', 2, KEYED)
  hub.to('a', 'b').emit('three', 3, VOLATILE)
  hub.user('ann').emit('four', 4, { volatile: true, bytes: Buffer.from([1]) })
  hub.emit('five', 5, { volatile: false })
  const all = []
  for (let n = 0; n < 5; n += 1) all.push(await client.next())
  expect(all).toEqual([
    { type: 'one', payload: 1, volatile: true },
    { type: 'two', payload: 2, volatile: true, room: 'a' },
    { type: 'three', payload: 3, volatile: true },
    { type: 'four', payload: 4, volatile: true, bytes: Buffer.from([1]) },
    { type: 'five', payload: 5 },
  ])
})

test('a volatile event reaches the members on another server, marked', async () => {
  const network = new Network()
  const here = new HubServer({ broker: network.broker('here') })
  const there = new HubServer({ broker: network.broker('there') })
  const { client } = await there.connect({ rooms: ['a'] })
  here.hub.room('a').emit('moved', 1, KEYED)
  here.hub.room('a').emit('moved', 2, VOLATILE)
  expect(await client.next()).toEqual({ type: 'moved', payload: 1, volatile: true, room: 'a' })
  expect(await client.next()).toEqual({ type: 'moved', payload: 2, volatile: true, room: 'a' })
})

test('a room with history does not keep a volatile event, and delivers it without a position', async () => {
  const { hub, client } = await connected()
  hub.createRoom('log', { history: { size: 10 } })
  await [...hub.connections.values()][0]?.join('log')
  hub.room('log').emit('moved', 1, VOLATILE)
  hub.to('a', 'log').emit('moved', 2, VOLATILE)
  hub.room('log').emit('said', 3)
  const all = []
  for (let n = 0; n < 4; n += 1) all.push(await client.next())
  expect(all.slice(0, 3)).toEqual([
    { type: 'moved', payload: 1, volatile: true, room: 'log' },
    { type: 'moved', payload: 2, volatile: true, room: 'a' },
    { type: 'moved', payload: 2, volatile: true, room: 'log' },
  ])
  expect(all[3]).toMatchObject({ type: 'said', offset: 1 })
  expect(await hub.room('log').history?.last(5)).toHaveLength(1)
})

test('an event with volatile: false is kept by a room with history, as one without options is', async () => {
  const { hub } = await connected()
  const room = hub.createRoom('log', { history: { size: 10 } })
  room.emit('said', 1, { volatile: false })
  await until(async () => (await room.history?.last(5))?.length === 1)
})

test('a volatile event to a union with a history reaches a member of one of its rooms once', async () => {
  const { hub, client } = await connected()
  hub.createRoom('log', { history: { size: 10 } })
  hub.to('a', 'log').emit('moved', 1, VOLATILE)
  hub.emit('end')
  expect(await client.next()).toEqual({ type: 'moved', payload: 1, volatile: true, room: 'a' })
  expect(await client.next()).toEqual({ type: 'end' })
})

describe('a client that does not read', () => {
  test('an event with bytes that is not volatile waits for a client that does not read', async () => {
    const { hub } = await slow()
    hub.emit('file', 1, { bytes: Buffer.from([1]) })
    expect(hub.stats().volatileDropped).toBe(0)
  })

  test('a client that does not read misses volatile events, gets the newest of each key and all others, and stays connected', async () => {
    const { hub, connection, resume, got } = await slow()
    for (let n = 0; n < 1000; n += 1) {
      hub.room('a').emit('price', n, { volatile: { key: 'EUR' } })
      hub.room('b').emit('price', n, { volatile: { key: 'EUR' } })
      hub.emit('tick', n, VOLATILE)
    }
    hub.emit('said', 'hello')
    expect(hub.stats()).toMatchObject({ volatileDropped: 2998, dropped: 0, slow: 0 })
    resume()
    await until(() => got.length >= 3)
    expect(got).toEqual([
      { type: 'said', payload: 'hello' },
      { type: 'price', payload: 999, volatile: true, room: 'a' },
      { type: 'price', payload: 999, volatile: true, room: 'b' },
    ])
    expect(connection.state).toBe('open')
    expect(hub.stats().memory.sending).toBe(0)
  })

  test('a client that does not read gets no volatile event of a room that it has left', async () => {
    const { hub, connection, resume, got } = await slow()
    hub.room('a').emit('price', 1, KEYED)
    connection.leave('a')
    hub.emit('end')
    resume()
    await until(() => got.some(({ type }) => type === 'end'))
    await turn()
    expect(got.map(({ type }) => type)).toEqual(['hub:left', 'end'])
  })

  test('a client of another server that does not read misses volatile events in the same way', async () => {
    const network = new Network()
    const here = new HubServer({ router: new Router(), broker: network.broker('here') })
    const { hub, resume, got } = await slow(new HubServer({ router: new Router(), broker: network.broker('there') }))
    for (let n = 0; n < 10; n += 1) here.hub.room('a').emit('price', n, KEYED)
    for (let n = 0; n < 10; n += 1) here.hub.room('a').emit('tick', n, VOLATILE)
    await until(() => hub.stats().volatileDropped === 19)
    resume()
    await until(() => got.length > 0)
    expect(got).toEqual([{ type: 'price', payload: 9, volatile: true, room: 'a' }])
  })
})

test.each([null, 1, 'x', {}, { key: '' }, { key: 1 }, { key: 'x'.repeat(129) }])(
  'an emit throws if volatile is %j',
  (volatile) => {
    const { hub } = new HubServer()
    expect(() => hub.emit('a', 1, { volatile: volatile as unknown as boolean })).toThrow(/volatile must be/)
  },
)

async function connected() {
  const hubServer = new HubServer({ router: new Router() })
  const { hub } = hubServer
  return { hub, ...(await hubServer.connect({ user: 'ann', rooms: ['a', 'b'] })) }
}

/** A client in the rooms a and b whose socket takes no more. `got` are the events that it gets once it reads on. */
async function slow(hubServer = new HubServer({ router: new Router() })) {
  const ws = new WebSocket(`ws://127.0.0.1:${await hubServer.port()}/`)
  await once(ws, 'open')
  const got: { readonly type: string }[] = []
  ws.on('message', (data, binary) => binary || got.push(JSON.parse((data as Buffer).toString()) as { type: string }))
  const connection = hubServer.find('/')
  await connection.join(['a', 'b'])
  ws.pause()
  while (!connection.socket.writableNeedDrain) {
    connection.send(Buffer.alloc(500_000))
    await turn()
  }
  return { hub: hubServer.hub, connection, got, resume: () => ws.resume() }
}

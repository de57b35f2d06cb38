import { Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'

// Events with bytes, in one binary frame for all members of an audience.

afterEach(closeHubServers)

const BYTES = Buffer.from([0, 1, 2, 0xff])
const ROOMS = { rooms: ['a', 'b'] }

test('an event with bytes reaches a connection, a room, a union and the hub, and names the room', async () => {
  const hubServer = new HubServer({ router: new Router() })
  const { client, connection } = await hubServer.connect(ROOMS)
  const { hub } = hubServer
  connection.emit('one', 1, { bytes: BYTES })
  hub.room('a').emit('two', 2, { bytes: BYTES })
  hub.to('a', 'b').emit('three', undefined, { bytes: BYTES })
  hub.emit('four', 4, { bytes: new Uint8Array() })
  const all = [await client.next(), await client.next(), await client.next(), await client.next()]
  expect(all).toEqual([
    { type: 'one', payload: 1, bytes: BYTES },
    { type: 'two', payload: 2, room: 'a', bytes: BYTES },
    { type: 'three', bytes: BYTES },
    { type: 'four', payload: 4, bytes: Buffer.alloc(0) },
  ])
})

test('an event with bytes reaches the members on another server, in order with what is sent beside it', async () => {
  const network = new Network()
  const here = new HubServer({ router: new Router(), broker: network.broker('here') })
  const there = new HubServer({ router: new Router(), broker: network.broker('there') })
  const { client } = await there.connect(ROOMS)
  here.hub.room('a').emit('first')
  here.hub.room('a').emit('second', { caption: 'é' }, { bytes: BYTES })
  here.hub.room('a').emit('third')
  expect(await client.next()).toEqual({ type: 'first', room: 'a' })
  expect(await client.next()).toEqual({ type: 'second', payload: { caption: 'é' }, room: 'a', bytes: BYTES })
  expect(await client.next()).toEqual({ type: 'third', room: 'a' })
})

test('an event of 2 MB of bytes arrives whole, whatever happens to the bytes after the emit', async () => {
  const hubServer = new HubServer({ router: new Router(), limits: { maxBufferedBytes: 4_000_000 } })
  const { client } = await hubServer.connect(ROOMS)
  const bytes = Buffer.alloc(2_000_000, 'wshub')
  hubServer.hub.room('a').emit('image', 1, { bytes })
  const before = Buffer.from(bytes)
  bytes.fill(0)
  expect((await client.next('image')).bytes?.equals(before)).toBe(true)
})

test('a room with history refuses bytes with no_history, alone and in a union, and sends nothing', async () => {
  const hubServer = new HubServer({ router: new Router() })
  const { hub } = hubServer
  hub.createRoom('log', { history: { size: 10 } })
  const { client } = await hubServer.connect({ rooms: ['a', 'log'] })
  for (const audience of [hub.room('log'), hub.to('a', 'log')]) {
    expect(() => audience.emit('image', 1, { bytes: BYTES })).toThrow(expect.objectContaining({ code: 'no_history' }))
  }
  await client.quiet()
  expect((await hub.room('log').history?.position())?.offset).toBe(0)
})

test('a hub without a router emits no bytes', async () => {
  const hubServer = new HubServer()
  const { connection } = await hubServer.connect()
  expect(() => connection.emit('image', 1, { bytes: BYTES })).toThrow(/hub without a router/)
  expect(() => hubServer.hub.emit('image', 1, { bytes: BYTES })).toThrow(/hub without a router/)
})

test('an emit throws if its bytes are no bytes', async () => {
  const { hub } = new HubServer({ router: new Router() })
  for (const bytes of ['text', 1, null, [1]]) {
    expect(() => hub.emit('image', 1, { bytes: bytes as unknown as Buffer })).toThrow(/Bytes must be a Uint8Array/)
  }
})

test('a request to an audience gets the payload of a reply with bytes, and sends none', async () => {
  const hubServer = new HubServer({ router: new Router() })
  const { client } = await hubServer.connect(ROOMS)
  const asked = hubServer.hub.room('a').request('scan')
  client.reply(await client.next('scan'), 'done', { bytes: BYTES })
  expect((await asked).replies).toEqual(['done'])
  const options = { bytes: BYTES, timeout: 100 }
  await expect(hubServer.hub.request('scan', 1, options)).rejects.toThrow(/an audience sends no bytes/)
})

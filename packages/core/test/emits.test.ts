import { EMPTY_POSITION, Router } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { historyServer, next, payloads, recover, upToMark } from './history-server.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { until } from '../../../test/support/wait.js'

// The room that an emit names, where it is kept, and its order.

afterEach(closeHubServers)

const POSITION = { offset: 1, epoch: expect.any(String), tag: expect.any(String) }

test.each(['', 'with a broker'])('an emit to one room names it, with and without history %s', async (broker) => {
  const here = historyServer(broker ? new MemoryNetwork().broker() : undefined)
  const peer = await here.connect({ rooms: ['log', 'plain "room"'] })
  here.hub.room('log').emit('kept')
  here.hub.room('plain "room"').emit('plain', 1)
  here.hub.to('plain "room"', 'plain "room"').emit('plain', 2)
  const got = [await next(peer), await next(peer), await next(peer)]
  expect(got).toContainEqual({ type: 'kept', room: 'log', ...POSITION })
  expect(got).toContainEqual({ type: 'plain', payload: 1, room: 'plain "room"' })
  expect(got).toContainEqual({ type: 'plain', payload: 2, room: 'plain "room"' })
})

test('a union with rooms with history is kept in each and delivered once per room', async () => {
  const network = new MemoryNetwork()
  const [here, there] = [historyServer(network.broker()), historyServer(network.broker())]
  const peer = await there.connect({ rooms: ['log', 'log 2', 'plain'] })
  await Promise.all(['log', 'log 2', 'plain'].map(async (room) => peer.connection.join(room)))
  here.hub.to('log', 'log 2', 'plain').emit('n', 1)
  const got = [await next(peer), await next(peer), await next(peer)]
  expect(got).toContainEqual({ type: 'n', payload: 1, room: 'log', ...POSITION })
  expect(got).toContainEqual({ type: 'n', payload: 1, room: 'log 2', ...POSITION })
  expect(got).toContainEqual({ type: 'n', payload: 1, room: 'plain' })
  for (const room of ['log', 'log 2']) expect(await there.hub.room(room).history?.last(5)).toHaveLength(1)
  expect(await recover(peer, EMPTY_POSITION)).toMatchObject({ recovered: true, offset: 1 })
})

test('a union of plain rooms reaches each connection once and names no room', async () => {
  const here = historyServer()
  const peer = await here.connect({ rooms: ['a', 'b'] })
  here.hub.to('a', 'b').emit('n', 1)
  expect(await upToMark(peer)).toEqual([{ type: 'n', payload: 1 }])
})

test('messages to one connection do not wait for the store, so they overtake those of a room with history', async () => {
  const here = new HubServer({
    broker: new MemoryNetwork().broker(),
    router: new Router().handle('go', ({ connection, hub }) => {
      hub.room('log').emit('room')
      connection.emit('direct')
      return 'reply'
    }),
  })
  here.hub.createRoom('log', { history: {} })
  const { client, connection } = await here.connect({ rooms: ['log'] })
  await connection.join('log')
  client.send(JSON.stringify({ type: 'go', id: 1 }))
  const types = [await client.next(), await client.next(), await client.next()].map(
    (it) => (it as { type: string }).type,
  )
  expect(types).toEqual(['direct', 'reply', 'room'])
})

test('an audience leaves a room with history after the messages that were emitted before', async () => {
  const here = historyServer(new MemoryNetwork().broker())
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  here.hub.room('log').emit('x')
  here.hub.room('log').leave('log')
  expect(await next(peer)).toMatchObject({ type: 'x' })
  expect(await next(peer)).toMatchObject({ type: 'hub:left' })
  expect(peer.connection.in('log')).toBe(false)
})

test.each([
  ['a Buffer', (bytes: Buffer) => bytes],
  ['an ArrayBuffer', (bytes: Buffer) => bytes.buffer as unknown as Uint8Array],
])('%s that waits behind a message with history may be changed after it was sent', async (_, sent) => {
  const here = new HubServer({ broker: new MemoryNetwork().broker(), compression: { threshold: 1 } })
  here.hub.createRoom('log', { history: {} })
  const { client, connection } = await here.connect({ rooms: ['log'] })
  await connection.join('log')
  const bytes = Buffer.from(new Uint8Array(Buffer.from('right')).buffer)
  here.hub.room('log').emit('x')
  here.hub.room('log').send(sent(bytes))
  bytes.write('wrong')
  await client.next()
  expect(await client.next()).toEqual(Buffer.from('right'))
})

test('a raw text that waits behind a kept message arrives as text', async () => {
  const here = historyServer(new MemoryNetwork().broker())
  const peer = await here.connect({ rooms: ['log'] })
  here.hub.room('log').emit('x')
  here.hub.room('log').send('raw')
  await next(peer)
  expect(await peer.client.next()).toBe('raw')
})

test('the last messages exclude those withheld from the user, and a recovery those withheld from the connection', async () => {
  const here = historyServer()
  const one = await here.connect({ user: 'ann', rooms: ['log'] })
  const other = await here.connect({ user: 'ann', rooms: ['log'] })
  here.hub.room('log').except(one.connection.id).emit('n', 'not for one')
  here.hub.room('log').emit('n', 2)
  expect(payloads(await upToMark(one))).toEqual([2])
  expect(payloads(await upToMark(other))).toEqual(['not for one', 2])
  const late = await here.connect({ user: 'ann', rooms: ['log'] })
  await recover(late, { last: 5 })
  expect(payloads(await upToMark(late))).toEqual([2])
  const back = await here.connect({ user: 'ann', rooms: ['log'] })
  await recover(back, { ...EMPTY_POSITION, connection: other.connection.id })
  expect(payloads(await upToMark(back))).toEqual(['not for one', 2])
  const bob = await here.connect({ user: 'bob', rooms: ['log'] })
  await recover(bob, { last: 5 })
  expect(payloads(await upToMark(bob))).toEqual(['not for one', 2])
})

test('except() throws for a text that is not the id of a connection, such as the name of a room', () => {
  const { hub } = new HubServer()
  expect(() => hub.except('lobby')).toThrow('"lobby" is not the id of a connection')
})

test('a room that is given a history while it has members delivers to them', async () => {
  const here = new HubServer({ broker: new MemoryNetwork().broker() })
  const peer = await here.connect({ rooms: ['late'] })
  here.hub.createRoom('other')
  here.hub.removeRoom('other')
  here.hub.createRoom('late', { history: {} })
  here.hub.room('late').emit('n', 1)
  here.hub.room('late').emit('n', 2)
  await until(async () => (await here.hub.room('late').history?.position())?.offset === 2)
  expect(payloads(await upToMark(peer))).toEqual([1, 2])
})

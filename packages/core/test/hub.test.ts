import { connect } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { turn, until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

describe('stats', () => {
  test('stats count open connections, rooms and users, and all connections since the start', async () => {
    const hubServer = new HubServer({ name: 'counted', onMessage: () => {} })
    const { hub } = hubServer
    const empty = { name: 'counted', connections: 0, users: 0, rooms: 0 }
    const never = { opened: 0, received: 0, dropped: 0, slow: 0, failed: 0, unsent: 0, discarded: 0 }
    expect(hub.stats()).toMatchObject({ ...empty, ...never, refused: {}, rejected: {}, closed: {} })
    const one = await hubServer.connect({ user: 'ann', rooms: ['a', 'b'] })
    const two = await hubServer.connect({ user: 'ann' })
    one.client.send('x')
    two.client.send('y')
    await until(() => hub.stats().received === 2)
    expect(hub.stats()).toMatchObject({
      ...never,
      name: 'counted',
      connections: 2,
      users: 1,
      rooms: 2,
      opened: 2,
      received: 2,
    })
    await Promise.all([one.client.close(), two.client.close()])
    await until(() => hub.connections.size === 0)
    expect(hub.stats()).toMatchObject({ ...never, ...empty, opened: 2, received: 2, closed: { 1000: 2 } })
  })

  test('stats count the failures', async () => {
    const hubServer = new HubServer()
    const { client } = await hubServer.connect()
    client.send('nobody takes this')
    client.send('nor this')
    await until(() => hubServer.failures.length === 2)
    expect(hubServer.hub.stats()).toMatchObject({ failed: 2, received: 2 })
  })
})

test('a hub holds nothing for a connection that has closed', async () => {
  const hubServer = new HubServer()
  const { client, connection } = await hubServer.connect({ rooms: ['a'] })
  const before = hubServer.hub.stats().memory
  expect([before.rooms, before.headers].every((bytes) => bytes > 0)).toBe(true)
  await client.close()
  await connection.closed
  expect(hubServer.hub.stats().memory).toMatchObject({ used: 0, headers: 0, rooms: 0, sending: 0, receiving: 0 })
})

test('a connection is found by its id while it lasts', async () => {
  const hubServer = new HubServer()
  const { client, connection } = await hubServer.connect()
  expect(hubServer.hub.connection(connection.id)).toBe(connection)
  expect(hubServer.hub.connection('another')).toBeUndefined()
  await client.close()
  await connection.closed
  expect(hubServer.hub.connection(connection.id)).toBeUndefined()
})

test.each([
  [5, 'a number'],
  [null, 'null'],
  [undefined, 'undefined'],
  [{}, 'an object'],
])('hub.connections finds no connection with the id %p', (name, what) => {
  const { hub } = new HubServer()
  const wrong = name as string
  expect(() => hub.room(wrong)).toThrow(`A room must be named by a string, not by ${what}.`)
  expect(() => hub.to('a', wrong)).toThrow(`A room must be named by a string, not by ${what}.`)
  expect(() => hub.user('a', wrong)).toThrow(`A user must be named by a string, not by ${what}.`)
  expect(() => hub.session(wrong)).toThrow(`A session must be named by a string, not by ${what}.`)
})

describe('sent messages', () => {
  test('messages are written at the end of the turn', async () => {
    const hubServer = new HubServer()
    const { client, connection } = await hubServer.connect()
    connection.send('x')
    expect(connection.bufferedAmount).toBe(3)
    await Promise.resolve()
    expect(connection.bufferedAmount).toBe(3)
    expect(await client.next()).toBe('x')
    expect(connection.bufferedAmount).toBe(0)
  })

  test('messages wait for the batch window, and no longer', async () => {
    const hubServer = new HubServer({ batch: { window: 50 } })
    const { client, connection } = await hubServer.connect()
    connection.send('x')
    for (let n = 0; n < 3; n += 1) await turn()
    expect(connection.bufferedAmount).toBe(3)
    connection.send('y')
    expect([await client.next(), await client.next()]).toEqual(['x', 'y'])
  })

  test('messages do not wait for the batch window if the hub closes', async () => {
    const hubServer = new HubServer({ batch: { window: 1_000_000 } })
    const { client } = await hubServer.connect()
    hubServer.hub.send('x')
    await hubServer.hub.close()
    expect(await client.next()).toBe('x')
    expect(await client.closed).toMatchObject({ code: 1001 })
  })
})

test('a hub without a router gets every message raw, and one with a router only messages that are no envelopes', async () => {
  const got: unknown[] = []
  const hubServer = new HubServer({ onMessage: (_, data) => got.push(data) })
  const { client } = await hubServer.connect()
  client.emit('typed', 1)
  client.send('raw')
  client.send(Buffer.from('bytes'))
  await until(() => got.length === 3)
  expect(got).toEqual(['{"type":"typed","payload":1}', 'raw', Buffer.from('bytes')])
})

test('connect() rejects with the status of an app that does not call upgrade()', async () => {
  const { hub } = new HubServer()
  await expect(connect((_, response) => response.writeHead(404).end('nothing here'), '/')).rejects.toMatchObject({
    status: 404,
  })
  expect(hub.connections.size).toBe(0)
})

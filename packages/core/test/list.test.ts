import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { cluster, idsIn, pages, idOf } from './other-servers.js'

// hub.list: the connections of one server or of all, page by page.

afterEach(closeHubServers)

async function connectClients(hubServer: HubServer, size: number): Promise<string[]> {
  const connecting = Array.from({ length: size }, async () => hubServer.connect())
  return (await Promise.all(connecting)).map(({ connection }) => connection.id).toSorted()
}

describe('the list of one server', () => {
  test('a list shows what is known of each connection', async () => {
    const hubServer = new HubServer()
    const { connection } = await hubServer.connect({ user: 'ann', rooms: ['a', 'b'] })
    const { connections, ...rest } = await hubServer.hub.list()
    const { id, handshake } = connection
    const since = handshake.time.getTime()
    const server = idOf(hubServer)
    expect(connections).toEqual([
      { id, user: 'ann', address: handshake.address, since, rooms: ['a', 'b'], bufferedAmount: 0, server },
    ])
    expect(rest).toEqual({ unanswered: [], complete: true })
  })

  test('a list shows the latency of a connection once it has been measured', async () => {
    const hubServer = new HubServer()
    const { connection } = await hubServer.connect()
    Object.defineProperty(connection.core, 'latency', { value: 7 })
    expect((await hubServer.hub.list()).connections).toMatchObject([{ latency: 7 }])
  })

  test('a list in pages shows every connection once, in the order of the ids', async () => {
    const hubServer = new HubServer()
    const ids = await connectClients(hubServer, 25)
    const all = await pages(hubServer, { limit: 4 })
    expect(idsIn(all)).toEqual(ids)
    expect(all.map(({ connections }) => connections.length)).toEqual([4, 4, 4, 4, 4, 4, 1])
  })

  test('a list continues after a connection that has closed between two pages', async () => {
    const hubServer = new HubServer()
    const ids = await connectClients(hubServer, 6)
    const { cursor, connections } = await hubServer.hub.list({ limit: 3 })
    const last = hubServer.hub.connection(connections.at(-1)?.id ?? '')
    last?.close()
    await last?.closed
    expect(idsIn([await hubServer.hub.list({ cursor })])).toEqual(ids.slice(3))
  })

  test('a list of a room or of a user has no other connections', async () => {
    const hubServer = new HubServer()
    const ann = await hubServer.connect({ user: 'ann', rooms: ['a'] })
    const bob = await hubServer.connect({ user: 'bob', rooms: ['a', 'b'] })
    await hubServer.connect({ user: 'ann', rooms: ['b'] })
    const { hub } = hubServer
    expect(idsIn([await hub.list({ room: 'a' })])).toEqual([ann.connection.id, bob.connection.id].toSorted())
    expect(idsIn([await hub.list({ room: 'a', user: 'bob' })])).toEqual([bob.connection.id])
    expect(idsIn([await hub.list({ user: 'bob' })])).toEqual([bob.connection.id])
    expect(idsIn([await hub.list({ user: 'cat' }), await hub.list({ room: 'c' })])).toEqual([])
  })

  test('a list of an address has no other connections', async () => {
    const hubServer = new HubServer()
    const near = await hubServer.connect({ user: 'ann', rooms: ['a'] })
    const far = await hubServer.connect({ user: 'ann', rooms: ['a'] })
    const { time } = far.connection.handshake
    Object.assign(far.connection, { handshake: { ...far.connection.handshake, time, address: '192.0.2.7' } })
    const { hub } = hubServer
    const address = '192.0.2.7'
    const { handshake } = near.connection
    const all = [await hub.list({ address }), await hub.list({ address, room: 'a', user: 'ann' })]
    expect(idsIn(all)).toEqual([far.connection.id, far.connection.id])
    expect(idsIn([await hub.list({ address: handshake.address })])).toEqual([near.connection.id])
  })

  test('a page ends before it has more than 512 KiB, and the next one goes on', async () => {
    const hubServer = new HubServer({ limits: { maxRoomNameLength: Infinity } })
    for (let n = 0; n < 8; n += 1) await hubServer.connect({ user: `${n}`.repeat(100_000) })
    const all = await pages(hubServer, { limit: 1000 })
    expect(all.map(({ connections }) => connections.length)).toEqual([5, 3])
  })

  test('an entry has the number of rooms that it omits', async () => {
    const hubServer = new HubServer({ limits: { maxRoomNameLength: Infinity } })
    await hubServer.connect({ rooms: ['a'.repeat(4000), 'b'.repeat(4000), 'c'.repeat(4000), 'd'] })
    const [entry] = (await hubServer.hub.list()).connections
    expect([entry?.rooms.length, entry?.omittedRooms]).toEqual([2, 2])
  })

  test('a list does not create the set of rooms of a connection', async () => {
    const hubServer = new HubServer()
    const { connection } = await hubServer.connect({ rooms: ['a'] })
    const rooms = jest.spyOn(connection, 'rooms', 'get')
    expect((await hubServer.hub.list()).connections).toMatchObject([{ rooms: ['a'] }])
    expect(rooms).not.toHaveBeenCalled()
  })

  test.each([
    [{ limit: 0 }, 'limit must be a whole number from 1 to 1000'],
    [{ limit: 1001 }, 'limit must be a whole number from 1 to 1000'],
    [{ limit: 1.5 }, 'limit must be a whole number from 1 to 1000'],
    [{ room: 7 }, 'room must be a string'],
    [{ user: null }, 'user must be a string'],
    [{ address: 1 }, 'address must be a string'],
    [{ cluster: 'yes' }, 'cluster must be true or false'],
    [{ cursor: 5 }, 'cursor must be a string'],
    [{ timeout: 0 }, 'timeout must be a number'],
    [{ rooms: 'a' }, 'There is no option rooms'],
  ])('a list with the options %j is a TypeError', async (options, text) => {
    const { hub } = new HubServer()
    const listing = hub.list(options as never)
    await expect(listing).rejects.toThrow(TypeError)
    await expect(listing).rejects.toThrow(text)
  })
})

describe('the list of all servers', () => {
  test('a list in pages shows every connection of every server once, one server after the other', async () => {
    const hubServers = await cluster(new MemoryNetwork(), 3)
    const ids = await Promise.all(hubServers.map((hubServer, n) => connectClients(hubServer, 3 + n)))
    const [one] = hubServers as [HubServer]
    const all = await pages(one, { limit: 2 })
    expect(idsIn(all).toSorted()).toEqual(ids.flat().toSorted())
    for (const { connections } of all) expect(new Set(connections.map(({ server }) => server)).size).toBe(1)
    expect(all.every(({ complete, unanswered }) => complete && unanswered.length === 0)).toBe(true)
    const servers = new Set(all.flatMap(({ connections }) => connections.map(({ server }) => server)))
    expect(servers).toEqual(new Set(hubServers.map(({ hub }) => hub.servers.id)))
  })

  test('a list goes on with a cursor on whichever server gets it', async () => {
    const hubServers = await cluster(new MemoryNetwork(), 3)
    const ids = await Promise.all(hubServers.map(async (hubServer) => connectClients(hubServer, 3)))
    const found: string[] = []
    let cursor: string | undefined
    let turn = 0
    do {
      const page = await hubServers[turn % 3]?.hub.list({ cluster: true, limit: 2, cursor })
      found.push(...idsIn(page ? [page] : []))
      cursor = page?.cursor
      turn += 1
    } while (cursor !== undefined)
    expect(found.toSorted()).toEqual(ids.flat().toSorted())
  })

  test('a list skips servers without a connection of the user', async () => {
    const hubServers = await cluster(new MemoryNetwork(), 3)
    const [one, , three] = hubServers as [HubServer, HubServer, HubServer]
    await one.connect({ user: 'bob' })
    const { connection } = await three.connect({ user: 'ann' })
    const all = await pages(one, { user: 'ann' })
    expect(idsIn(all)).toEqual([connection.id])
    expect(all.length).toBeLessThanOrEqual(2)
  })

  test('a list without cluster shows this server alone', async () => {
    const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
    await two.connect()
    expect(await one.hub.list()).toEqual({ connections: [], unanswered: [], complete: true })
  })

  test('a connection of another server is disconnected by the id that a list shows', async () => {
    const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
    const { client } = await two.connect()
    const [id = ''] = idsIn(await pages(one, {}))
    one.hub.client(id).disconnect(4403, 'banned')
    expect(await client.closed).toEqual({ code: 4403, reason: 'banned' })
  })
})

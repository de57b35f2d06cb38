import { type Connection, type Identity, Router } from '../src/index.js'
import type { TestClient } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { join } from './joining.js'

// What a repeated handshake changes of the memberships of a connection.

afterEach(closeHubServers)

interface Renewed {
  readonly hubServer: HubServer
  readonly client: TestClient
  readonly connection: Connection
}

/** A connection whose handshake was repeated, with what the app has named each time. */
async function renewed(before: Identity, after: Identity, meanwhile?: (one: Renewed) => unknown): Promise<Renewed> {
  const hubServer = new HubServer({ router: new Router() })
  hubServer.hub.createRoom(/^open/, { authorize: () => true })
  const named = [before, after]
  const peer = await hubServer.connect(async () => named.shift() ?? {})
  const one = { hubServer, ...peer }
  await meanwhile?.(one)
  await peer.client.request('hub:refresh')
  return one
}

test('a repeated handshake ends memberships that the app names no more, and begins those that it names now', async () => {
  const { client, connection } = await renewed({ rooms: ['a', 'b'] }, { rooms: ['b', 'c'] })
  expect([...connection.rooms]).toEqual(['b', 'c'])
  expect(await client.next()).toEqual({ type: 'hub:left', payload: { room: 'a', code: 'forbidden' } })
  await client.quiet()
})

test('a repeated handshake does not change memberships in rooms that the app has never named', async () => {
  const { connection } = await renewed({}, {}, async ({ client, connection: one }) => {
    await join({ client, connection: one }, 'open')
    await one.join('joined')
  })
  expect([...connection.rooms]).toEqual(['open', 'joined'])
})

test('a repeated handshake lists the connection under its new session alone', async () => {
  const { hubServer, connection } = await renewed({ session: 'old' }, { session: 'new' })
  expect(hubServer.hub.session('old').members()).toEqual([])
  expect(hubServer.hub.session('new').members()).toEqual([connection])
})

test('a repeated handshake with the same session keeps the connection listed', async () => {
  const { hubServer, connection } = await renewed({ session: 'same' }, { session: 'same' })
  expect(hubServer.hub.session('same').members()).toEqual([connection])
})

test('a room of a repeated handshake that takes no one is reported, and the connection stays open', async () => {
  const { hubServer, connection } = await renewed({}, { rooms: ['full', 'c'] }, async (one) => {
    const { hub } = one.hubServer
    hub.createRoom('full', { maxMembers: 1 })
    await one.hubServer.connect({ rooms: ['full'] })
  })
  expect([[...connection.rooms], connection.state]).toEqual([['c'], 'open'])
  expect(hubServer.failures).toMatchObject([{ stage: 'join', error: { code: 'room_full' } }])
})

test('a repeated handshake with another token is charged for its headers, and nothing stays charged', async () => {
  const hubServer = new HubServer({ router: new Router() })
  const { client, connection } = await hubServer.connect()
  const headers = (): number => hubServer.hub.stats().memory.headers
  const before = headers()
  await client.request('hub:refresh', { token: 'x'.repeat(100) })
  expect(headers()).toBeGreaterThan(before + 100)
  expect(headers()).toBeLessThan(before + 200)
  await client.close()
  await connection.closed
  expect(headers()).toBe(0)
})

const hello = async ({ client }: Renewed): Promise<{ expiresIn?: number }> =>
  client.request('hub:hello', { version: 1 })

test('a repeated handshake sets when the connection expires, or that it does not', async () => {
  const soon = Date.now() + 60_000
  const longer = await hello(await renewed({ expiresAt: soon }, { expiresAt: soon + 60_000 }))
  expect(longer.expiresIn).toBeGreaterThan(60_000)
  expect(await hello(await renewed({ expiresAt: soon }, {}))).not.toHaveProperty('expiresIn')
})

import { inspect } from 'node:util'
import { closeHubServers, HubServer } from './hub-server.js'

// What logs and JSON show of the objects of a hub: no cookies, headers, session ids or data of the app.

afterEach(closeHubServers)

async function connected() {
  const hubServer = new HubServer({ name: 'chat' })
  const { connection } = await hubServer.connect({ user: 'ann', session: 'secret', rooms: ['a'] })
  return { hub: hubServer.hub, connection }
}

test('a hub shows its name and its counts', async () => {
  const { hub } = await connected()
  expect(JSON.stringify(hub)).toBe('{"name":"chat","connections":1,"rooms":1}')
  expect(inspect(hub)).toBe("Hub { name: 'chat', connections: 1, rooms: 1 }")
})

test('a room shows its name and its size', async () => {
  const { hub } = await connected()
  expect(JSON.stringify(hub.room('a'))).toBe('{"name":"a","size":1}')
  expect(inspect(hub.room('a'))).toBe("Room { name: 'a', size: 1 }")
})

test('an audience of users shows their names, one of sessions only their number', async () => {
  const { hub } = await connected()
  expect(JSON.stringify(hub.user('ann'))).toBe('{"scope":"user","names":["ann"]}')
  expect(JSON.stringify(hub.session('secret'))).toBe('{"scope":"session","sessions":1}')
  expect(inspect(hub.session('secret'))).toContain("{ scope: 'session', sessions: 1 }")
})

test('a handshake shows its path without the query, and its address in logs alone', async () => {
  const { connection } = await connected()
  const { handshake } = connection
  const { host, time } = handshake
  const shown = { path: '/0', host, secure: false, protocol: '', time: time.toJSON() }
  expect(JSON.parse(JSON.stringify(handshake))).toEqual(shown)
  expect(inspect(handshake)).toMatch(/^Handshake \{ path: '\/0', .*address: /)
})

test('an object of a hub that is nested too deep shows its class alone', async () => {
  const { hub, connection } = await connected()
  expect(inspect({ hub }, { depth: -1 })).toBe('[Object]')
  expect(inspect({ hub, room: hub.room('a') }, { depth: 0 })).toBe('{ hub: [Hub], room: [Room] }')
  expect(inspect({ handshake: connection.handshake }, { depth: 0 })).toBe('{ handshake: [Handshake] }')
})

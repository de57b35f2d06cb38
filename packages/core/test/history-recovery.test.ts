import { EMPTY_POSITION, Router } from '../src/index.js'
import { MemoryNetwork, type TestClient } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import {
  HISTORY,
  oneServer,
  emitted,
  logServer,
  recover,
  twoServers,
  upToMark,
  withHistory,
} from './history-support.js'
import { latch, until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

test.each([
  [{ room: 1 }, 'invalid_payload'],
  [{ room: 'log', offset: -1, epoch: 'e' }, 'invalid_payload'],
  [{ room: 'log', offset: 1 }, 'invalid_payload'],
  [{ room: 'log', offset: 1.5, epoch: 'e' }, 'invalid_payload'],
  [{ room: 'log', last: 'all' }, 'invalid_payload'],
  [{ room: 'log', connection: 7 }, 'invalid_payload'],
  [null, 'invalid_payload'],
  [{ room: 'elsewhere' }, 'not_in_room'],
  [{ room: '__proto__' }, 'not_in_room'],
  [{ room: 'plain' }, 'no_history'],
])('hub:recover with %j is refused as %s', async (payload, code) => {
  const { client } = await logServer().connect({ rooms: ['log', 'plain'] })
  await expect(client.request('hub:recover', payload)).rejects.toMatchObject({ code })
})

test('a recovery above maxBufferedBytes is too_far, and the last n messages are as many as fit', async () => {
  const here = logServer({ limits: { maxBufferedBytes: 3000 } })
  for (const n of emitted(1, 4)) here.hub.room('log').emit('n', `${n}${'x'.repeat(1000)}`)
  const peer = await here.connect({ rooms: ['log'] })
  expect(await recover(peer, EMPTY_POSITION)).toMatchObject({ recovered: false, reason: 'too_far' })
  expect(await recover(peer, { last: 4 })).toMatchObject({ recovered: true })
  expect((await upToMark(peer, here)).map((payload) => String(payload)[0])).toEqual(['3', '4'])
})

test.each([
  [{ history: 5 }, 'The option history must be an object, not 5.'],
  [{ history: { size: 0 } }, 'The option history.size must be a whole number from 1 to 2147483647 (messages), not 0.'],
  [{ history: { ttl: -1 } }, 'The option history.ttl must be a number from 1 to 2147483647 (ms), not -1.'],
  [{ presence: 1 }, 'The option presence must be true or false or an object, not 1.'],
])('createRoom with %j throws', (options, message) => {
  const { hub } = new HubServer()
  expect(() => hub.createRoom('a', options as never)).toThrow(message)
  expect(() => hub.createRoom(/a/, options as never)).toThrow(message)
})

test('a room has the options of each pattern that its name matches, and those of its own name', async () => {
  const here = new HubServer({ router: new Router() })
  here.hub.createRoom(/^doc:/g, { history: HISTORY, maxMembers: 2 })
  here.hub.createRoom('doc:1', { maxMembers: 1 })
  for (let n = 0; n < 4; n += 1) expect(here.hub.room('doc:2').history).toBeDefined()
  expect(here.hub.room('doc:1').history).toBeDefined()
  expect(here.hub.room('x doc:2').history).toBeUndefined()
  const peers = [await here.connect(), await here.connect(), await here.connect()]
  await peers[0]?.connection.join('doc:1')
  await expect(peers[1]?.connection.join('doc:1')).rejects.toMatchObject({ code: 'room_full' })
  await peers[0]?.connection.join('doc:2')
  await peers[1]?.connection.join('doc:2')
  await expect(peers[2]?.connection.join('doc:2')).rejects.toMatchObject({ code: 'room_full' })
})

test('messages are delivered although the history cannot be read at the start', async () => {
  let reads = 0
  const blind = withHistory(new MemoryNetwork().broker(), (history) => ({
    since: async (...asked) => {
      reads += 1
      if (reads === 1) throw new Error('down')
      return history.since(...asked)
    },
  }))
  const here = logServer({ broker: blind })
  const { client } = await here.connect({ rooms: ['log'] })
  const room = here.hub.room('log')
  room.emit('n', 1)
  room.send('raw')
  expect(await client.next()).toEqual({ type: 'n', payload: 1, room: 'log' })
  expect(await client.next()).toBe('raw')
  expect(here.failures).toHaveLength(1)
})

test('messages emitted before the first member came do not delay later ones', async () => {
  const { here } = twoServers()
  const room = here.hub.room('log')
  room.emit('n', 1)
  const { client, connection } = await here.connect()
  const joined = connection.join('log')
  room.emit('n', 2)
  room.send('raw')
  expect(await client.next()).toMatchObject({ payload: 2 })
  expect(await client.next()).toBe('raw')
  await joined
})

test('messages that came before the request are not sent again', async () => {
  const { here } = oneServer()
  await here.connect({ rooms: ['log'] })
  for (const n of emitted(1, 2)) here.hub.room('log').emit('n', n)
  const late = await here.connect({ rooms: ['log'] })
  for (const n of emitted(3, 4)) here.hub.room('log').emit('n', n)
  expect(await recover(late, EMPTY_POSITION)).toMatchObject({ recovered: true, offset: 4 })
  expect(await upToMark(late, here)).toEqual([3, 4, 1, 2])
})

test('messages emitted while the store is read come after the missed ones and after the answer', async () => {
  const network = new MemoryNetwork()
  const { held, release } = latch()
  let asked = false
  const slow = withHistory(network.broker(), (history) => ({
    since: async (topic, from, window) => {
      if (typeof from !== 'number') {
        asked = true
        await held
      }
      return history.since(topic, from, window)
    },
  }))
  const sender = logServer({ broker: network.broker() })
  const room = sender.hub.room('log')
  const start = await room.history?.position()
  for (const n of emitted(1, 2)) room.emit('n', n)
  await until(async () => (await room.history?.position())?.offset === 2)
  // Its own first read of what may have been missed waits for the same latch.
  const here = logServer({ broker: slow })
  const { client } = await here.connect({ rooms: ['log'] })
  client.send(JSON.stringify({ type: 'hub:recover', payload: { room: 'log', ...start }, id: 1 }))
  await until(() => asked && here.hub.stats().traffic.messagesIn === 1)
  for (const n of emitted(3, 4)) room.emit('n', n)
  await until(async () => (await room.history?.position())?.offset === 4)
  release()
  expect(await received(client, 5)).toEqual([1, 2, 3, 4, 'reply'])
})

/** The next messages of a client: of those of the room the payload, of others the type. */
async function received(client: TestClient, count: number): Promise<unknown[]> {
  const got: unknown[] = []
  for (let n = 0; n < count; n += 1) {
    const { type, payload } = (await client.next()) as { type: string; payload: unknown }
    got.push(type === 'n' ? payload : type)
  }
  return got
}

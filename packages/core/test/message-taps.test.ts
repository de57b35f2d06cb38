import { type Connection, Router } from '../src/index.js'
import { inspectionOf } from '../src/internal/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

afterEach(closeHubServers)

const router = new Router().handle('add', () => 3)

/** Taps a connection. @returns what the tap sees from now on */
function tap({ hub }: HubServer, connection: Connection): string[] {
  const seen: string[] = []
  inspectionOf(hub)?.taps.add(connection, {
    received: (data, binary) => seen.push(`< ${binary ? data.length : data.toString()}`),
    sent: (data) => seen.push(`> ${typeof data === 'string' ? data : data.length}`),
  })
  return seen
}

test('a tap sees what its connection receives and sends, and nothing of others', async () => {
  const hubServer = new HubServer({ router, onBinary: () => {} })
  const [ann, bob] = [await hubServer.connect(), await hubServer.connect()]
  const seen = tap(hubServer, ann.connection)
  for (const { client } of [bob, ann]) expect(await client.request('add', 1)).toBe(3)
  ann.client.send(Buffer.alloc(7))
  hubServer.hub.emit('news', 4)
  ann.connection.send(Buffer.alloc(5))
  await ann.client.next()
  await ann.client.next()
  const texts = seen.filter((text) => !/^. \d/.test(text))
  expect(texts).toEqual([/"add"/, /"reply"/, /"news"/].map((pattern) => expect.stringMatching(pattern)))
  expect(seen.filter((text) => /^. \d/.test(text)).toSorted()).toEqual(['< 7', '> 5'])
})

test('a tap sees what is sent to a room of its connection', async () => {
  const hubServer = new HubServer({ router })
  const [ann, bob] = [await hubServer.connect({ rooms: ['a'] }), await hubServer.connect({ rooms: ['a'] })]
  const seen = tap(hubServer, ann.connection)
  hubServer.hub.room('a').emit('news', 4)
  for (const { client } of [ann, bob]) await client.next()
  hubServer.hub.room('a').emit('price', 5, { volatile: true })
  for (const { client } of [ann, bob]) await client.next()
  expect(seen).toEqual([expect.stringContaining('"news"'), expect.stringContaining('"price"')])
})

test('a tap that was removed sees nothing', async () => {
  const hubServer = new HubServer({ router })
  const { client, connection } = await hubServer.connect()
  const seen = tap(hubServer, connection)
  const taps = inspectionOf(hubServer.hub)?.taps
  taps?.remove(connection)
  expect(await client.request('add', 1)).toBe(3)
  expect([seen, taps?.isEmpty]).toEqual([[], true])
})

test('a tap sees no message that did not fit into the outbox', async () => {
  const hubServer = new HubServer({ limits: { maxBufferedBytes: 10, slowConsumer: 'drop' } })
  const { connection } = await hubServer.connect()
  const seen = tap(hubServer, connection)
  connection.send('first')
  connection.send('second, which is too long')
  expect(seen).toEqual(['> first'])
})

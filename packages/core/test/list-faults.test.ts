import { randomUUID } from 'node:crypto'
import { encodeMessage } from '../src/cluster/cluster-message.js'
import { Router } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'
import { cluster, enter, idsIn, pages, fakeServer, idOf } from './other-servers.js'
import { until } from '../../../test/support/wait.js'

// Lists and counts if some servers are silent, closed, of another version or unknown.

afterEach(closeHubServers)

const SOON = { timeout: 50 }

async function withFakeServer(
  answer: (about: unknown) => object | undefined,
): Promise<{ readonly hubServer: HubServer; readonly id: string; readonly network: MemoryNetwork }> {
  const network = new MemoryNetwork()
  const [hubServer] = (await cluster(network, 1)) as [HubServer]
  const { id } = await fakeServer(network, answer)
  return { hubServer, id, network }
}

describe('a server that does not answer', () => {
  test('a silent server is named on its page, and the list continues with the next server', async () => {
    const network = new MemoryNetwork()
    const [one, two] = (await cluster(network, 2)) as [HubServer, HubServer]
    const { id } = await fakeServer(network, () => undefined)
    const peers = [await one.connect(), await two.connect()]
    const all = await pages(one, SOON)
    expect(idsIn(all).toSorted()).toEqual(peers.map(({ connection }) => connection.id).toSorted())
    expect(all.flatMap(({ unanswered }) => unanswered)).toEqual([id])
    expect(all.filter(({ complete }) => !complete)).toMatchObject([{ connections: [], unanswered: [id] }])
  })

  test('a server that crashed is named at once as long as its lease lives', async () => {
    const network = new MemoryNetwork()
    const [hubServer] = (await cluster(network, 1)) as [HubServer]
    const gone = randomUUID()
    await enter(network.broker(), gone)
    const all = await pages(hubServer, { timeout: 600_000 })
    expect(all.flatMap(({ unanswered }) => unanswered)).toEqual([gone])
    const stats = await hubServer.hub.stats({ cluster: true, timeout: 600_000 })
    expect(stats).toMatchObject({ partial: true, unanswered: [gone] })
  })

  test('a server that closes between two pages is named on the next one', async () => {
    const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
    for (let n = 0; n < 3; n += 1) await two.connect()
    let page = await one.hub.list({ cluster: true, limit: 2 })
    expect(idsIn([page])).toHaveLength(2)
    await two.hub.close()
    page = await one.hub.list({ cluster: true, limit: 2, cursor: page.cursor })
    expect(page).toEqual({ connections: [], unanswered: [idOf(two)], complete: false })
  })

  test('a server that has closed is not part of the next list', async () => {
    const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
    await two.hub.close()
    expect(await pages(one, {})).toEqual([{ connections: [], unanswered: [], complete: true }])
    expect(await one.hub.stats({ cluster: true })).toMatchObject({ partial: false, unanswered: [] })
  })

  test('a list is that of this server, and not complete, while neither the store nor a server answers', async () => {
    const broker = new MemoryNetwork().broker()
    Object.assign(broker.presence ?? {}, { living: async () => Promise.reject(new Error('down')) })
    Object.assign(broker, { publish: async () => Promise.reject(new Error('down')) })
    const hubServer = new HubServer({ broker })
    const { connection } = await hubServer.connect()
    const [page, ...rest] = await pages(hubServer, { timeout: 600_000 })
    expect(page).toMatchObject({ connections: [{ id: connection.id }], complete: false, unanswered: [] })
    expect(rest).toEqual([])
  })
})

describe('a server that answers something else', () => {
  const entry = { id: 'a'.repeat(20), address: '', since: 1, rooms: [], bufferedAmount: 0 }

  test.each([
    ['text', 'junk'],
    ['null', null],
    ['no list', { connections: 7, more: false }],
    ['an entry without an id', { connections: [{ ...entry, id: 7 }], more: false }],
    ['an entry whose id is none', { connections: [{ ...entry, id: 'x' }], more: false }],
    ['an entry with rooms that are no names', { connections: [{ ...entry, rooms: [1] }], more: false }],
    ['an entry with a latency that is no number', { connections: [{ ...entry, latency: 'x' }], more: false }],
    ['no entry, and more of them', { connections: [], more: true }],
    ['more entries than were asked for', { connections: [entry, { ...entry, id: 'b'.repeat(20) }], more: false }],
  ])('a page that is %s is dropped and counted, and its server is named', async (_, payload) => {
    const { hubServer, id } = await withFakeServer((about) => (about ? { payload } : { payload: {} }))
    const before = hubServer.hub.stats().discarded
    const all = await pages(hubServer, { ...SOON, limit: 1 })
    expect(all.flatMap(({ unanswered }) => unanswered)).toEqual([id])
    expect(idsIn(all)).toEqual([])
    expect(hubServer.hub.stats().discarded).toBe(before + 1)
  })

  test('a server that answers each page with the same entry is named, and the list ends', async () => {
    const { hubServer, id } = await withFakeServer(() => ({ payload: { connections: [entry], more: true } }))
    const all = await pages(hubServer, { limit: 5 })
    expect(idsIn(all)).toEqual([entry.id])
    expect(all.at(-1)).toEqual({ connections: [], unanswered: [id], complete: false })
  })

  test('a server that ignores the address of the list is named, and its connections are not shown', async () => {
    const { hubServer, id } = await withFakeServer(() => ({ payload: { connections: [entry], more: false } }))
    const all = await pages(hubServer, { address: '192.0.2.7' })
    expect([idsIn(all), all.flatMap(({ unanswered }) => unanswered)]).toEqual([[], [id]])
  })

  test('a server of a version that has no lists is named at once', async () => {
    const { hubServer, id } = await withFakeServer(() => ({}))
    expect((await pages(hubServer, { timeout: 600_000 })).flatMap(({ unanswered }) => unanswered)).toEqual([id])
  })

  test('an entry of another server shows only the properties of a list', async () => {
    const page = { connections: [{ ...entry, session: 'secret', server: 'forged' }], more: false }
    const { hubServer, id } = await withFakeServer(() => ({ payload: page }))
    const all = await pages(hubServer, {})
    expect(all.flatMap(({ connections }) => connections)).toEqual([{ ...entry, server: id }])
  })
})

test.each([
  ['nothing', undefined],
  ['a limit of 0', { limit: 0, after: '' }],
  ['a limit of 1,001', { limit: 1001, after: '' }],
  ['a room that is no name', { room: 7, limit: 1, after: '' }],
  ['no place to begin', { limit: 1 }],
])('a question for connections with %s is answered without a payload', async (_, about) => {
  const network = new MemoryNetwork()
  const [hubServer] = (await cluster(network, 1)) as [HubServer]
  await hubServer.connect()
  const broker = network.broker()
  const received: string[] = []
  await broker.connect((__, bytes) => void received.push(Buffer.from(bytes).toString('latin1')), {} as never)
  await broker.subscribe('hub/server/me')
  const address = { scope: 'server', names: [idOf(hubServer)], except: new Set<string>() } as const
  const question = { id: 'q', server: 'me', kind: 'list', about }
  await broker.publish(`hub/server/${idOf(hubServer)}`, encodeMessage({ id: 'q', address, question }))
  await until(() => received.length > 0)
  expect(received[0]).toContain(`"answer":{"id":"q","server":"${idOf(hubServer)}"}`)
})

describe('a broker that knows no presence', () => {
  test('a list names the servers that answer, and is not complete', async () => {
    const network = new Network()
    const made = (name: string): HubServer => new HubServer({ router: new Router(), broker: network.broker(name) })
    const [one, two] = [made('one'), made('two')]
    await until(() => network.topics('two').length === 2 && network.topics('one').length === 2)
    const peers = [await one.connect(), await two.connect()]
    const all = await pages(one, SOON)
    expect(idsIn(all).toSorted()).toEqual(peers.map(({ connection }) => connection.id).toSorted())
    expect(all.map(({ complete }) => complete)).toEqual([false, false])
  })
})

/** A hub and the cursor of its first page. */
async function firstPage(): Promise<readonly [HubServer, string]> {
  const hubServer = new HubServer()
  for (let n = 0; n < 2; n += 1) await hubServer.connect()
  return [hubServer, (await hubServer.hub.list({ limit: 1 })).cursor ?? '']
}

describe('a cursor', () => {
  test.each<[string, (cursor: string) => string]>([
    ['is empty', () => ''],
    ['is cut', (cursor) => cursor.slice(0, -1)],
    ['is longer', (cursor) => `${cursor}AAAA`],
    ['has another letter', (cursor) => `${cursor[0] === 'A' ? 'B' : 'A'}${cursor.slice(1)}`],
    ['has padding', (cursor) => `${cursor}=`],
    ['has a line break', (cursor) => `${cursor}\n`],
    ['is text', () => 'next page, please'],
    ['has a million letters', () => 'A'.repeat(1_000_000)],
  ])('a cursor that %s is an invalid_cursor', async (_, change) => {
    const [{ hub }, cursor] = await firstPage()
    await expect(hub.list({ cursor: change(cursor) })).rejects.toMatchObject({ code: 'invalid_cursor', status: 400 })
  })

  test('a cursor of another hub is an invalid_cursor', async () => {
    const [, cursor] = await firstPage()
    const { hub } = new HubServer({ name: 'other' })
    await expect(hub.list({ cluster: true, cursor })).rejects.toMatchObject({ code: 'invalid_cursor' })
  })

  test('a cursor that names another server is an invalid_cursor for a list without cluster', async () => {
    const [, cursor] = await firstPage()
    const { hub } = new HubServer()
    await expect(hub.list({ cursor })).rejects.toMatchObject({ code: 'invalid_cursor' })
    expect(await hub.list({ cluster: true, cursor })).toMatchObject({ complete: false })
  })
})

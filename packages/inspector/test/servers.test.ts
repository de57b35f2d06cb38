import type { ConnectionPage } from '@wshub/core'
import { closeHubServers } from '../../core/test/hub-server.js'
import { fakeServer } from '../../core/test/other-servers.js'
import type { Overview } from '../src/overview.js'
import type { ConnectionSearch, ClusterRooms } from '../src/hub-inspector.js'
import { InspectedHubs } from './inspected-hubs.js'

// What the inspector of one server shows about all servers of the hub.

afterEach(closeHubServers)

describe('the overview', () => {
  test('the overview has the counts of each server, first those of the answering server', async () => {
    const hubs = await InspectedHubs.open(3)
    await hubs.connect(1, { user: 'ann', rooms: ['a'] })
    const overview = await hubs.read<Overview>('/api/overview')
    expect(overview).toMatchObject({ hub: 'hub', server: hubs.ids[0], partial: false, unanswered: [], outdated: [] })
    expect(overview.servers.map(({ server, connections }) => [server, connections])).toEqual([
      [hubs.ids[0], 0],
      ...hubs.ids.slice(1).map((id) => [id, id === hubs.ids[1] ? 1 : 0]),
    ])
  })

  test('the overview makes every server measure its handlers', async () => {
    const hubs = await InspectedHubs.open(2)
    expect(hubs.servers.map(({ hub }) => hub.stats().handlers)).toEqual([undefined, undefined])
    await hubs.read('/api/overview')
    expect(hubs.servers.map(({ hub }) => hub.stats().handlers?.count)).toEqual([0, 0])
  })

  test('simultaneous requests for the overview share one query of the servers', async () => {
    const hubs = await InspectedHubs.open(2)
    const stats = jest.spyOn(hubs.servers[0]?.hub ?? {}, 'stats' as never)
    await Promise.all(Array.from({ length: 20 }, () => hubs.read('/api/overview')))
    expect(stats).toHaveBeenCalledTimes(1)
  })

  test('the overview names a living server that does not answer', async () => {
    const hubs = await InspectedHubs.open(1)
    const id = await hubs.crash()
    expect(await hubs.read('/api/overview')).toMatchObject({ partial: true, unanswered: [id] })
  })
})

describe('the connections', () => {
  test('a list in pages shows every connection of every server', async () => {
    const hubs = await InspectedHubs.open(3)
    const peers = [await hubs.connect(0), await hubs.connect(1), await hubs.connect(1), await hubs.connect(2)]
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page: ConnectionPage = await hubs.read(`/api/connections?limit=1${cursor ? `&cursor=${cursor}` : ''}`)
      found.push(...page.connections.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(found.toSorted()).toEqual(peers.map(({ id }) => id).toSorted())
  })

  test.each(['user=ann', 'room=a', 'user=ann&room=a'])(
    'a search for %s finds only the connections that match',
    async (query) => {
      const hubs = await InspectedHubs.open(2)
      await hubs.connect(0, { user: 'bob', rooms: ['b'] })
      const { id } = await hubs.connect(1, { user: 'ann', rooms: ['a'] })
      const { connections } = await hubs.read<ConnectionPage>(`/api/connections?${query}`)
      expect(connections).toMatchObject([{ id, user: 'ann', rooms: ['a'], server: hubs.ids[1] }])
    },
  )

  test('a connection is found by its id on another server', async () => {
    const hubs = await InspectedHubs.open(3)
    const { id } = await hubs.connect(2, { user: 'ann', session: 'secret', data: 'hidden', rooms: ['a', 'b'] })
    const answer = await hubs.ask(`/api/connection?id=${id}`)
    const { connection } = answer.value as ConnectionSearch
    const expected = { id, user: 'ann', state: 'open', rooms: ['a', 'b'], roomCount: 2, bufferedAmount: 0 }
    expect(connection).toEqual({
      ...expected,
      address: expect.any(String),
      since: expect.any(Number),
      server: hubs.ids[2],
    })
    expect(String(answer.body)).not.toMatch(/secret|hidden/)
  })

  test('a connection that no server has is not found', async () => {
    const hubs = await InspectedHubs.open(2)
    expect(await hubs.read('/api/connection?id=nobody')).toEqual({ unanswered: [], refused: [] })
  })

  test('the data of a connection is what the option of the app returns for it', async () => {
    const hubs = await InspectedHubs.open(2, { data: ({ data }) => ({ name: (data as { name: string }).name }) })
    const { id } = await hubs.connect(1, { data: { name: 'Ann', token: 'secret' } })
    const { connection } = await hubs.read<ConnectionSearch>(`/api/connection?id=${id}`)
    expect(connection?.data).toBe('{\n  "name": "Ann"\n}')
  })

  test.each([
    ['throws', (): unknown => JSON.parse('{')],
    ['returns what has no JSON form', (): unknown => 1n],
  ])('a connection is shown without data if the function %s', async (_, data) => {
    const hubs = await InspectedHubs.open(1, { data })
    const { id } = await hubs.connect(0)
    const { connection } = await hubs.read<ConnectionSearch>(`/api/connection?id=${id}`)
    expect([connection?.id, connection?.data]).toEqual([id, undefined])
  })
})

describe('the rooms', () => {
  test('a room on several servers is listed once, with all its members', async () => {
    const hubs = await InspectedHubs.open(2)
    await hubs.connect(0, { rooms: ['b', 'a'] })
    for (const server of [0, 1]) await hubs.connect(server, { rooms: ['b'] })
    expect(await hubs.read('/api/rooms')).toEqual({
      rooms: [
        { name: 'a', members: 1, servers: 1 },
        { name: 'b', members: 3, servers: 2 },
      ],
      unanswered: [],
      refused: [],
    })
  })

  test.each([1, 3])('a list in pages shows every room of %d servers once, by name', async (size) => {
    const hubs = await InspectedHubs.open(size)
    const names = Array.from({ length: 40 }, (_, n) => `room ${n}`)
    for (const [n, name] of names.entries()) await hubs.connect(n % size, { rooms: [name, 'room 7'] })
    const found: string[] = []
    let after: string | undefined
    do {
      const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
      const page = await hubs.read<ClusterRooms>(`/api/rooms?limit=3${query}`)
      found.push(...page.rooms.map(({ name }) => name))
      after = page.after
    } while (after !== undefined)
    expect(found).toEqual(names.toSorted())
  })

  test('a search finds the rooms whose names contain a text', async () => {
    const hubs = await InspectedHubs.open(2)
    await hubs.connect(0, { rooms: ['doc:1', 'chat'] })
    await hubs.connect(1, { rooms: ['my doc'] })
    const { rooms } = await hubs.read<ClusterRooms>('/api/rooms?search=doc')
    expect(rooms.map(({ name }) => name)).toEqual(['doc:1', 'my doc'])
  })

  test('servers without an inspector and servers that are silent are named', async () => {
    const hubs = await InspectedHubs.open(2, {}, 1)
    const id = await hubs.crash()
    expect(await hubs.read('/api/rooms')).toEqual({ rooms: [], unanswered: [id], refused: [hubs.ids[1]] })
  })

  test.each([['text'], [{ rooms: [1], more: false }], [{ rooms: [], more: 'yes' }]])(
    'the answer %j of another server is left out',
    async (payload) => {
      const hubs = await InspectedHubs.open(1)
      await hubs.connect(0, { rooms: ['a'] })
      await fakeServer(hubs.network, () => ({ payload }))
      expect(await hubs.read('/api/rooms')).toMatchObject({ rooms: [{ name: 'a', members: 1, servers: 1 }] })
    },
  )
})

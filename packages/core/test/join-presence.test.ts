import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers } from './hub-server.js'
import { join, JoinServer, type Ending, type Joiner } from './joining.js'

// hub:join of a room with presence: the answer has the list, and every later change applies to it.

afterEach(closeHubServers)

interface List {
  readonly seq: number
  readonly entries: readonly { readonly user: string; readonly connections: readonly string[] }[]
}

interface News {
  readonly payload: { readonly room: string; readonly seq: number; readonly joined: unknown[]; readonly left: string[] }
}

function listIn(ending: Ending): List {
  const { presence } = (ending as { readonly reply: { readonly presence?: List } }).reply
  if (!presence) throw new Error(`expected a list, got ${JSON.stringify(ending)}`)
  return presence
}

const usersIn = (ending: Ending): string[] =>
  listIn(ending)
    .entries.map(({ user }) => user)
    .toSorted((one, other) => one.localeCompare(other))

/** The next change after a list; those before it are in the list. */
async function newsAfter({ seq }: Pick<List, 'seq'>, { client }: Joiner): Promise<News['payload']> {
  for (;;) {
    const { payload } = (await client.next('hub:presence')) as unknown as News
    if (payload.seq > seq) return payload
  }
}

test('the answer lists the users of the room with their connections, the new member among them', async () => {
  const hubServer = new JoinServer({}, { presence: true })
  const [ann, bob] = [await hubServer.connect({ user: 'ann' }), await hubServer.connect({ user: 'bob' })]
  const [first, second] = [await join(ann, 'open:1'), await join(bob, 'open:1')]
  expect(usersIn(first)).toEqual(['ann'])
  expect(usersIn(second)).toEqual(['ann', 'bob'])
  expect(listIn(second).entries).toContainEqual({ user: 'ann', connections: [ann.connection.id] })
  expect(second).toMatchObject({ reply: { connection: bob.connection.id } })
})

test('every change after the list has the next number, so that list and changes add up', async () => {
  const hubServer = new JoinServer({}, { presence: true })
  const ann = await hubServer.connect({ user: 'ann' })
  const list = listIn(await join(ann, 'open:1'))
  const others: Joiner[] = []
  for (const user of ['bob', 'cat', 'dan']) {
    const one = await hubServer.connect({ user })
    others.push(one)
    await join(one, 'open:1')
    const change = { room: 'open:1', seq: list.seq + others.length, joined: [{ user }], left: [] }
    expect(await newsAfter(list, ann)).toMatchObject(change)
  }
  others[0]?.connection.leave('open:1')
  expect(await newsAfter(list, ann)).toMatchObject({ seq: list.seq + 4, joined: [], left: ['bob'] })
})

test('the answer to a member that joins again has the list of that moment', async () => {
  const hubServer = new JoinServer({}, { presence: true })
  const [ann, bob] = [await hubServer.connect({ user: 'ann' }), await hubServer.connect({ user: 'bob' })]
  await join(ann, 'open:1')
  await join(bob, 'open:1')
  expect(usersIn(await join(ann, 'open:1'))).toEqual(['ann', 'bob'])
})

test('the answer lists the users who are connected to other servers', async () => {
  const network = new MemoryNetwork()
  const [here, there] = [0, 1].map(() => new JoinServer({ broker: network.broker() }, { presence: true }))
  if (!here || !there) throw new Error('expected two servers')
  const [ann, bob] = [await here.connect({ user: 'ann' }), await there.connect({ user: 'bob' })]
  const list = listIn(await join(ann, 'open:1'))
  const ending = await join(bob, 'open:1')
  expect(usersIn(ending)).toEqual(['ann', 'bob'])
  expect(listIn(ending).entries).toContainEqual({ user: 'ann', connections: [ann.connection.id] })
  expect(await newsAfter(list, ann)).toMatchObject({ joined: [{ user: 'bob' }] })
})

test('a refused join gets no list, and notifies no member', async () => {
  const hubServer = new JoinServer({}, { presence: true })
  hubServer.hub.createRoom('shut', { presence: true, authorize: () => false })
  const [ann, bob] = [
    await hubServer.connect({ user: 'ann', rooms: ['shut'] }),
    await hubServer.connect({ user: 'bob' }),
  ]
  expect(await join(bob, 'shut')).toEqual({ error: 'forbidden' })
  hubServer.hub.emit('mark')
  expect(await bob.client.next()).toEqual({ type: 'mark' })
  expect((await hubServer.hub.room('shut').presence()).map(({ user }) => user)).toEqual(['ann'])
  expect(ann.connection.in('shut')).toBe(true)
})

test('the answer of a room without presence has no list', async () => {
  const hubServer = new JoinServer()
  const ann = await hubServer.connect({ user: 'ann' })
  expect(await join(ann, 'open:1')).toEqual({ reply: { connection: ann.connection.id } })
})

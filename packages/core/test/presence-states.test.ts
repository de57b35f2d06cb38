import type { Identity } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { ask, type Ending, join, type Joiner, JoinServer } from './joining.js'

// What members of a room see of each other: from describe, from setPresence, and from the newest connection of a user.

afterEach(closeHubServers)

interface Entry {
  readonly user: string
  readonly state?: unknown
  readonly connections: readonly string[]
}

interface Change {
  readonly seq: number
  readonly joined: readonly Entry[]
  readonly changed: readonly Entry[]
  readonly left: readonly string[]
}

const ROOM = 'open:1'

function alone(): [HubServer, HubServer] {
  const here = new JoinServer({}, { presence: true })
  return [here, here]
}

function two(): [HubServer, HubServer] {
  const network = new MemoryNetwork()
  const [here, there] = [0, 1].map(() => new JoinServer({ broker: network.broker() }, { presence: true }))
  if (!here || !there) throw new Error('expected two servers')
  return [here, there]
}

async function come(place: HubServer, identity: Identity | (() => Promise<Identity>)): Promise<Joiner> {
  const joiner = await place.connect(identity)
  await join(joiner, ROOM)
  return joiner
}

const entriesIn = (ending: Ending): readonly Entry[] =>
  (ending as { readonly reply: { readonly presence: { readonly entries: readonly Entry[] } } }).reply.presence.entries

/** The states by user that a member gets with another join. */
async function statesFor(member: Joiner): Promise<Record<string, unknown>> {
  return Object.fromEntries(entriesIn(await join(member, ROOM)).map(({ user, state }) => [user, state]))
}

/** The next change that a member learns and that has something to do with a user. */
async function changeOf({ client }: Joiner, user: string): Promise<Change> {
  for (;;) {
    const { payload } = (await client.next('hub:presence')) as unknown as { readonly payload: Change }
    const users = [...payload.joined, ...payload.changed].map((entry) => entry.user)
    if (users.includes(user) || payload.left.includes(user)) return payload
  }
}

describe.each([
  ['one server', alone],
  ['two servers', two],
])('on %s', (_, place) => {
  test('a state from describe reaches other members when its user joins, and is in later lists', async () => {
    const [here, there] = place()
    const witness = await come(here, { user: 'witness' })
    const ann = await come(there, { user: 'ann', presence: { name: 'Ann', tags: ['a b', 'ü'] } })
    const entry = { user: 'ann', state: { name: 'Ann', tags: ['a b', 'ü'] }, connections: [ann.connection.id] }
    expect(await changeOf(witness, 'ann')).toMatchObject({ joined: [entry], changed: [] })
    expect(entriesIn(await join(witness, ROOM))).toContainEqual(entry)
    expect(await here.hub.room(ROOM).presence()).toContainEqual(entry)
    expect(await here.hub.presence('ann')).toEqual(entry)
  })

  test('setPresence reaches other members as a change, and undefined takes the state away', async () => {
    const [here, there] = place()
    const witness = await come(here, { user: 'witness' })
    const ann = await come(there, { user: 'ann', presence: 'here' })
    const { seq } = await changeOf(witness, 'ann')
    const connections = [ann.connection.id]
    ann.connection.setPresence({ away: true })
    const changed = [{ user: 'ann', state: { away: true }, connections }]
    expect(await changeOf(witness, 'ann')).toEqual({ room: ROOM, seq: seq + 1, joined: [], changed, left: [] })
    ann.connection.setPresence(undefined)
    expect((await changeOf(witness, 'ann')).changed).toEqual([{ user: 'ann', connections }])
  })

  test('the newest connection of a user counts, and the next newest one after it has closed', async () => {
    const [here, there] = place()
    const witness = await come(here, { user: 'witness' })
    const first = await come(here, { user: 'ann', presence: 1 })
    await changeOf(witness, 'ann')
    const second = await come(there, { user: 'ann', presence: 2 })
    const connections = [second.connection.id, first.connection.id]
    expect((await changeOf(witness, 'ann')).changed).toEqual([{ user: 'ann', state: 2, connections }])
    first.connection.setPresence(3)
    await here.hub.room(ROOM).presence()
    expect(await statesFor(witness)).toMatchObject({ ann: 2 })
    await second.client.close()
    expect((await changeOf(witness, 'ann')).changed).toEqual([
      { user: 'ann', state: 3, connections: [first.connection.id] },
    ])
  })

  test('a member who changes and changes back in one turn costs other members no message', async () => {
    const [here, there] = place()
    const witness = await come(here, { user: 'witness' })
    const ann = await come(there, { user: 'ann', presence: 1 })
    const { seq } = await changeOf(witness, 'ann')
    for (let n = 0; n < 1000; n += 1) ann.connection.setPresence(n)
    ann.connection.setPresence(1)
    await there.hub.room(ROOM).presence()
    ann.connection.setPresence('mark')
    expect(await changeOf(witness, 'ann')).toMatchObject({ seq: seq + 1, changed: [{ state: 'mark' }] })
  })
})

test('the state of a connection without a user, or of one that closes, is in no list', async () => {
  const [here] = alone()
  const witness = await come(here, { user: 'witness' })
  const nobody = await come(here, { presence: 'nobody' })
  nobody.connection.setPresence('still nobody')
  const ann = await come(here, { user: 'ann', presence: 1 })
  ann.connection.close()
  ann.connection.setPresence(2)
  await ann.connection.closed
  ann.connection.setPresence(3)
  expect(await statesFor(witness)).toEqual({ witness: undefined })
})

const cycle: Record<string, unknown> = {}
cycle['self'] = cycle
const WRONG: readonly [what: string, state: unknown, message: RegExp][] = [
  ['more than 1,024 bytes', 'é'.repeat(512), /^The presence state must have at most 1024 bytes as JSON, not 1026\.$/],
  ['a cycle', cycle, /^The presence state must be JSON: .*circular/i],
  ['a function', () => 1, /must be JSON: a function has no JSON form/],
  ['a function in an object', { a: [() => 1] }, /must be JSON: its property 0 is a function/],
  ['a symbol', { a: Symbol('a') }, /its property a is a symbol/],
  ['a bigint', 1n, /must be JSON: .*BigInt/],
  [
    'a getter that throws',
    Object.defineProperty({}, 'a', { enumerable: true, get: () => thrown() }),
    /must be JSON: no/,
  ],
]

test.each(WRONG)('setPresence of %s throws and changes nothing', async (_, state, message) => {
  const [here] = alone()
  const ann = await come(here, { user: 'ann', presence: 'before' })
  expect(() => ann.connection.setPresence(state)).toThrow(TypeError)
  expect(() => ann.connection.setPresence(state)).toThrow(message)
  expect(await statesFor(ann)).toEqual({ ann: 'before' })
})

test.each(WRONG)(
  'a handshake whose describe returns a presence with %s is refused as invalid_description',
  async (_, state) => {
    const [here] = alone()
    await expect(here.connect({ user: 'ann', presence: state })).rejects.toMatchObject({ status: 500 })
    expect(here.hub.connections.size).toBe(0)
  },
)

test('a state of 1,024 bytes is taken', async () => {
  const [here] = alone()
  const state = 'é'.repeat(511)
  expect(await statesFor(await come(here, { user: 'ann', presence: state }))).toEqual({ ann: state })
})

test.each([
  ['changes the state if describe returns another one than before', { presence: 'second' }, 'second'],
  ['takes the state away if describe returns none any more', {}, undefined],
  ['leaves the state of setPresence if describe returns the same as before', { presence: 'first' }, 'mine'],
])('a refresh %s', async (_, after, expected) => {
  const [here] = alone()
  let described: Identity = { user: 'ann', presence: 'first' }
  const ann = await come(here, () => Promise.resolve(described))
  ann.connection.setPresence('mine')
  described = { user: 'ann', ...after }
  expect(await ask(ann, 'hub:refresh')).toEqual({ reply: {} })
  expect(await statesFor(ann)).toEqual({ ann: expected })
})

function thrown(): never {
  throw new Error('no')
}

import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers } from './hub-server.js'
import { join, type Joiner, JoinServer } from './joining.js'
import { Network } from './network.js'
import { StoreNetwork } from './store-network.js'
import { latch, until } from '../../../test/support/wait.js'

// Joins on one server and removals on another.

afterEach(closeHubServers)

function pair(): { readonly here: JoinServer; readonly there: JoinServer } {
  const network = new MemoryNetwork()
  return { here: new JoinServer({ broker: network.broker() }), there: new JoinServer({ broker: network.broker() }) }
}

/** A client on this server whose join of `held:1` waits for `authorize`. */
async function waiting(here: JoinServer): Promise<{ peer: Joiner; joined: ReturnType<typeof join> }> {
  const peer = await here.connect({ user: 'ada', session: 's' })
  const joined = join(peer, 'held:1')
  await until(() => here.asked.length === 1)
  return { peer, joined }
}

const REMOVALS: [string, (there: JoinServer) => unknown][] = [
  ['takes the user out', ({ hub }) => hub.user('ada').leave('held:1')],
  ['takes the session out', ({ hub }) => hub.session('s').leave('held:1')],
  ['takes everybody out', ({ hub }) => hub.leave('held:1')],
  ['empties the room', ({ hub }) => hub.room('held:1').leave('held:1')],
  ['disconnects the members of the room', ({ hub }) => hub.room('held:1').disconnect()],
]

test.each(REMOVALS)(
  'a join is answered left when another server %s, and a late verdict has no effect',
  async (_, remove) => {
    const { here, there } = pair()
    const { peer, joined } = await waiting(here)
    remove(there)
    expect(await joined).toEqual({ error: 'left' })
    here.asked[0]?.allow()
    await peer.client.quiet()
    expect(peer.connection.rooms.size).toBe(0)
  },
)

test('a removal on another server does not affect a join that begins later', async () => {
  const { here, there } = pair()
  const { peer, joined } = await waiting(here)
  there.hub.user('ada').leave('held:1')
  await joined
  const again = join(peer, 'held:1')
  await until(() => here.asked.length === 2)
  here.asked[1]?.allow()
  expect(await again).toMatchObject({ reply: {} })
  await peer.client.quiet(1200)
  expect([...peer.connection.rooms]).toEqual(['held:1'])
})

test('a member whose server has not subscribed yet can leave the room, and gets one hub:left', async () => {
  const network = new Network()
  const here = new JoinServer({ broker: network.broker('here') })
  const there = new JoinServer({ broker: network.broker('there') })
  const { peer } = await waiting(here)
  const { held, release } = latch()
  network.hold = held
  here.asked[0]?.allow()
  await until(() => peer.connection.rooms.size === 1)
  there.hub.room('held:1').leave('held:1')
  await until(() => peer.connection.rooms.size === 0)
  release()
  expect(await peer.client.next()).toEqual({ type: 'hub:left', payload: { room: 'held:1', code: 'left' } })
  await peer.client.quiet()
})

test('a member gets messages of another server to the room once its join is answered', async () => {
  const { here, there } = pair()
  const peer = await here.connect()
  await join(peer, 'open:1')
  there.hub.room('open:1').emit('said', 1)
  expect(await peer.client.next()).toEqual({ type: 'said', payload: 1, room: 'open:1' })
  there.hub.room('open:1').leave('open:1')
  expect(await peer.client.next()).toMatchObject({ type: 'hub:left' })
  there.hub.room('open:1').emit('said', 2)
  await peer.client.quiet(20)
})

test('a removal of a room that clients cannot ask for goes to its own topics alone', async () => {
  const network = new Network()
  const there = new JoinServer({ broker: network.broker('there') })
  there.hub.room('plain').leave('plain')
  there.hub.room('open:1').leave('open:1')
  await until(() => network.published.length === 3)
  expect(network.published.map(({ topic }) => topic)).toEqual(['hub/room/plain', 'hub/room/open%3A1', 'hub/server/'])
})

test('only a removal from a room that clients can join is sent to servers without members', async () => {
  const network = new Network()
  const { hub } = new JoinServer({ broker: network.broker('there') })
  hub.room('plain').disconnect()
  hub.user('open:1').disconnect(4408)
  hub.room('open:1').join('open:2')
  const before = network.published.length
  hub.to('plain', 'open:1').disconnect()
  await until(() => network.published.some(({ topic }) => topic === 'hub/server/'))
  expect(network.published.slice(0, before).map(({ topic }) => topic)).not.toContain('hub/server/')
})

test('a join whose recovery fails is answered with the error and makes no member, and a member stays one', async () => {
  const broker = new StoreNetwork().server()
  const here = new JoinServer({ broker }, { history: {} })
  const [peer, member] = [await here.connect(), await here.connect({ rooms: ['open:1'] })]
  await member.connection.join('open:1')
  broker.down = true
  broker.events?.failed(new Error('cut'))
  expect(await join(peer, 'open:1')).toEqual({ error: 'unavailable' })
  expect(await join(member, 'open:1')).toEqual({ error: 'unavailable' })
  expect([peer.connection.rooms.size, member.connection.rooms.size]).toEqual([0, 1])
})

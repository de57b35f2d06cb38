import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers } from './hub-server.js'
import { join, type Joiner, joinHouse } from './joining.js'
import { Network } from './network.js'
import { StoreNetwork } from './store-network.js'
import { latch, until } from '../../../test/support/wait.js'

// Joins on one server and removals on another.

type JoinHouse = ReturnType<typeof joinHouse>

afterEach(closeHubServers)

function pair(): { readonly here: JoinHouse; readonly there: JoinHouse } {
  const network = new MemoryNetwork()
  return { here: joinHouse({ broker: network.broker() }), there: joinHouse({ broker: network.broker() }) }
}

/** A client on this server whose join of `held:1` waits for `authorize`. */
async function waiting(here: JoinHouse): Promise<{ guest: Joiner; joined: ReturnType<typeof join> }> {
  const guest = await here.come({ user: 'ada', session: 's' })
  const joined = join(guest, 'held:1')
  await until(() => here.asked.length === 1)
  return { guest, joined }
}

const REMOVALS: [string, (there: JoinHouse) => unknown][] = [
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
    const { guest, joined } = await waiting(here)
    remove(there)
    expect(await joined).toEqual({ error: 'left' })
    here.asked[0]?.allow()
    await guest.client.quiet()
    expect(guest.connection.rooms.size).toBe(0)
  },
)

test('a removal on another server does not affect a join that begins later', async () => {
  const { here, there } = pair()
  const { guest, joined } = await waiting(here)
  there.hub.user('ada').leave('held:1')
  await joined
  const again = join(guest, 'held:1')
  await until(() => here.asked.length === 2)
  here.asked[1]?.allow()
  expect(await again).toMatchObject({ reply: {} })
  await guest.client.quiet(1200)
  expect([...guest.connection.rooms]).toEqual(['held:1'])
})

test('a member whose server has not subscribed yet can leave the room, and gets one hub:left', async () => {
  const network = new Network()
  const here = joinHouse({ broker: network.broker('here') })
  const there = joinHouse({ broker: network.broker('there') })
  const { guest } = await waiting(here)
  const { held, release } = latch()
  network.hold = held
  here.asked[0]?.allow()
  await until(() => guest.connection.rooms.size === 1)
  there.hub.room('held:1').leave('held:1')
  await until(() => guest.connection.rooms.size === 0)
  release()
  expect(await guest.client.next()).toEqual({ type: 'hub:left', payload: { room: 'held:1', code: 'left' } })
  await guest.client.quiet()
})

test('a member gets messages of another server to the room once its join is answered', async () => {
  const { here, there } = pair()
  const guest = await here.come()
  await join(guest, 'open:1')
  there.hub.room('open:1').emit('said', 1)
  expect(await guest.client.next()).toEqual({ type: 'said', payload: 1, room: 'open:1' })
  there.hub.room('open:1').leave('open:1')
  expect(await guest.client.next()).toMatchObject({ type: 'hub:left' })
  there.hub.room('open:1').emit('said', 2)
  await guest.client.quiet(20)
})

test('a removal of a room that clients cannot ask for goes to its own topics alone', async () => {
  const network = new Network()
  const there = joinHouse({ broker: network.broker('there') })
  there.hub.room('plain').leave('plain')
  there.hub.room('open:1').leave('open:1')
  await until(() => network.published.length === 3)
  expect(network.published.map(({ topic }) => topic)).toEqual(['hub/room/plain', 'hub/room/open%3A1', 'hub/server/'])
})

test('only a removal from a room that clients can join is sent to servers without members', async () => {
  const network = new Network()
  const { hub } = joinHouse({ broker: network.broker('there') })
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
  const here = joinHouse({ broker }, { history: {} })
  const [guest, member] = [await here.come(), await here.come({ rooms: ['open:1'] })]
  await member.connection.join('open:1')
  broker.down = true
  broker.events?.failed(new Error('cut'))
  expect(await join(guest, 'open:1')).toEqual({ error: 'unavailable' })
  expect(await join(member, 'open:1')).toEqual({ error: 'unavailable' })
  expect([guest.connection.rooms.size, member.connection.rooms.size]).toEqual([0, 1])
})

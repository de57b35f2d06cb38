import { RecentIds } from '../src/cluster/recent-ids.js'
import type { Position } from '../src/index.js'
import { type ConnectedClient, historyServer, next, recover } from './history-server.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { StoreNetwork } from './store-network.js'
import { until } from '../../../test/support/wait.js'

// The limits of histories (docs/reliability.md, L1 to L6): each test shows one of them.

afterEach(closeHubServers)

async function join(hubServer: HubServer): Promise<ConnectedClient> {
  const peer = await hubServer.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  return peer
}

/** Emits to the room, and waits until a member has got it. @returns its position */
async function said({ hub }: HubServer, to: ConnectedClient, payload: unknown): Promise<Position> {
  hub.room('log').emit('n', payload)
  const { offset = 0, epoch = '', tag = '', ...message } = await next(to)
  expect(message).toMatchObject({ payload })
  return { offset, epoch, tag }
}

test('L1: a message that the store loses after all who saw it have left is lost without a gap', async () => {
  const network = new StoreNetwork()
  const [here, there] = [historyServer(network.server()), historyServer(network.server())]
  const witness = await join(here)
  const first = await said(here, witness, 1)
  const rollback = network.snapshot()
  await said(here, witness, 2)
  witness.connection.leave('log')
  rollback()
  expect(await recover(await join(there), first)).toMatchObject({ recovered: true, ...first })
})

test('L2: an unkept message is lost without a gap if its server is killed before the new epoch', async () => {
  const network = new StoreNetwork()
  const server = network.server()
  const [here, there] = [historyServer(server), historyServer(network.server())]
  const witness = await join(here)
  const first = await said(here, witness, 1)
  server.down = true
  await said(here, witness, 'unkept')
  expect(await recover(await join(there), first)).toMatchObject({ recovered: true, ...first })
})

test('L3: a server without knowledge of a loss answers recovered: true, and a gap follows once another server has checked', async () => {
  const network = new StoreNetwork()
  const server = network.server()
  const [here, there] = [historyServer(server), historyServer(network.server())]
  const witness = await join(here)
  const first = await said(here, witness, 1)
  const rollback = network.snapshot()
  await said(here, witness, 2)
  rollback()
  const back = await join(there)
  expect(await recover(back, first)).toMatchObject({ recovered: true, ...first })
  server.events?.restored()
  for (const peer of [witness, back]) {
    expect(await next(peer)).toMatchObject({ type: 'hub:gap', payload: { reason: 'epoch', offset: 1 } })
  }
})

test('L4: two messages of one offset with the same tag, one case in 2^32, are treated as the same message', async () => {
  const network = new StoreNetwork()
  const [here, there] = [historyServer(network.server()), historyServer(network.server())]
  const witness = await join(here)
  await said(here, witness, 1)
  const rollback = network.snapshot()
  const { count } = network
  const second = await said(here, witness, 2)
  witness.connection.leave('log')
  rollback()
  network.count = count
  there.hub.room('log').emit('n', 'another')
  await until(async () => (await there.hub.room('log').history?.position())?.offset === 2)
  expect(await recover(await join(there), second)).toMatchObject({ recovered: true, ...second })
})

test('L5: a message that was shown unkept is forgotten after so many others, and then arrives again', () => {
  const seen = new RecentIds()
  expect([seen.remember('first'), seen.remember('first')]).toEqual([false, true])
  for (let n = 0; n < 10_000; n += 1) seen.remember(String(n))
  expect(seen.remember('first')).toBe(false)
})

test('L6: a split brain gives two orders in one epoch until it heals and the members of one side get a gap', async () => {
  const network = new StoreNetwork()
  const [one, other] = [network.server(), network.server()]
  const [here, there] = [historyServer(one), historyServer(other)]
  const [near, far] = [await join(here), await join(there)]
  await said(here, near, 1)
  expect(await next(far)).toMatchObject({ payload: 1 })
  const winner = network.slots
  const loser = structuredClone(winner)
  other.deaf = true
  const left = await said(here, near, 'left')
  Object.assign(network, { slots: loser })
  Object.assign(one, { deaf: true })
  Object.assign(other, { deaf: false })
  const right = await said(there, far, 'right')
  expect([left.epoch, left.offset]).toEqual([right.epoch, right.offset])
  Object.assign(network, { slots: winner })
  Object.assign(one, { deaf: false })
  other.events?.restored()
  expect(await next(far)).toMatchObject({ type: 'hub:gap', payload: { reason: 'epoch', offset: 2 } })
})

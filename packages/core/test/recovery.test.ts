import { EMPTY_POSITION } from '../src/index.js'
import { ask, historyServer, next, payloads, recover, upToMark } from './history-server.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { StoreNetwork, type StoreServer } from './store-network.js'
import { latch, until } from '../../../test/support/wait.js'

// Clients that reconnect: the answer of a recovery is true, also while messages are emitted or the client leaves.

afterEach(closeHubServers)

function pair(): { network: StoreNetwork; brokers: [StoreServer, StoreServer]; here: HubServer; there: HubServer } {
  const network = new StoreNetwork()
  const brokers: [StoreServer, StoreServer] = [network.server(), network.server()]
  return { network, brokers, here: historyServer(brokers[0]), there: historyServer(brokers[1]) }
}

/** Emits and waits until everything is kept. */
async function emit({ hub }: HubServer, ...all: unknown[]): Promise<void> {
  const { offset } = (await hub.room('log').history?.position()) ?? EMPTY_POSITION
  for (const payload of all) hub.room('log').emit('n', payload)
  await until(async () => (await hub.room('log').history?.position())?.offset === offset + all.length)
}

test('a connection that is removed while it recovers gets nothing of the room, and an error left', async () => {
  const { brokers, here, there } = pair()
  await emit(there, 1, 2)
  const peer = await here.connect({ user: 'ada', rooms: ['log'] })
  await peer.connection.join('log')
  const { held, release } = latch()
  brokers[0].hold = held
  ask(peer, EMPTY_POSITION, 7)
  await peer.client.request('hub:ping')
  await emit(there, 3)
  here.hub.user('ada').leave('log')
  expect(await next(peer)).toMatchObject({ type: 'error', id: 7, payload: { code: 'left' } })
  expect(await next(peer)).toEqual({ type: 'hub:left', payload: { room: 'log', code: 'left' } })
  release()
  await emit(there, 4)
  expect(await upToMark(peer)).toEqual([])
})

test('a connection that leaves, comes back and recovers again gets everything once', async () => {
  const { brokers, here, there } = pair()
  await emit(there, 1, 2)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  const { held, release } = latch()
  brokers[0].hold = held
  ask(peer, EMPTY_POSITION, 7)
  await peer.client.request('hub:ping')
  peer.connection.leave('log')
  void peer.connection.join('log')
  ask(peer, EMPTY_POSITION, 8)
  release()
  expect(await next(peer)).toMatchObject({ type: 'error', id: 7, payload: { code: 'left' } })
  expect(await next(peer)).toMatchObject({ type: 'hub:left' })
  expect(payloads([await next(peer), await next(peer)])).toEqual([1, 2])
  expect(await next(peer)).toMatchObject({ type: 'reply', id: 8, payload: { recovered: true, offset: 2 } })
  await emit(there, 3)
  expect(payloads(await upToMark(peer))).toEqual([3])
})

test.each(['alone', 'with others'])('the second of two recoveries at once gets recovering, %s', async (where) => {
  const here = where === 'alone' ? historyServer() : pair().here
  await emit(here, 1)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  ask(peer, EMPTY_POSITION, 1)
  ask(peer, EMPTY_POSITION, 2)
  const answers = [await next(peer), await next(peer), await next(peer)]
  expect(answers).toContainEqual(expect.objectContaining({ type: 'error', id: 2 }))
  expect(answers).toContainEqual(expect.objectContaining({ type: 'reply', id: 1 }))
})

test('a message that comes while a client recovers comes after what was missed, and once', async () => {
  const { brokers, here, there } = pair()
  await emit(there, 1, 2)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  await emit(there, 3)
  const { held, release } = latch()
  brokers[0].hold = held
  ask(peer, EMPTY_POSITION, 1)
  await peer.client.request('hub:ping')
  await emit(there, 4)
  here.hub.room('log').send('raw')
  release()
  await emit(there, 5)
  const got = await upToMark(peer)
  const at = got.findIndex(({ type }) => type === 'reply')
  // 3 was delivered before it asked; everything up to the position of the answer comes before the answer.
  expect(payloads(got.filter(({ type }) => type === 'n'))).toEqual([3, 1, 2, 4, 5])
  expect(got[at]).toMatchObject({ payload: { recovered: true, offset: at } })
})

test('twenty clients that recover from the same position cost one read', async () => {
  const { network, here, there } = pair()
  await emit(there, 1, 2)
  const peers = await Promise.all(Array.from({ length: 20 }, () => here.connect({ rooms: ['log'] })))
  await Promise.all(peers.map(({ connection }) => connection.join('log')))
  network.reads.length = 0
  const answers = await Promise.all(peers.map((peer) => recover(peer, EMPTY_POSITION)))
  expect(new Set(answers.map(({ recovered, offset }) => `${recovered} ${offset}`))).toEqual(new Set(['true 2']))
  for (const peer of peers) expect(payloads(await upToMark(peer))).toEqual([1, 2])
  expect(network.reads).toHaveLength(1)
})

test('recovery is unavailable from the loss of the link until the store has confirmed where the room stands', async () => {
  const { brokers, here } = pair()
  await emit(here, 1)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  expect(await recover(peer, EMPTY_POSITION)).toMatchObject({ recovered: true })
  brokers[0].down = true
  brokers[0].events?.failed(new Error('cut'))
  await expect(recover(peer, EMPTY_POSITION)).rejects.toMatchObject({ code: 'unavailable' })
  brokers[0].down = false
  await expect(recover(peer, EMPTY_POSITION)).rejects.toMatchObject({ code: 'unavailable' })
  brokers[0].events?.restored()
  await until(async () => (await recover(peer, EMPTY_POSITION).catch(() => undefined))?.recovered === true)
})

test('a recovery and the live messages after it are complete although the room on this server is behind', async () => {
  const { brokers, here, there } = pair()
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  brokers[0].deaf = true
  await emit(there, 1, 2)
  brokers[0].deaf = false
  const answer = recover(peer, { last: 1 })
  await emit(there, 3)
  expect(await answer).toMatchObject({ recovered: true })
  const got = payloads(await upToMark(peer)).filter((payload) => typeof payload === 'number')
  // Its member is owed all three, in order; what is both missed and live comes once.
  expect(got).toEqual([1, 2, 3])
})

test('a recovery across a message of a newer version is answered unreadable', async () => {
  const { network, here, there } = pair()
  await emit(there, 1, 2)
  for (const { stream } of network.slots.values()) stream?.entries[1]?.bytes.fill(9, 0, 1)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  expect(await recover(peer, EMPTY_POSITION)).toMatchObject({ recovered: false, reason: 'unreadable', offset: 2 })
  expect(await here.hub.room('log').history?.since(EMPTY_POSITION)).toMatchObject({ reason: 'unreadable' })
  expect(await upToMark(peer)).toEqual([])
})

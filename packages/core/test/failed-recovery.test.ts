import { EMPTY_POSITION, type Position } from '../src/index.js'
import { historyServer, type ConnectedClient, payloads, recover, upToMark } from './history-server.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { StoreNetwork, type StoreServer } from './store-network.js'
import { latch, until } from '../../../test/support/wait.js'

// A client is ahead of its server, and its recovery fails. When the server catches up, the client gets each message once.

afterEach(closeHubServers)

interface Stage {
  readonly network: StoreNetwork
  readonly broker: StoreServer
  readonly here: HubServer
  readonly there: HubServer
  readonly peer: ConnectedClient
}

/** A member on a server whose link is late, beside another server. The store keeps one message. */
async function stage(): Promise<Stage> {
  const network = new StoreNetwork()
  const broker = network.server()
  const [here, there] = [historyServer(broker), historyServer(network.server())]
  await emit(there, 'first')
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  broker.late = []
  return { network, broker, here, there, peer }
}

/** Emits, and waits until all messages are kept. */
async function emit({ hub }: HubServer, ...all: unknown[]): Promise<Position> {
  for (const payload of all) hub.room('log').emit('n', payload)
  return kept({ hub }, all.at(-1))
}

async function kept({ hub }: Pick<HubServer, 'hub'>, payload: unknown): Promise<Position> {
  const { history } = hub.room('log')
  await until(async () => (await history?.last(1))?.[0]?.payload === payload)
  return (await history?.position()) ?? EMPTY_POSITION
}

/** Resolves once the server has read what the client has sent. */
async function ping({ peer }: Stage): Promise<void> {
  await peer.client.request('hub:ping')
}

/** The server loses its link, and a client asks it for what comes after a position. */
async function fail({ broker, peer }: Stage, position: Position): Promise<void> {
  broker.down = true
  broker.events?.failed(new Error('cut'))
  await expect(recover(peer, position)).rejects.toMatchObject({ code: 'unavailable' })
}

test('a client whose recovery failed gets no message twice when its server catches up', async () => {
  const at = await stage()
  const position = await emit(at.there, 1, 2, 3)
  await fail(at, position)
  at.broker.catchUp()
  await emit(at.there, 4)
  expect(payloads(await upToMark(at.peer))).toEqual([4])
})

test('a server that catches up while a recovery is about to fail sends the client only what comes after its position', async () => {
  const at = await stage()
  const position = await emit(at.there, 1, 2)
  const { held, release } = latch()
  at.broker.hold = held
  const failed = recover(at.peer, position).catch((error: unknown) => error)
  await ping(at)
  at.broker.catchUp()
  await emit(at.there, 3)
  at.broker.down = true
  release()
  expect(await failed).toMatchObject({ code: 'unavailable' })
  expect(payloads(await upToMark(at.peer))).toEqual([3])
})

test('a message that excepts the client stands for those before it, too', async () => {
  const at = await stage()
  const { there, peer } = at
  await emit(there, 1)
  there.hub.room('log').except(peer.connection.id).emit('n', 'for others')
  await fail(at, await kept(there, 'for others'))
  at.broker.catchUp()
  await emit(there, 4)
  expect(payloads(await upToMark(peer))).toEqual([4])
})

test('after a rollback of the store, a client whose recovery failed gets the new messages at the lost offsets', async () => {
  const at = await stage()
  const { network, broker } = at
  const setBack = network.snapshot()
  const position = await emit(at.there, 1, 2, 3)
  await fail(at, position)
  setBack()
  broker.late = []
  const another = historyServer(network.server())
  const other = await emit(another, 'x', 'y', 'z')
  expect(other).toMatchObject({ offset: position.offset, epoch: position.epoch })
  broker.catchUp()
  expect(payloads(await upToMark(at.peer))).toEqual(['x', 'y', 'z'])
})

test('a client that asks for the last messages after a failed recovery gets what was held meanwhile', async () => {
  const at = await stage()
  const position = await emit(at.there, 1, 2)
  await fail(at, { ...position, offset: position.offset + 1 })
  at.broker.catchUp()
  expect(await upToMark(at.peer)).toEqual([])
  await comeBack(at)
  expect(payloads((await upToMark(at.peer)).filter(({ type }) => type === 'n'))).toEqual([1, 2])
})

test.each(['fails', 'succeeds'])(
  'a client that asks for the last messages gets those it was not sent, though it named a later position in a recovery that %s',
  async (how) => {
    const at = await stage()
    const position = await emit(at.there, 1, 2)
    if (how === 'fails') await fail(at, position)
    const answer = how === 'fails' ? undefined : recover(at.peer, position)
    await ping(at)
    at.broker.catchUp()
    await answer
    expect(await upToMark(at.peer)).toEqual([])
    await comeBack(at)
    expect(payloads((await upToMark(at.peer)).filter(({ type }) => type === 'n'))).toEqual([1, 2])
  },
)

test('a client whose recovery is refused because of a new loss gets no message from before its gap', async () => {
  const at = await stage()
  const { network, broker, peer, there } = at
  const setBack = network.snapshot()
  const position = await emit(there, 1)
  const { held, release } = latch()
  broker.hold = held
  const answer = recover(peer, position)
  await ping(at)
  broker.catchUp()
  setBack()
  await emit(there, 2)
  release()
  expect(await answer).toMatchObject({ recovered: false, reason: 'epoch' })
  expect((await upToMark(peer)).map(({ type }) => type)).toEqual(['hub:gap'])
})

/** The server reaches the store again, and the client asks for the last messages. */
async function comeBack({ broker, peer }: Stage): Promise<void> {
  broker.down = false
  broker.events?.restored()
  await until(async () => (await recover(peer, { last: 2 }).catch(() => undefined))?.recovered === true)
}

test('a client that leaves the room gets no message that was held', async () => {
  const at = await stage()
  const position = await emit(at.there, 1, 2)
  await fail(at, { ...position, offset: position.offset + 1 })
  at.broker.catchUp()
  const { connection } = at.peer
  connection.leave('log')
  const got = await upToMark(at.peer)
  expect(got.map(({ type }) => type)).toEqual(['hub:left'])
})

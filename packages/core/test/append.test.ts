import { Hub, type Position } from '../src/index.js'
import { latch, until } from '../../../test/support/wait.js'
import { historyServer, next, recover, upToMark } from './history-server.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { StoreNetwork } from './store-network.js'

// await room.history.append(): the emitter learns whether its message is kept.

afterEach(closeHubServers)

function append({ hub }: HubServer, payload?: unknown): Promise<Position | undefined> {
  return hub.room('log').history?.append('n', payload) ?? Promise.resolve(undefined)
}

test('an append resolves with the position of its message, which is delivered in order with emits', async () => {
  const hubServer = historyServer()
  const peer = await hubServer.connect({ rooms: ['log'] })
  hubServer.hub.room('log').emit('n', 1)
  const position = await append(hubServer, 2)
  hubServer.hub.room('log').emit('n', 3)
  expect(await hubServer.hub.room('log').history?.last(2)).toMatchObject([{ ...position, payload: 2 }, { payload: 3 }])
  expect(position).toEqual({ offset: 2, epoch: expect.any(String), tag: expect.any(String) })
  for (const payload of [1, 2, 3]) expect(await next(peer)).toMatchObject({ type: 'n', payload, offset: payload })
})

test('an append resolves with the position that members on every server get', async () => {
  const network = new StoreNetwork()
  const [here, there] = [historyServer(network.server()), historyServer(network.server())]
  const peer = await there.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  const position = await append(here, 'x')
  expect(await next(peer)).toEqual({ type: 'n', payload: 'x', room: 'log', ...position })
})

test('an append that the store did not execute rejects with unavailable, and no client gets the message', async () => {
  const { here, peer, failures } = await failingWith(Object.assign(new Error('full'), { kept: false }))
  await expect(append(here, 'lost')).rejects.toMatchObject({ code: 'unavailable', cause: { message: 'full' } })
  expect(await upToMark(peer)).toEqual([])
  expect(await recover(peer, { last: 5 })).toMatchObject({ recovered: true, offset: 0 })
  expect(failures()).toEqual(['full'])
  expect(here.hub.stats().unsent).toBe(0)
})

test('an append without an answer rejects with unknown, and a message that was kept after all is delivered once', async () => {
  const network = new StoreNetwork()
  const broker = network.server()
  const here = historyServer(broker)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  const { held, release } = latch()
  broker.unanswered = held
  const appended = append(here, 'kept')
  expect(await next(peer)).toMatchObject({ payload: 'kept', offset: 1 })
  release()
  await expect(appended).rejects.toMatchObject({ code: 'unknown' })
  broker.unanswered = undefined
  await append(here, 'behind')
  expect(await next(peer)).toMatchObject({ payload: 'behind', offset: 2 })
  expect(await upToMark(peer)).toEqual([])
})

test('an append is never delivered without being kept, although emits to the room are', async () => {
  const { here, peer } = await failingWith(new Error('no answer'))
  here.hub.room('log').emit('n', 'emitted')
  await expect(append(here, 'appended')).rejects.toMatchObject({ code: 'unknown' })
  expect(await upToMark(peer)).toEqual([{ type: 'n', payload: 'emitted', room: 'log' }])
})

test('an append that nobody awaits does not end the process', async () => {
  const { here } = await failingWith(new Error('no answer'))
  const unhandled = jest.fn()
  process.once('unhandledRejection', unhandled)
  void append(here)
  await until(() => here.failures.length > 0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled).not.toHaveBeenCalled()
  process.off('unhandledRejection', unhandled)
})

test('an append throws for a type or payload that emit refuses, and rejects once the room has lost its history', async () => {
  const { hub } = historyServer()
  hub.createRoom('short', { history: { size: 2 } })
  const history = hub.room('short').history
  expect(() => history?.append('hub:n')).toThrow(/belongs to the protocol/)
  expect(() => history?.append('n', 1n)).toThrow(TypeError)
  hub.removeRoom('short')
  await expect(history?.append('n')).rejects.toMatchObject({ code: 'no_history' })
})

test('an append settles although the hub closes', async () => {
  const network = new StoreNetwork()
  const broker = network.server()
  const hub = new Hub({ broker, onError: () => {} })
  hub.createRoom(/^log/, { history: {} })
  const { held, release } = latch()
  broker.hold = held
  const appended = hub.room('log').history?.append('n')
  const closed = hub.close()
  release()
  await closed
  expect(await appended).toMatchObject({ offset: 1 })
})

/** A server whose store refuses appends with an error. */
async function failingWith(error: Error) {
  const broker = new StoreNetwork().server()
  const here = historyServer(broker)
  const peer = await here.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  broker.append = () => Promise.reject(error)
  return { here, peer, failures: () => here.failures.map((one) => (one.error as Error).message) }
}

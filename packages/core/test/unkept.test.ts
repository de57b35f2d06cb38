import { EMPTY_POSITION } from '../src/index.js'
import { type ConnectedClient, historyServer, next, payloads, recover, upToMark } from './history-server.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { StoreNetwork, type StoreServer } from './store-network.js'
import { latch, until } from '../../../test/support/wait.js'

// Messages whose append gets no answer: they are sent without a position although the store has kept them.

afterEach(closeHubServers)

interface ServersOfARoom {
  readonly brokers: [StoreServer, StoreServer]
  readonly here: HubServer
  readonly there: HubServer
}

function servers(): ServersOfARoom {
  const network = new StoreNetwork()
  const brokers: [StoreServer, StoreServer] = [network.server(), network.server()]
  return { brokers, here: historyServer(brokers[0]), there: historyServer(brokers[1]) }
}

async function join(hubServer: HubServer): Promise<ConnectedClient> {
  const peer = await hubServer.connect({ rooms: ['log'] })
  await peer.connection.join('log')
  return peer
}

/** Waits until the store has kept so many messages, as another server sees it. */
async function isKept({ hub }: HubServer, count: number): Promise<void> {
  await until(async () => (await hub.room('log').history?.position())?.offset === count)
}

/** Waits until the room answers recoveries again. */
async function whole(peer: ConnectedClient, payload: object): Promise<void> {
  await until(async () => {
    const answer = await recover(peer, payload).catch(() => undefined)
    return answer?.recovered === true
  })
}

function shown(peer: ConnectedClient): Promise<unknown[]> {
  return upToMark(peer).then((got) => payloads(got.filter(({ type }) => type === 'n')))
}

test('a client that has recovered a message gets it once although its append fails later', async () => {
  const { brokers, here, there } = servers()
  const { held, release } = latch()
  brokers[0].unanswered = held
  here.hub.room('log').emit('n', 'one')
  await isKept(there, 1)
  const peer = await join(here)
  await whole(peer, { last: 10 })
  expect(await shown(peer)).toEqual(['one'])
  release()
  await until(() => here.failures.length > 0)
  await whole(peer, { last: 0 })
  expect(await shown(peer)).toEqual([])
})

test('a client that has recovered a message gets it once although another server sends it without a position', async () => {
  const { brokers, here, there } = servers()
  const { held, release } = latch()
  brokers[1].unanswered = held
  there.hub.room('log').emit('n', 'one')
  await isKept(here, 1)
  const peer = await join(here)
  await whole(peer, { last: 10 })
  expect(await shown(peer)).toEqual(['one'])
  release()
  await until(() => there.failures.length > 0)
  here.hub.room('log').emit('n', 'two')
  expect(await next(peer)).toMatchObject({ payload: 'two' })
})

test('a client that was shown a message without a position does not recover it', async () => {
  const { brokers, here, there } = servers()
  const peer = await join(here)
  const { held, release } = latch()
  brokers[0].deaf = true
  brokers[0].unanswered = held
  here.hub.room('log').emit('n', 'one')
  await isKept(there, 1)
  release()
  expect(await next(peer)).toMatchObject({ payload: 'one' })
  brokers[0].deaf = false
  await whole(peer, { last: 10 })
  expect(await shown(peer)).toEqual([])
})

test('a client that another server has shown a message without a position does not recover it', async () => {
  const { brokers, here, there } = servers()
  const peer = await join(here)
  const { held, release } = latch()
  brokers[0].deaf = true
  brokers[1].unanswered = held
  there.hub.room('log').emit('n', 'one')
  await isKept(there, 1)
  brokers[0].deaf = false
  release()
  expect(await next(peer)).toMatchObject({ payload: 'one' })
  expect(await recover(peer, EMPTY_POSITION)).toMatchObject({ recovered: true, offset: 1 })
  expect(await shown(peer)).toEqual([])
})

test('a message that was shown without a position and is kept later is not shown again, also not to clients that joined later', async () => {
  const { brokers, here, there } = servers()
  const early = await join(here)
  const { held, release } = latch()
  brokers[0].late = []
  brokers[1].unanswered = held
  there.hub.room('log').emit('n', 'one')
  await isKept(there, 1)
  const [link] = brokers[0].late.splice(0)
  brokers[0].late = undefined
  release()
  expect(await next(early)).toMatchObject({ payload: 'one' })
  const late = await join(here)
  link?.()
  for (const peer of [early, late]) expect(await next(peer)).toMatchObject({ type: 'hub:gap' })
  await whole(late, { last: 10 })
  expect([await shown(early), await shown(late)]).toEqual([[], ['one']])
})

test('after a new epoch without a loss, the last messages are those that a client was not sent before', async () => {
  const { brokers, here } = servers()
  const peer = await join(here)
  here.hub.room('log').emit('n', 'one')
  expect(await next(peer)).toMatchObject({ payload: 'one', offset: 1 })
  brokers[0].down = true
  here.hub.room('log').emit('n', 'unkept')
  expect(await next(peer)).toMatchObject({ payload: 'unkept' })
  brokers[0].down = false
  expect(await next(peer)).toMatchObject({ type: 'hub:gap' })
  await whole(peer, { last: 10 })
  expect(await shown(peer)).toEqual([])
})

test('a client that got a message from one server gets it once although the append of its emitter is not answered', async () => {
  const { brokers, here, there } = servers()
  const before = await join(there)
  const { held, release } = latch()
  brokers[0].unanswered = held
  here.hub.room('log').emit('n', 'one')
  const { offset, epoch, tag } = await next(before)
  const peer = await join(here)
  await whole(peer, { offset, epoch, tag })
  release()
  await until(() => here.failures.length > 0)
  await whole(peer, { last: 0 })
  expect(await shown(peer)).toEqual([])
})

test('an unkept message is shown only to clients that were members when it was emitted', async () => {
  const { brokers, here } = servers()
  const early = await join(here)
  const { held, release } = latch()
  brokers[0].hold = held
  here.hub.room('log').emit('n', 'one')
  const late = await here.connect({ rooms: ['log'] })
  brokers[0].down = true
  release()
  expect(await next(early)).toMatchObject({ payload: 'one' })
  expect(await shown(late)).toEqual([])
  brokers[0].hold = undefined
  brokers[0].down = false
  expect(await next(late)).toMatchObject({ type: 'hub:gap' })
})

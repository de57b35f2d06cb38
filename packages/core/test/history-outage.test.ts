import type { Broker, Recovered } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { logServer, recover, upToMark, withHistory } from './history-support.js'
import { latch, until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

/** A broker whose store writes nothing while it is down. */
function failing(broker: Broker, state: { readonly down: boolean }): Broker {
  const check = (): void => {
    if (state.down) throw new Error('down')
  }
  return withHistory(broker, (history) => ({
    append: async (...message) => {
      check()
      return history.append(...message)
    },
    restart: async (...asked) => {
      check()
      return history.restart(...asked)
    },
  }))
}

test('messages are sent without a position while the store is down, and a new epoch begins afterwards', async () => {
  const network = new MemoryNetwork()
  const state = { down: false }
  const here = logServer({ broker: failing(network.broker(), state) })
  const there = logServer({ broker: network.broker() })
  const near = await here.connect({ rooms: ['log'] })
  const far = await there.connect({ rooms: ['log'] })
  await far.connection.join('log')
  here.hub.room('log').emit('n', 0)
  for (const { client } of [near, far]) await client.next()
  const before = await recover(near, {})
  state.down = true
  for (const n of [1, 2, 3]) here.hub.room('log').emit('n', n)
  for (const { client } of [near, far]) {
    for (const payload of [1, 2, 3]) expect(await client.next()).toEqual({ type: 'n', payload, room: 'log' })
  }
  expect(here.failures).toHaveLength(1)
  state.down = false
  here.hub.room('log').emit('n', 4)
  for (const { client } of [near, far]) {
    expect(await client.next()).toMatchObject({ payload: 4, offset: before.offset + 1 })
    const gap = (await client.next()) as { payload: Recovered }
    expect(gap).toMatchObject({ type: 'hub:gap', payload: { reason: 'epoch', offset: before.offset + 1 } })
    expect(gap.payload.epoch > before.epoch).toBe(true)
  }
  expect(await recover(far, before)).toMatchObject({ reason: 'epoch' })
})

test('a message that is kept after its server gave up waiting arrives once', async () => {
  const network = new MemoryNetwork()
  const { held, release } = latch()
  const slow = withHistory(network.broker(), (history) => ({
    append: async (...message) => {
      void held.then(() => history.append(...message))
      throw new Error('late')
    },
  }))
  const here = logServer({ broker: slow })
  const there = logServer({ broker: network.broker() })
  const near = await here.connect({ rooms: ['log'] })
  const far = await there.connect({ rooms: ['log'] })
  await far.connection.join('log')
  await near.connection.join('log')
  here.hub.room('log').emit('n', 1)
  expect(await far.client.next()).toEqual({ type: 'n', payload: 1, room: 'log' })
  release()
  await until(async () => (await there.hub.room('log').history?.position())?.offset === 1)
  expect(await upToMark(near, here)).toEqual([1])
  expect(await upToMark(far, there)).toEqual([])
})

test('createRoom() with history throws if the broker has no history', () => {
  const bare = { connect() {}, subscribe() {}, unsubscribe() {}, publish() {}, close() {} }
  const here = new HubServer({ broker: bare })
  expect(() => here.hub.createRoom('log', { history: {} })).toThrow(
    'The option history needs a broker that keeps one, and this one does not.',
  )
})

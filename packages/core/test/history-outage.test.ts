import { type Recovered } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHouses, House, latch, until } from './house.js'
import { house, recover, upToMark } from './history-support.js'

afterEach(closeHouses)

test('while the store is down messages go out without a position, and then the epoch is another', async () => {
  const network = new MemoryNetwork()
  const broker = network.broker()
  let down = false
  const { history } = broker
  if (!history) throw new Error('expected a history')
  const append: typeof history.append = async (...message) => {
    if (down) throw new Error('down')
    return history.append(...message)
  }
  const restart: typeof history.restart = async (...asked) => {
    if (down) throw new Error('down')
    return history.restart(...asked)
  }
  const since: typeof history.since = async (...asked) => history.since(...asked)
  const flaky = new Proxy(broker, {
    get: (target, key) => {
      if (key === 'history') return { append, since, restart }
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const here = house({ broker: flaky })
  const there = house({ broker: network.broker() })
  const near = await here.visit({ rooms: ['log'] })
  const far = await there.visit({ rooms: ['log'] })
  await far.connection.join('log')
  here.hub.room('log').emit('n', 0)
  for (const { client } of [near, far]) await client.next()
  const before = await recover(near, {})
  down = true
  for (const n of [1, 2, 3]) here.hub.room('log').emit('n', n)
  for (const { client } of [near, far]) {
    for (const payload of [1, 2, 3]) expect(await client.next()).toEqual({ type: 'n', payload, room: 'log' })
  }
  expect(here.failures).toHaveLength(1)
  down = false
  here.hub.room('log').emit('n', 4)
  for (const { client } of [near, far]) {
    expect(await client.next()).toMatchObject({ payload: 4, offset: before.offset + 1 })
    const gap = (await client.next()) as { payload: Recovered }
    expect(gap).toMatchObject({ type: 'hub:gap', payload: { reason: 'epoch', offset: before.offset + 1 } })
    expect(gap.payload.epoch > before.epoch).toBe(true)
  }
  expect(await recover(far, before)).toMatchObject({ reason: 'epoch' })
})

test('a message that was kept after all, though its server gave up waiting, arrives once', async () => {
  const network = new MemoryNetwork()
  const broker = network.broker()
  const { history } = broker
  if (!history) throw new Error('expected a history')
  const { held, release } = latch()
  const append: typeof history.append = async (...message) => {
    void held.then(() => history.append(...message))
    throw new Error('late')
  }
  const slow = new Proxy(broker, {
    get: (target, key) => {
      if (key === 'history') return { append, since: history.since.bind(broker), restart: history.restart.bind(broker) }
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const here = house({ broker: slow })
  const there = house({ broker: network.broker() })
  const near = await here.visit({ rooms: ['log'] })
  const far = await there.visit({ rooms: ['log'] })
  await far.connection.join('log')
  await near.connection.join('log')
  here.hub.room('log').emit('n', 1)
  expect(await far.client.next()).toEqual({ type: 'n', payload: 1, room: 'log' })
  release()
  await until(async () => (await there.hub.room('log').history?.position())?.offset === 1)
  expect(await upToMark(near, here)).toEqual([1])
  expect(await upToMark(far, there)).toEqual([])
})

test('a broker that keeps nothing refuses rooms with history', () => {
  const bare = { connect() {}, subscribe() {}, unsubscribe() {}, publish() {}, close() {} }
  const here = new House({ broker: bare })
  expect(() => here.hub.createRoom('log', { history: {} })).toThrow(
    'The option history needs a broker that keeps one, and this one does not.',
  )
})

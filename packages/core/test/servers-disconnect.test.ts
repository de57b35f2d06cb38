import { timers } from '../../../test/support/process.js'
import { type Hub } from '../src/index.js'
import { closeHubServers } from './hub-server.js'
import { ann, pair } from './servers-support.js'
import { until, latch } from '../../../test/support/wait.js'

afterEach(closeHubServers)

test('disconnect, join and leave take effect on other servers', async () => {
  const { here, there } = await pair()
  const { client, connection } = await there.connect(ann)
  const other = await there.connect({ user: 'bob' })
  here.hub.user('ann').join('new')
  await until(() => connection.in('new'))
  here.hub.room('new').leave('new')
  await until(() => !connection.in('new'))
  here.hub.user('ann').emit('last')
  here.hub.user('ann').disconnect(4403, 'banned')
  expect(await client.next()).toEqual({ type: 'last' })
  expect(await client.closed).toEqual({ code: 4403, reason: 'banned' })
  expect(other.connection.state).toBe('open')
})

describe('a client that another server disconnects', () => {
  const departures = [
    ['user', (hub: Hub) => hub.user('ann').disconnect()],
    ['session', (hub: Hub) => hub.session('s1').disconnect()],
    ['one of many', (hub: Hub) => hub.user('bob', 'ann').disconnect()],
  ] as const

  test.each(departures)(
    'a client that another server disconnects by %s is refused with a pending handshake',
    async (_, send) => {
      const { network, here, there } = await pair()
      const { held, release } = latch()
      let asked = false
      const handshake = there.connect(async () => {
        asked = true
        await held
        return ann
      })
      await until(() => asked)
      send(here.hub)
      await until(() => network.delivered.some(({ at }) => at === 'there'))
      release()
      await expect(handshake).rejects.toMatchObject({ status: 401 })
      // This handshake belongs to another login.
      expect((await there.connect(ann)).connection.state).toBe('open')
    },
  )

  test.each(departures)(
    'a client that another server disconnects by %s is disconnected although its server has not subscribed yet',
    async (_, send) => {
      const { network, here, there } = await pair()
      await until(() => network.topics('there').includes('hub/server/'))
      network.hold = new Promise(() => {})
      const { client } = await there.connect(ann)
      send(here.hub)
      expect((await client.closed).code).toBe(4401)
      expect(network.delivered).toEqual([{ at: 'there', topic: 'hub/server/' }])
    },
  )

  test('a client that is disconnected on another server and reconnects at once stays connected', async () => {
    const { network, here, there } = await pair()
    const gone = await there.connect(ann)
    here.hub.user('ann').disconnect()
    expect((await gone.client.closed).code).toBe(4401)
    await until(() => network.delivered.some(({ at, topic }) => at === 'there' && topic === 'hub/server/'))
    const { connection } = await there.connect(ann)
    // A client that is disconnected later was revoked later.
    network.hold = new Promise(() => {})
    const bob = await there.connect({ user: 'bob' })
    here.hub.user('bob').disconnect()
    await bob.client.closed
    expect(connection.state).toBe('open')
  })

  test('a disconnect on another server does not keep a hub from closing', async () => {
    const before = timers()
    const { network, here, there } = await pair()
    const { client } = await there.connect(ann)
    here.hub.user('ann').disconnect()
    await client.closed
    await until(() => network.delivered.some(({ at, topic }) => at === 'there' && topic === 'hub/server/'))
    await Promise.all([here.hub.close(), there.hub.close()])
    expect(timers()).toBe(before)
  })

  test('a disconnect with a code that allows reconnection is not sent to other servers', async () => {
    const { network, here, there } = await pair()
    const { client } = await there.connect(ann)
    here.hub.user('ann').disconnect(4409)
    expect((await client.closed).code).toBe(4409)
    expect(network.published.map(({ topic }) => topic)).not.toContain('hub/server/')
  })
})

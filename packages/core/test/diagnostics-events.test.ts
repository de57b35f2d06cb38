import { spawnSync } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { Hub } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { until } from '../../../test/support/wait.js'
import { eventsOf, listen, unsubscribeAll } from './diagnostics-listener.js'
import { closeHubServers, HubServer } from './hub-server.js'

// The events that a hub publishes on node:diagnostics_channel.

afterEach(async () => {
  unsubscribeAll()
  await closeHubServers()
})

describe('the events of a connection', () => {
  test('a connection is published when it opens, before its rooms, and when it closes, before it leaves them', async () => {
    const names = ['wshub:connection:open', 'wshub:join', 'wshub:leave', 'wshub:connection:close']
    const order: string[] = []
    for (const name of names) listen(channel(name), () => order.push(name))
    const [opened, joined, left, closed] = names.map(eventsOf)
    const hubServer = new HubServer()
    const { client, connection } = await hubServer.connect({ rooms: ['a'] })
    await connection.join('b')
    connection.leave('b')
    await client.close(4000, 'bye')
    await until(() => left?.length === 2)
    expect(order).toEqual([
      'wshub:connection:open',
      'wshub:join',
      'wshub:join',
      'wshub:leave',
      'wshub:connection:close',
      'wshub:leave',
    ])
    expect(opened).toEqual([{ connection }])
    expect(joined).toEqual([
      { connection, room: 'a' },
      { connection, room: 'b' },
    ])
    expect(left).toEqual([
      { connection, room: 'b' },
      { connection, room: 'a' },
    ])
    expect(closed).toEqual([{ connection, closure: { code: 4000, reason: 'bye', clean: true } }])
  })

  test.each([
    ['close' as const, true],
    ['drop' as const, false],
  ])('a message that a slow client does not get is published, with slowConsumer %p', async (slowConsumer, closes) => {
    const dropped = eventsOf('wshub:drop')
    const hubServer = new HubServer({ limits: { maxBufferedBytes: 1000, slowConsumer } })
    const { connection } = await hubServer.silent()
    connection.send('x'.repeat(900))
    connection.send('y'.repeat(900))
    while (dropped.length === 0) connection.send(Buffer.alloc(1_000_000))
    expect(dropped[0]).toEqual({ connection, closes })
    connection.terminate()
  })

  test('the changes of the broker are published with their hub', async () => {
    const events = eventsOf('wshub:broker')
    const network = new MemoryNetwork()
    const { hub } = new HubServer({ broker: network.broker() })
    await hub.ready
    network.outage()
    network.restore()
    expect(events.map(({ state }) => state)).toEqual(['connected', 'down', 'restored'])
    expect(events.every((event) => event['hub'] === hub)).toBe(true)
  })

  test('a broker that gives up is published as failed', async () => {
    const events = eventsOf('wshub:broker')
    const broker = Object.assign(new MemoryNetwork().broker(), { connect: () => Promise.reject(new Error('no')) })
    await expect(new HubServer({ broker }).hub.ready).rejects.toThrow('no')
    await until(() => events.length > 0)
    expect(events.map(({ state }) => state)).toEqual(['failed'])
  })

  test('a hub without a broker publishes no event of a broker', async () => {
    const events = eventsOf('wshub:broker')
    await new Hub().ready
    expect(events).toEqual([])
  })
})

describe('a channel without subscribers', () => {
  test('a hub makes no payload for a channel without subscribers', async () => {
    const publish = jest.spyOn(channel('wshub:connection:open'), 'publish')
    const { client } = await new HubServer().connect()
    await client.close()
    expect(publish).not.toHaveBeenCalled()
    publish.mockRestore()
  })
})

const THROWS = `
  const { channel } = require('node:diagnostics_channel')
  const { Hub } = require('@wshub/core')
  const { MemoryNetwork } = require('@wshub/core/testing')
  const network = new MemoryNetwork()
  const seen = []
  process.on('uncaughtException', (error) => seen.push(error.message))
  channel('wshub:broker').subscribe(() => { throw new Error('of a subscriber') })
  channel('wshub:broker').subscribe(({ state }) => seen.push(state))
  const hub = new Hub({ broker: network.broker(), onError: () => {} })
  hub.ready.then(() => setImmediate(() => {
    network.outage()
    setImmediate(() => console.log(JSON.stringify([hub.stats().failed, ...seen])))
  }))
`

test('a subscriber that throws raises an uncaughtException, and the hub and other subscribers keep working', () => {
  const { stdout } = spawnSync(process.execPath, ['-e', THROWS], { encoding: 'utf8', cwd: __dirname })
  expect(JSON.parse(stdout)).toEqual([1, 'connected', 'of a subscriber', 'down', 'of a subscriber'])
})

import { type Broker, type BrokerEvents, Hub, type HubOptions, Hubs } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { latch, turn, until } from '../../../test/support/wait.js'
import { noop } from '../src/util/noop.js'
import { closeHubServers, HubServer } from './hub-server.js'

// hub.health() says whether a load balancer should send clients.

afterEach(closeHubServers)

const READY = { live: true, ready: true, reasons: [] }
const requireBroker: HubOptions = { health: { requireBroker: true } }

/** A broker that is connected once a promise resolves, and does not report its status. */
function silentBroker(connected: Promise<void>): Broker {
  return { connect: () => connected, subscribe: noop, unsubscribe: noop, publish: noop, close: noop }
}

describe('the health of a hub', () => {
  test('a hub without a broker is ready at once, also if it requires one', () => {
    expect(new Hub().health()).toEqual(READY)
    expect(new Hub(requireBroker).health()).toEqual(READY)
  })

  test('a hub is not ready once close() was called, and stays live', async () => {
    const { hub } = new HubServer()
    const closed = hub.close()
    expect(hub.health()).toEqual({ live: true, ready: false, reasons: ['hub_closing'] })
    await closed
    expect(hub.health()).toMatchObject({ live: true, ready: false })
  })

  test('a hub that requires its broker is not ready during an outage, and another hub is', () => {
    const network = new MemoryNetwork()
    const strict = new HubServer({ broker: network.broker(), ...requireBroker }).hub
    const lenient = new HubServer({ broker: network.broker() }).hub
    network.outage()
    expect(strict.health()).toEqual({ live: true, ready: false, reasons: ['broker_down'] })
    expect(lenient.health()).toEqual(READY)
    network.restore()
    expect(strict.health()).toEqual(READY)
  })

  test('a hub that requires a broker without status() is ready once the broker has connected', async () => {
    const { held, release } = latch()
    const { hub } = new HubServer({ broker: silentBroker(held), ...requireBroker })
    expect(hub.health()).toMatchObject({ ready: false, reasons: ['broker_down'] })
    release()
    await until(() => hub.health().ready)
  })

  test('a hub that requires a broker without status() is not ready while the broker says that the link is lost', async () => {
    let events: BrokerEvents | undefined
    const connect: Broker['connect'] = (_, received) => void (events = received)
    const { hub } = new HubServer({ broker: { ...silentBroker(Promise.resolve()), connect }, ...requireBroker })
    await until(() => hub.health().ready)
    events?.failed(new Error('cut'))
    expect(hub.health()).toMatchObject({ ready: false, reasons: ['broker_down'] })
    events?.restored()
    expect(hub.health()).toEqual(READY)
  })

  test('a hub whose broker has given up is not live', async () => {
    const { hub } = new HubServer({ broker: silentBroker(Promise.reject(new Error('no'))) })
    await expect(hub.ready).rejects.toThrow('no')
    await turn()
    expect(hub.health()).toEqual({ live: false, ready: false, reasons: ['broker_down'] })
  })

  test('the hubs of an app are ready if all of them are', async () => {
    const hubs = new Hubs()
    const [one, other] = [hubs.create('one'), hubs.create('other')]
    expect(hubs.health()).toEqual(READY)
    await one.close()
    expect(hubs.health()).toEqual({ live: true, ready: false, reasons: ['hub_closing'] })
    await other.close()
    expect(hubs.health()).toEqual({ live: true, ready: false, reasons: ['hub_closing'] })
  })

  test('the hubs of an app are not live if the broker of one of them has given up', async () => {
    const hubs = new Hubs()
    hubs.create('one')
    const other = hubs.create('other', { broker: silentBroker(Promise.reject(new Error('no'))), onError: noop })
    await expect(other.ready).rejects.toThrow('no')
    await turn()
    expect(hubs.health()).toEqual({ live: false, ready: false, reasons: ['broker_down'] })
  })
})

describe('close with a notice', () => {
  test('during the notice of close() a hub keeps working and is not ready', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] })
    const hubServer = new HubServer({ onMessage: (connection, data) => connection.send(data) })
    const { client } = await hubServer.connect()
    const closed = hubServer.hub.close({ notice: 5000, within: 100 })
    jest.advanceTimersByTime(4999)
    expect(hubServer.hub.health().ready).toBe(false)
    client.send('still here')
    expect(await client.next()).toBe('still here')
    await hubServer.connect()
    expect(hubServer.hub.connections.size).toBe(2)
    jest.advanceTimersByTime(1)
    jest.useRealTimers()
    await closed
    expect(await client.closed).toMatchObject({ code: 1001 })
  })

  test.each([-1, NaN, 'soon'])('a notice of %p is refused, with the option and the value', (notice) => {
    expect(() => new Hub().close({ notice: notice as number })).toThrow(
      `The option notice must be a number of at least 0 (ms), not ${notice}.`,
    )
  })
})

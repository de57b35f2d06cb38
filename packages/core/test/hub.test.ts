import { timers } from '../../../test/support/process.js'
import { type Connection, Hub, type HubError, type Stage } from '../src/index.js'
import { connect } from '../src/testing/index.js'
import { closeHouses, House, latch, until } from './house.js'
import { partsOf } from './internals.js'

afterEach(closeHouses)

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const SENTENCE: unknown = expect.stringMatching(/^[A-Z].* .*\.$/)

/** The status with which a handshake is refused, and what the app says. */
async function refused(house: House, guest = {}): Promise<unknown> {
  const { status, body } = (await house.visit(guest).catch((error: unknown) => error)) as Record<string, unknown>
  return { status, body: String(body).trim() }
}

describe('stats', () => {
  test('count what is there and what has been', async () => {
    const house = new House({ name: 'counted', onMessage: () => {} })
    const { hub } = house
    const empty = { name: 'counted', connections: 0, users: 0, rooms: 0 }
    const never = { opened: 0, received: 0, dropped: 0, slow: 0, failed: 0, unsent: 0, discarded: 0 }
    expect(hub.stats()).toMatchObject({ ...empty, ...never, refused: {}, rejected: {}, closed: {} })
    const one = await house.visit({ user: 'ann', rooms: ['a', 'b'] })
    const two = await house.visit({ user: 'ann' })
    one.client.send('x')
    two.client.send('y')
    await until(() => hub.stats().received === 2)
    expect(hub.stats()).toMatchObject({
      ...never,
      name: 'counted',
      connections: 2,
      users: 1,
      rooms: 2,
      opened: 2,
      received: 2,
    })
    await Promise.all([one.client.close(), two.client.close()])
    await until(() => hub.connections.size === 0)
    expect(hub.stats()).toMatchObject({ ...never, ...empty, opened: 2, received: 2, closed: { 1000: 2 } })
  })

  test('count the failures', async () => {
    const house = new House()
    const { client } = await house.visit()
    client.send('nobody takes this')
    client.send('nor this')
    await until(() => house.failures.length === 2)
    expect(house.hub.stats()).toMatchObject({ failed: 2, received: 2 })
  })
})

test('a connection is found by its id while it lasts', async () => {
  const house = new House()
  const { client, connection } = await house.visit()
  expect(house.hub.connection(connection.id)).toBe(connection)
  expect(house.hub.connection('another')).toBeUndefined()
  await client.close()
  await connection.closed
  expect(house.hub.connection(connection.id)).toBeUndefined()
})

test.each([
  [5, 'a number'],
  [null, 'null'],
  [undefined, 'undefined'],
  [{}, 'an object'],
])('%p names nobody', (name, what) => {
  const { hub } = new House()
  const wrong = name as string
  expect(() => hub.room(wrong)).toThrow(`A room must be named by a string, not by ${what}.`)
  expect(() => hub.to('a', wrong)).toThrow(`A room must be named by a string, not by ${what}.`)
  expect(() => hub.user('a', wrong)).toThrow(`A user must be named by a string, not by ${what}.`)
  expect(() => hub.session(wrong)).toThrow(`A session must be named by a string, not by ${what}.`)
})

describe('what was said', () => {
  test('leaves at the end of the turn', async () => {
    const house = new House()
    const { client, connection } = await house.visit()
    connection.send('x')
    expect(connection.bufferedAmount).toBe(3)
    await Promise.resolve()
    expect(connection.bufferedAmount).toBe(3)
    expect(await client.next()).toBe('x')
    expect(connection.bufferedAmount).toBe(0)
  })

  test('waits for more where a batch window is set, and no longer', async () => {
    const house = new House({ batch: { window: 50 } })
    const { client, connection } = await house.visit()
    connection.send('x')
    for (let n = 0; n < 3; n += 1) await turn()
    expect(connection.bufferedAmount).toBe(3)
    connection.send('y')
    expect([await client.next(), await client.next()]).toEqual(['x', 'y'])
  })

  test('does not wait for its window when the hub closes', async () => {
    const house = new House({ batch: { window: 1_000_000 } })
    const { client } = await house.visit()
    house.hub.send('x')
    await house.hub.close()
    expect(await client.next()).toBe('x')
    expect(await client.closed).toMatchObject({ code: 1001 })
  })
})

describe('onError', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('worse')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('worse'))],
  ])('that %s is a process warning, and nobody else notices', async (_, onError) => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const house = new House({ onError })
    const { client, connection } = await house.visit()
    client.send('nobody takes this')
    expect(await client.next()).toMatchObject({ type: 'error' })
    await until(() => warned.mock.calls.length > 0)
    expect(warned.mock.calls).toEqual([
      [expect.stringMatching(/^onError failed: Error: worse/), { type: 'WshubWarning' }],
    ])
    expect(connection.state).toBe('open')
    warned.mockRestore()
  })

  test('may be as late as it likes', async () => {
    const { held, release } = latch()
    const house = new House({ onError: () => held })
    const { client } = await house.visit()
    client.send('1')
    client.send('2')
    expect(await client.next()).toMatchObject({ type: 'error' })
    expect(await client.next()).toMatchObject({ type: 'error' })
    release()
  })

  test('is told who and where', async () => {
    const seen: [Stage, Connection | undefined][] = []
    const house = new House({
      onOpen: () => {
        throw new Error('broken')
      },
      onError: (_, { stage, connection }) => seen.push([stage, connection]),
    })
    const { client } = await house.visit().catch(() => ({ client: undefined }))
    await client?.closed
    await until(() => house.hub.connections.size === 0)
    expect(seen).toEqual([['open', expect.objectContaining({ state: 'closed' })]])
  })
})

describe('onOpen', () => {
  test('that takes too long closes with 1011 and says so', async () => {
    const house = new House({ onOpen: () => new Promise(() => {}), limits: { openTimeout: 30 } })
    const { client } = await house.visit()
    expect(await client.closed).toMatchObject({ code: 1011 })
    expect(house.failures).toMatchObject([{ stage: 'open', error: { code: 'open_timeout' } }])
    expect(house.failures).toMatchObject([{ error: { message: 'onOpen has not settled within 30 ms.' } }])
  })

  test('that is through in time is never too late', async () => {
    const house = new House({
      onOpen: turn,
      limits: { openTimeout: 40 },
      heartbeat: { pingInterval: 10, pongTimeout: 10 },
    })
    const { connection } = await house.visit()
    // A silent peer is lost in no less than its timeout.
    for (let n = 0; n < 5; n += 1) await (await house.silent()).connection.closed
    expect([connection.state, house.failures]).toEqual(['open', []])
  })

  test('that loops over the messages may take as long as the connection', async () => {
    const texts: unknown[] = []
    const house = new House({
      limits: { openTimeout: 20 },
      heartbeat: { pingInterval: 10, pongTimeout: 10 },
      onOpen: async (connection) => {
        if (connection.user) for await (const message of connection.messages()) texts.push(message)
      },
    })
    const { client, connection } = await house.visit({ user: 'ann' })
    for (let n = 0; n < 4; n += 1) await (await house.silent()).connection.closed
    client.send('x')
    await until(() => texts.length === 1)
    expect([connection.state, house.failures]).toEqual(['open', []])
  })
})

describe('the right to be connected', () => {
  test('ends when it expires, as a number or a date', async () => {
    const house = new House()
    for (const expiresAt of [Date.now() + 30, new Date(Date.now() + 30), Date.now() - 1000]) {
      const { client } = await house.visit({ expiresAt })
      expect(await client.closed).toEqual({ code: 4401, reason: 'expired' })
    }
  })

  test('does not end before it expires, however far away that is', async () => {
    const house = new House({ heartbeat: { pingInterval: 10, pongTimeout: 10 } })
    const far = [Date.now() + 3_600_000, Date.now() + 2 ** 40]
    const guests = await Promise.all(far.map((expiresAt) => house.visit({ expiresAt })))
    // A silent peer is lost in no less than its timeout.
    for (let n = 0; n < 3; n += 1) await (await house.silent()).connection.closed
    expect(guests.map(({ connection }) => connection.state)).toEqual(['open', 'open'])
  })

  test('that would last for long keeps no timer after the connection', async () => {
    const house = new House()
    const first = await house.visit({ expiresAt: Date.now() + 3_600_000 })
    const before = timers()
    const { client, connection } = await house.visit({ expiresAt: Date.now() + 3_600_000 })
    expect(timers()).toBeGreaterThan(before)
    await client.close()
    await connection.closed
    await until(() => timers() <= before)
    expect(first.connection.state).toBe('open')
  })
})

describe('who comes when there is no room', () => {
  test('hears that the hub is full, and gets the seat of who has left', async () => {
    const house = new House({ limits: { maxConnections: 1 } })
    const { client, connection } = await house.visit()
    expect(await refused(house)).toEqual({ status: 503, body: SENTENCE })
    await client.close()
    await connection.closed
    await house.visit()
  })

  test('hears that there are too many of that user', async () => {
    const house = new House({ limits: { maxConnectionsPerUser: 1 } })
    const { client, connection } = await house.visit({ user: 'ann' })
    expect(await refused(house, { user: 'ann' })).toEqual({ status: 429, body: expect.stringContaining('this user') })
    await house.visit({ user: 'bob' })
    await client.close()
    await connection.closed
    await house.visit({ user: 'ann' })
  })

  test('hears that the hub is closing, and nobody is told of a connection', async () => {
    const opened = jest.fn()
    const house = new House({ onOpen: opened })
    await house.hub.close()
    expect(await refused(house)).toEqual({ status: 503, body: SENTENCE })
    expect(() => partsOf(house.hub).admission.reserve({}, { address: '', begunAt: 0 })).toThrow(
      expect.objectContaining({ code: 'hub_closing' }) as HubError,
    )
    expect(opened).not.toHaveBeenCalled()
  })
})

describe('close', () => {
  test.each([-1, NaN, 'soon'])('within %p is refused, with the option and the value', (within) => {
    expect(() => new Hub().close({ within: within as number })).toThrow(
      `The option within must be a number of at least 0 (ms), not ${within}.`,
    )
  })

  test('within 0 drops whoever is there', async () => {
    const house = new House()
    const { connection } = await house.visit()
    await house.hub.close({ within: 0 })
    expect(connection.state).toBe('closed')
    expect(house.hub.connections.size).toBe(0)
  })

  test('lets the handlers finish, for half of the time at most', async () => {
    const { held, release } = latch()
    const handled: unknown[] = []
    const house = new House({
      onMessage: async (_, data) => {
        await held
        handled.push(data)
      },
    })
    const { client, connection } = await house.visit()
    client.send('1')
    client.send('2')
    await connection.ping()
    const closing = house.hub.close({ within: 60_000 })
    await turn()
    expect(connection.state).toBe('open')
    release()
    await closing
    expect(handled).toEqual(['1', '2'])
  })

  test('asks everybody to come back at a time of their own, the first after a quarter of a second', async () => {
    const house = new House()
    const clients = await Promise.all(Array.from({ length: 10 }, async () => (await house.visit()).client))
    await house.hub.close({ within: 10_000 })
    const waits = await Promise.all(
      clients.map(async ({ closed }) => Number(/^retry=(\d+)$/.exec((await closed).reason)?.[1])),
    )
    for (const [n, wait] of waits.toSorted((a, b) => a - b).entries()) {
      expect(wait).toBeGreaterThanOrEqual(250 + n * 1000)
      expect(wait).toBeLessThanOrEqual(250 + (n + 1) * 1000)
    }
  })

  test('spreads them over half a minute at most', async () => {
    const house = new House()
    const clients = await Promise.all(Array.from({ length: 5 }, async () => (await house.visit()).client))
    await house.hub.close({ within: 1_000_000 })
    for (const { closed } of clients) {
      expect(Number((await closed).reason.replace('retry=', ''))).toBeLessThanOrEqual(30_250)
    }
  })

  test('stops the heartbeat', async () => {
    const stopped = jest.spyOn(globalThis, 'clearInterval')
    const started = jest.spyOn(globalThis, 'setInterval')
    const house = new House()
    await house.visit()
    await house.hub.close()
    expect(started).toHaveBeenCalledTimes(1)
    expect(stopped).toHaveBeenCalledWith(started.mock.results[0]?.value)
    jest.restoreAllMocks()
  })
})

test('without a router everything is raw, with one only what is no envelope', async () => {
  const got: unknown[] = []
  const house = new House({ onMessage: (_, data) => got.push(data) })
  const { client } = await house.visit()
  client.emit('typed', 1)
  client.send('raw')
  client.send(Buffer.from('bytes'))
  await until(() => got.length === 3)
  expect(got).toEqual(['{"type":"typed","payload":1}', 'raw', Buffer.from('bytes')])
})

test('connect() is refused by an app without our upgrade', async () => {
  const { hub } = new House()
  await expect(connect((_, response) => response.writeHead(404).end('nothing here'), '/')).rejects.toMatchObject({
    status: 404,
  })
  expect(hub.connections.size).toBe(0)
})

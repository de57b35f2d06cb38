import { timers } from '../../../test/support/process.js'
import { type Connection, type Stage } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { latch, turn, until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

describe('onError', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('worse')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('worse'))],
  ])('onError that %s causes a process warning and nothing else', async (_, onError) => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const hubServer = new HubServer({ onError })
    const { client, connection } = await hubServer.connect()
    client.send('nobody takes this')
    expect(await client.next()).toMatchObject({ type: 'error' })
    await until(() => warned.mock.calls.length > 0)
    expect(warned.mock.calls).toEqual([
      [expect.stringMatching(/^onError failed: Error: worse/), { type: 'WshubWarning' }],
    ])
    expect(connection.state).toBe('open')
    warned.mockRestore()
  })

  test('onError that returns nothing causes no process warning', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { client } = await new HubServer({ onError: () => {} }).connect()
    client.send('nobody takes this')
    expect(await client.next()).toMatchObject({ type: 'error' })
    expect(warned).not.toHaveBeenCalled()
    warned.mockRestore()
  })

  test('onError may settle late without delaying messages', async () => {
    const { held, release } = latch()
    const hubServer = new HubServer({ onError: () => held })
    const { client } = await hubServer.connect()
    client.send('1')
    client.send('2')
    expect(await client.next()).toMatchObject({ type: 'error' })
    expect(await client.next()).toMatchObject({ type: 'error' })
    release()
  })

  test('onError gets the connection and the stage', async () => {
    const seen: [Stage, Connection | undefined][] = []
    const hubServer = new HubServer({
      onOpen: () => {
        throw new Error('broken')
      },
      onError: (_, { stage, connection }) => seen.push([stage, connection]),
    })
    const { client } = await hubServer.connect().catch(() => ({ client: undefined }))
    await client?.closed
    await until(() => hubServer.hub.connections.size === 0)
    expect(seen).toEqual([['open', expect.objectContaining({ state: 'closed' })]])
  })
})

describe('onOpen', () => {
  test('onOpen that takes too long closes the connection with 1011 and is reported', async () => {
    const hubServer = new HubServer({ onOpen: () => new Promise(() => {}), limits: { openTimeout: 30 } })
    const { client } = await hubServer.connect()
    expect(await client.closed).toMatchObject({ code: 1011 })
    expect(hubServer.failures).toMatchObject([{ stage: 'open', error: { code: 'open_timeout' } }])
    expect(hubServer.failures).toMatchObject([{ error: { message: 'onOpen has not settled within 30 ms.' } }])
  })

  test('onOpen that settles in time is never reported as late', async () => {
    const hubServer = new HubServer({
      onOpen: turn,
      limits: { openTimeout: 40 },
      heartbeat: { pingInterval: 10, pongTimeout: 10 },
    })
    const { connection } = await hubServer.connect()
    // The loss of a silent peer shows that its timeout has passed.
    for (let n = 0; n < 5; n += 1) await (await hubServer.silent()).connection.closed
    expect([connection.state, hubServer.failures]).toEqual(['open', []])
  })

  test('onOpen that loops over the messages may take as long as the connection', async () => {
    const texts: unknown[] = []
    const hubServer = new HubServer({
      limits: { openTimeout: 20 },
      heartbeat: { pingInterval: 10, pongTimeout: 10 },
      onOpen: async (connection) => {
        if (connection.user) for await (const message of connection.messages()) texts.push(message)
      },
    })
    const { client, connection } = await hubServer.connect({ user: 'ann' })
    for (let n = 0; n < 4; n += 1) await (await hubServer.silent()).connection.closed
    client.send('x')
    await until(() => texts.length === 1)
    expect([connection.state, hubServer.failures]).toEqual(['open', []])
  })
})

describe('onClose', () => {
  test('onClose runs although a handler of the connection never settles, once closeTimeout is over', async () => {
    const steps: string[] = []
    const hubServer = new HubServer({
      limits: { closeTimeout: 20 },
      onMessage: () => {
        steps.push('message')
        return new Promise(() => {})
      },
      onClose: () => steps.push('close'),
    })
    const { client } = await hubServer.connect()
    client.send('x')
    await until(() => steps.length === 1)
    await client.close()
    await until(() => steps.length === 2)
    expect(steps).toEqual(['message', 'close'])
  })
})

describe('expiresAt', () => {
  test('a connection ends at its expiresAt, given as a number or a date', async () => {
    const hubServer = new HubServer()
    for (const expiresAt of [Date.now() + 30, new Date(Date.now() + 30), Date.now() - 1000]) {
      const { client } = await hubServer.connect({ expiresAt })
      expect(await client.closed).toEqual({ code: 4401, reason: 'expired' })
    }
  })

  test('a connection does not end before its expiresAt, however far away it is', async () => {
    const hubServer = new HubServer({ heartbeat: { pingInterval: 10, pongTimeout: 10 } })
    const far = [Date.now() + 3_600_000, Date.now() + 2 ** 40]
    const peers = await Promise.all(far.map((expiresAt) => hubServer.connect({ expiresAt })))
    // The loss of a silent peer shows that its timeout has passed.
    for (let n = 0; n < 3; n += 1) await (await hubServer.silent()).connection.closed
    expect(peers.map(({ connection }) => connection.state)).toEqual(['open', 'open'])
  })

  test('a distant expiresAt keeps no timer after its connection has closed', async () => {
    const hubServer = new HubServer()
    const first = await hubServer.connect({ expiresAt: Date.now() + 3_600_000 })
    const before = timers()
    const { client, connection } = await hubServer.connect({ expiresAt: Date.now() + 3_600_000 })
    expect(timers()).toBeGreaterThan(before)
    await client.close()
    await connection.closed
    await until(() => timers() <= before)
    expect(first.connection.state).toBe('open')
  })
})

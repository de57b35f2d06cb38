import { Hub, Router } from '@wshub/core'
import { upgrade } from '@wshub/express'
import express, { type Express } from 'express'
import { Client } from '../src/index.js'
import { socketsTo } from '../src/testing/index.js'
import { expectEventually } from '../../../test/support/wait.js'
import { nextOf, statusOf } from './support/client-server.js'

// Front-end code against the app in this process, without a port.

let hub: Hub
let app: Express

let client: Client

// A hub that sends under fake I/O waits for ever, so each test has its own.
beforeEach(() => {
  hub = new Hub({ router: new Router().handle('echo', ({ payload }) => payload) })
  app = express()
  app.get(
    '/ws/:user',
    upgrade(hub, ({ params, headers }) => ({ user: `${params.user} ${headers.cookie ?? ''}`.trim() })),
  )
})

afterEach(() => {
  client.close()
})

test('a client reaches the app without a port, with headers of the test', async () => {
  client = new Client('ws://app/ws/ada?x=1', { WebSocket: socketsTo(app, { headers: { cookie: 'a=1' } }) })
  expect(await client.request('echo', 1)).toBe(1)
  expect([...hub.connections.values()].map(({ user }) => user)).toEqual(['ada a=1'])
})

test('a client of the test kit reconnects to the app', async () => {
  client = new Client('ws://app/ws/ada', { WebSocket: socketsTo(app), reconnect: { firstWait: 200 } })
  await client.ready
  for (const connection of hub.connections.values()) connection.terminate()
  await statusOf(client, 'waiting')
  expect(await client.request('echo', 2)).toBe(2)
})

test('a refusal of the app counts as a failed attempt', async () => {
  client = new Client('ws://app/nowhere', { WebSocket: socketsTo(app) })
  expect(await statusOf(client, 'waiting')).toMatchObject({ state: 'waiting' })
})

test('the WebSocket class of the test kit has the constants of the states, and takes one subprotocol as a string', async () => {
  const AppSocket = socketsTo(app) as unknown as typeof WebSocket
  expect({ ...AppSocket }).toEqual({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })
  client = new Client('ws://app/ws/ada', { WebSocket: socketsTo(app) })
  const socket = new AppSocket(new URL('ws://app/ws/bob'), 'wshub')
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  expect(socket.readyState).toBe(AppSocket.OPEN)
  expect(socket.protocol).toBe('wshub')
  socket.close()
})

test('a closed socket leaves no timer that keeps the process alive', async () => {
  client = new Client('ws://app/ws/ada', { WebSocket: socketsTo(app), connect: false })
  const socket = new (socketsTo(app))('ws://app/ws/bob', [])
  await new Promise<object>((resolve) => socket.addEventListener('open', resolve))
  const started = jest.spyOn(globalThis, 'setTimeout')
  const stopped = jest.spyOn(globalThis, 'clearTimeout')
  const holding = (): number => {
    const ended = new Set<unknown>(stopped.mock.calls.map(([timer]) => timer))
    const timers = started.mock.results.map(({ value }) => value as NodeJS.Timeout)
    return timers.filter((timer) => timer.hasRef() && !ended.has(timer)).length
  }
  socket.close()
  expect(holding()).toBeGreaterThan(0)
  await expectEventually(() => expect(holding()).toBe(0))
  jest.restoreAllMocks()
})

describe('fake timers', () => {
  let said: jest.SpyInstance

  beforeEach(() => {
    said = jest.spyOn(console, 'error').mockImplementation(() => undefined)
  })

  afterEach(() => {
    jest.useRealTimers()
    said.mockRestore()
  })

  const told = expect.stringContaining("doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask']")

  test('a client that opens with fake I/O closes and says which timers to leave real', async () => {
    jest.useFakeTimers()
    client = new Client('ws://app/ws/ada', { WebSocket: socketsTo(app), connect: false })
    const error = nextOf<unknown>((listener) => client.onError(listener))
    client.open()
    expect(await error).toMatchObject({ message: told })
    expect(said).toHaveBeenCalledWith(told)
    expect(client.status).toMatchObject({ state: 'closed', final: true })
  })

  test('a request under fake I/O rejects instead of hanging, and the console says what to do', async () => {
    client = new Client('ws://app/ws/ada', { WebSocket: socketsTo(app) })
    await client.ready
    jest.useFakeTimers()
    await expect(client.request('echo', 1)).rejects.toMatchObject({ code: 'closed' })
    expect(said.mock.calls).toEqual([[told]])
    expect(client.status).toMatchObject({ state: 'closed', code: 4400, reason: 'fake timers' })
  })

  test('a client works under fake timers that leave I/O real', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    client = new Client('ws://app/ws/ada', {
      WebSocket: socketsTo(app),
      reconnect: { firstWait: 60_000, maxWait: 60_000 },
    })
    expect(await client.request('echo', 1)).toBe(1)
    for (const connection of hub.connections.values()) connection.terminate()
    const { retryAt } = await statusOf(client, 'waiting')
    jest.advanceTimersByTime(Math.ceil(retryAt - Date.now()))
    expect(await client.request('echo', 2)).toBe(2)
    expect(said).not.toHaveBeenCalled()
  })
})

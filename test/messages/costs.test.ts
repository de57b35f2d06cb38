import { createHook } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import WebSocket, { WebSocketServer } from 'ws'
import { settledHeap } from '../support/process.js'
import { clientFrame, closeApps, TestApp } from '../support/app.js'
import { until } from '../support/wait.js'

afterEach(closeApps)

// What a message, a handshake and an open connection may cost, as counts. Times belong in the benchmarks.

/** The stack traces of the async resources of these types (as in `async_hooks`) that are created during `work`. */
async function made(types: readonly string[], work: () => Promise<void>): Promise<string[]> {
  const stacks: string[] = []
  const hook = createHook({
    init: (_, type) => {
      if (types.includes(type)) stacks.push(new Error(type).stack ?? type)
    },
  })
  hook.enable()
  await work()
  hook.disable()
  return stacks
}

const MESSAGES = 1000

/** Sends a thousand messages in one write, and waits with a single await until the last of them was handled. */
async function handledAll(testApp: TestApp, text: string, last: Promise<unknown>): Promise<void> {
  const { socket } = await testApp.stall('rooms=r')
  const frame = clientFrame(1, Buffer.from(text))
  socket.write(Buffer.concat(Array.from({ length: MESSAGES }, () => frame)))
  await last
}

function countdown(): { readonly done: Promise<void>; readonly step: () => void } {
  let left = MESSAGES
  let finish!: () => void
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  return { done, step: () => void ((left -= 1) === 0 && finish()) }
}

describe('a message for a synchronous handler', () => {
  test.each([
    ['a raw frame for a synchronous hook', (step: () => void) => ({ onMessage: step }), 'hello'],
    [
      'a message for a synchronous handler of a router',
      (step: () => void) => ({ router: new Router().handle('a', step) }),
      '{"type":"a"}',
    ],
  ])('%s makes no promise, timer or immediate', async (_, options, text) => {
    const { done, step } = countdown()
    const testApp = new TestApp(options(step))
    await testApp.port()
    const { length: count } = await made(['PROMISE', 'Timeout', 'Immediate'], () => handledAll(testApp, text, done))
    // Opening the connection takes some; a thousand messages take none.
    expect(count).toBeLessThan(MESSAGES / 10)
  })

  test('a message for a synchronous handler is parsed once', async () => {
    const { done, step } = countdown()
    const testApp = new TestApp({ router: new Router().handle('a', step) })
    const parse = jest.spyOn(JSON, 'parse')
    await handledAll(testApp, '{"type":"a"}', done)
    const count = parse.mock.calls.length
    parse.mockRestore()
    expect(count).toBe(MESSAGES)
  })

  test('a message for a synchronous handler adds no listener to its socket', async () => {
    const { done, step } = countdown()
    const testApp = new TestApp({ onMessage: step })
    const { connection } = await testApp.dial()
    const before = listeners(testApp.sockets[0] as Socket)
    await handledAll(testApp, 'hello', done)
    expect(connection.state).toBe('open')
    expect(listeners(testApp.sockets[0] as Socket)).toEqual(before)
  })
})

function listeners(socket: Socket): Record<string, number> {
  return Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]))
}

describe('an open connection', () => {
  test('an open connection has no listeners on its socket but those of ws', async () => {
    const testApp = new TestApp()
    await testApp.dial('rooms=r')
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const sockets = new WebSocketServer({ server })
    const opened = once(sockets, 'connection')
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const [, { socket }] = (await opened) as [WebSocket, IncomingMessage]
    const theirs = listeners(socket)
    await once(client, 'open')
    client.terminate()
    sockets.close()
    server.close()
    await once(server, 'close')
    expect(listeners(testApp.sockets[0] as Socket)).toEqual(theirs)
  })

  test('an open connection has no timer of its own', async () => {
    const testApp = new TestApp({ limits: { idleTimeout: 60_000 } })
    await testApp.dial('user=ann&rooms=r')
    const timers = await made(['Timeout'], async () => {
      for (let n = 0; n < 20; n += 1) await testApp.stall('user=bob&rooms=r')
      await until(() => testApp.hub.connections.size === 21)
    })
    // Node's timer for the Date header and the timer wheel of the hub create more timers the longer this takes.
    const own = timers.filter((stack) => stack.includes('/packages/core/src/') && !stack.includes('/timer-wheel.ts'))
    expect(own).toEqual([])
  })

  test.each([
    ['on a server without other listeners', () => {}],
    ['beside another listener', (server: Server) => server.on('upgrade', () => {})],
  ])('an open connection %s keeps neither its request nor its response', async (_, prepare) => {
    const testApp = new TestApp()
    prepare(await testApp.server())
    const held = await exchanges(async () => {
      for (let n = 0; n < 10; n += 1) await testApp.dial('user=ann&rooms=r')
    })
    expect(held).toHaveLength(20)
    await settledHeap()
    expect(held.filter((reference) => reference.deref() !== undefined)).toEqual([])
    expect(testApp.hub.connections.size).toBe(10)
  })
})

/** Weak references to the requests and responses of the handshakes during `work`. */
async function exchanges(work: () => Promise<void>): Promise<WeakRef<object>[]> {
  const assign = jest.spyOn(ServerResponse.prototype, 'assignSocket')
  await work()
  const responses = assign.mock.contexts as ServerResponse[]
  const real = responses.filter(({ req }) => req instanceof IncomingMessage)
  assign.mockRestore()
  return real.flatMap((response) => [new WeakRef(response), new WeakRef(response.req)])
}

describe('a handshake that is answered in its turn', () => {
  test('a handshake that is answered in its turn has one response', async () => {
    const testApp = new TestApp()
    await testApp.dial()
    const assign = jest.spyOn(ServerResponse.prototype, 'assignSocket')
    await testApp.dial()
    const responses = new Set(assign.mock.contexts)
    assign.mockRestore()
    expect(responses.size).toBe(1)
  })

  test('a handshake that is answered in its turn has listeners that all handshakes share', async () => {
    const testApp = new TestApp()
    const assign = jest.spyOn(ServerResponse.prototype, 'assignSocket')
    await testApp.dial()
    await testApp.dial()
    const found = assign.mock.calls.map(([sink], index) => {
      const response = assign.mock.contexts[index] as ServerResponse
      return [
        response.listeners('finish'),
        response.listeners('close'),
        sink.listeners('drain'),
        sink.listeners('error'),
      ]
    })
    assign.mockRestore()
    const [first, second] = found.filter(([finish]) => finish && finish.length > 0)
    expect(first?.flat().length).toBeGreaterThan(0)
    expect(second?.flat().map((one, index) => one === first?.flat()[index])).toEqual(first?.flat().map(() => true))
  })

  test('a handshake that is answered in its turn makes no timer', async () => {
    const testApp = new TestApp()
    await testApp.dial()
    const places: string[] = []
    const hook = createHook({ init: (_, type) => type === 'Timeout' && places.push(String(new Error('here').stack)) })
    hook.enable()
    await testApp.stall()
    hook.disable()
    expect(places.filter((place) => place.includes('/upgrade/'))).toEqual([])
  })
})

describe('on Express', () => {
  let hub: Hub
  let server: Server

  beforeEach(() => {
    hub = new Hub()
  })

  afterEach(async () => {
    server.close()
    server.closeAllConnections()
    await hub.close({ within: 0 })
  })

  test.each([
    ['of an app is created with the prototype of the app', (app: express.Express) => app, true],
    [
      'of an app inside another function is created without the prototype of the app',
      (app: express.Express) => wrapped(app),
      false,
    ],
  ])('a response %s', async (_, around, expected) => {
    const app = express()
    app.get('/ws', upgrade(hub))
    server = createServer(around(app)).listen(0, '127.0.0.1')
    attach(server)
    await once(server, 'listening')
    const born: boolean[] = []
    server.prependListener('request', (__, response) => born.push(Object.getPrototypeOf(response) === app.response))
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`)
    await once(client, 'open')
    client.terminate()
    expect(born).toEqual([expected])
  })
})

function wrapped(app: express.Express): express.Express {
  return ((request, response) => app(request, response)) as express.Express
}

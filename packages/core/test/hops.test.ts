import { once } from 'node:events'
import WebSocket from 'ws'
import { Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

// Each function between the frame of a client and the sockets of a room costs time in every message. docs/architecture.md
// lists them.

beforeEach(() => {
  Error.stackTraceLimit = 100
})

afterEach(() => {
  Error.stackTraceLimit = 10
  jest.restoreAllMocks()
  return closeHubServers()
})

test('a message to a room passes 17 functions of core from socket to socket', async () => {
  const hops = await hopsOf(new HubServer({ onMessage: ({ hub }, data) => hub.room('room').send(data) }), 'hello')
  expect(hops.length).toBe(17)
})

test('an event of a handler to a room passes 20 functions of core from socket to socket', async () => {
  const router = new Router().handle('say', ({ hub, payload }) => hub.room('room').emit('said', payload))
  const hops = await hopsOf(new HubServer({ router }), '{"type":"say","payload":1}')
  expect(hops.length).toBe(20)
})

/** The places in core that a message passes until it is written back to its sender, in order. */
async function hopsOf(hubServer: HubServer, message: string): Promise<string[]> {
  const ws = new WebSocket(`ws://127.0.0.1:${await hubServer.port()}/`)
  await once(ws, 'open')
  const [connection] = [...hubServer.hub.connections.values()]
  await connection?.join('room')
  const scheduled = watch(globalThis, 'setImmediate')
  const written = watch(hubServer.sockets[0], 'write')
  ws.send(message)
  await once(ws, 'message')
  ws.terminate()
  const flush = scheduled.find((places) => places[0]?.includes('flush-batch')) ?? []
  return [...flush.toReversed(), ...(written[0] ?? []).toReversed()]
}

/** The places in core from which a method is called, for each call the innermost first. */
function watch<Name extends string>(object: { [Key in Name]: unknown } | undefined, name: Name): string[][] {
  const calls: string[][] = []
  if (!object) throw new Error(`expected an object with ${name}`)
  const original = object[name] as (...args: unknown[]) => unknown
  jest.spyOn(object as Record<string, () => unknown>, name).mockImplementation(function (this: unknown, ...args) {
    calls.push(placesIn(new Error('called')))
    return original.apply(this, args)
  })
  return calls
}

function placesIn({ stack = '' }: Error): string[] {
  return stack.split('\n').flatMap((line) => /packages\/core\/src\/([^)]+)/.exec(line)?.[1] ?? [])
}

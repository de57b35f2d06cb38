import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import WebSocket from 'ws'
import { timers } from '../../../test/support/process.js'
import { Heartbeat, type HeartbeatTarget } from '../src/lifecycle/heartbeat.js'
import type { Closure, Connection } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { until, latch } from '../../../test/support/wait.js'

// The clock is real and the intervals are short. Silent peers that were lost show that time has passed.

afterEach(closeHubServers)

const heartbeat = { pingInterval: 60, pongTimeout: 60 }

/** Lets several whole heartbeats pass: so many silent peers connect and are lost, one after the other. */
async function heartbeats(hubServer: HubServer, count = 3): Promise<void> {
  for (let n = 0; n < count; n += 1) await (await hubServer.silent()).connection.closed
}

test('a silent peer is closed with 1006', async () => {
  const closures: Closure[] = []
  const hubServer = new HubServer({ heartbeat, onClose: (_, closure) => closures.push(closure) })
  const { socket, connection } = await hubServer.silent()
  const gone = once(socket, 'close')
  expect(await connection.closed).toEqual({ code: 1006, reason: 'pong timeout', clean: false })
  await gone
  await until(() => closures.length === 1)
  expect(closures).toMatchObject([{ code: 1006 }])
  expect(hubServer.hub.connections.size).toBe(0)
  expect(hubServer.failures).toEqual([])
}, 3000)

test('a peer that answers pings is kept, and its latency is measured', async () => {
  const hubServer = new HubServer({ heartbeat })
  const ws = await dial(hubServer)
  const [connection] = [...hubServer.hub.connections.values()] as [Connection]
  expect(connection.latency).toBeUndefined()
  await heartbeats(hubServer)
  expect(connection.state).toBe('open')
  expect(connection.latency).toBeGreaterThanOrEqual(0)
  ws.terminate()
})

test.each([
  ['messages', [0x81, 0x81, 0, 0, 0, 0, 0x61]],
  ['pings', [0x89, 0x80, 0, 0, 0, 0]],
  ['pongs that nobody asked for', [0x8a, 0x80, 0, 0, 0, 0]],
])('a peer that sends %s but answers no ping is kept', async (_, bytes) => {
  const hubServer = new HubServer({ heartbeat, onMessage: () => {} })
  const { socket, connection } = await hubServer.silent()
  const talking = setInterval(() => socket.write(Buffer.from(bytes)), 5)
  await heartbeats(hubServer)
  clearInterval(talking)
  expect(connection.state).toBe('open')
  expect(await connection.closed).toMatchObject({ code: 1006 })
})

test('a peer that sends bytes of an unfinished message is kept', async () => {
  const got: number[] = []
  const hubServer = new HubServer({ heartbeat, onMessage: (_, data) => got.push(data.length) })
  const { socket, connection } = await hubServer.silent()
  const length = 200_000
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  head.writeUInt32BE(length, 6)
  socket.write(head)
  let sent = 0
  const dripping = setInterval(() => {
    socket.write(Buffer.alloc(10))
    sent += 10
  }, 5)
  await heartbeats(hubServer)
  clearInterval(dripping)
  expect(connection.state).toBe('open')
  socket.write(Buffer.alloc(length - sent))
  await until(() => got.length === 1)
  expect(got).toEqual([length])
})

test('a connection whose socket is paused is not lost', async () => {
  const { held, release } = latch()
  let handled = 0
  const limits = { maxConnectionBytes: 10_000 }
  const hubServer = new HubServer({ heartbeat, limits, onMessage: () => held.then(() => (handled += 1)) })
  const ws = await dial(hubServer)
  const [connection] = [...hubServer.hub.connections.values()] as [Connection]
  for (let n = 0; n < 100; n += 1) ws.send('x')
  await until(() => connection.core.paused)
  await heartbeats(hubServer)
  expect(connection.state).toBe('open')
  release()
  await until(() => handled === 100)
  await heartbeats(hubServer)
  expect(connection.state).toBe('open')
  ws.terminate()
})

test('a peer is pinged again, not lost, if its pong may still be unread', async () => {
  let pings = 0
  const lost = jest.fn()
  const target: HeartbeatTarget = {
    visited() {},
    isSilent: () => pings === 0,
    ping: () => void (pings += 1),
    pongDue: () => 'unclear',
    lost,
  }
  const beat = new Heartbeat({ pingInterval: 400, pongTimeout: 20, visitEvery: Infinity })
  beat.add(target)
  await until(() => pings === 3)
  expect(lost).not.toHaveBeenCalled()
  beat.remove(target)
  expect(beat.size).toBe(0)
})

describe('an event loop that is blocked for longer than the timeout', () => {
  // A separate process, so that clients answer while this process is blocked.
  const CLIENTS = `
    const WebSocket = require(process.argv[1])
    const clients = Array.from({ length: 10 }, () => new WebSocket('ws://127.0.0.1:' + process.argv[2] + '/child'))
    Promise.all(clients.map((ws) => new Promise((resolve) => ws.on('open', resolve)))).then(() => process.send('open'))
    process.on('disconnect', () => process.exit())
  `

  test('an event loop that is blocked for longer than the timeout loses no healthy client, and still loses a silent one', async () => {
    const hubServer = new HubServer({ heartbeat: { pingInterval: 60, pongTimeout: 1000 } })
    const child = spawn(process.execPath, ['-e', CLIENTS, require.resolve('ws'), String(await hubServer.port())], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const exit = once(child, 'exit')
    try {
      await once(child, 'message')
      expect(hubServer.hub.connections.size).toBe(10)
      let blocked = 0
      onPing(hubServer.sockets, () => {
        if (blocked++ < 1) block(2500)
      })
      await until(() => blocked > 10)
      await heartbeats(hubServer, 1)
      expect(hubServer.hub.connections.size).toBe(10)
    } finally {
      child.disconnect()
      await exit
    }
    await until(() => hubServer.hub.connections.size === 0)
  })
})

test('the heartbeat of a hub keeps no process alive', async () => {
  const hubServer = new HubServer()
  const before = timers()
  const guests = await Promise.all(Array.from({ length: 50 }, () => hubServer.connect()))
  expect(timers()).toBe(before)
  await Promise.all(guests.map(({ client }) => client.close()))
})

async function dial(hubServer: HubServer): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${await hubServer.port()}/dialled`)
  await once(ws, 'open')
  return ws
}

/** Calls back after each ping that leaves on one of these sockets, where timers come before what is to be read. */
function onPing(sockets: Socket[], then: () => void): void {
  for (const socket of sockets) {
    const write = socket.write.bind(socket) as (...all: unknown[]) => boolean
    socket.write = (chunk: Buffer, ...rest: unknown[]) => {
      if (chunk[0] === 0x89) setImmediate(then)
      return write(chunk, ...rest)
    }
  }
}

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

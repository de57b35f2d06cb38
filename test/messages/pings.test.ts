import { once } from 'node:events'
import { clientFrame, closeApps, TestApp, type StalledClient } from '../support/app.js'
import { until } from '../support/wait.js'

// ws counts the waiting pongs and terminates the client without an error; wshub reports it.

afterEach(closeApps)

const PING = 0x9
const pings = (count: number, size = 0): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => clientFrame(PING, Buffer.alloc(size))))

/** Collects what the server sends from now on. */
function reading({ socket }: StalledClient): { readonly bytes: () => number } {
  let bytes = 0
  socket.on('data', (chunk) => (bytes += chunk.length)).resume()
  return { bytes: () => bytes }
}

test('60 pings in one packet get 60 pongs', async () => {
  const testApp = new TestApp()
  const client = await testApp.stall()
  const { bytes } = reading(client)
  client.socket.write(pings(60))
  await until(() => bytes() === 60 * 2)
  client.socket.write(pings(60))
  await until(() => bytes() === 120 * 2)
  expect(client.connection.state).toBe('open')
  expect(testApp.failures).toEqual([])
})

test('a client with 61 waiting pongs is terminated, reported once and counted, and other clients are not affected', async () => {
  const testApp = new TestApp()
  const healthy = await testApp.dial()
  const { socket, connection } = await testApp.stall()
  const gone = once(socket, 'close')
  socket.write(Buffer.concat([pings(61), clientFrame(1, Buffer.from('never')), pings(1000)]))
  expect(await connection.closed).toEqual({ code: 1006, reason: 'ping flood', clean: false })
  socket.resume()
  await gone
  expect(testApp.failures).toMatchObject([{ stage: 'limit', error: { code: 'too_many_pings' } }])
  expect(testApp.failures[0]?.connection).toBe(connection)
  expect(testApp.hub.stats()).toMatchObject({ closed: { 'ping flood': 1 }, failed: 1, received: 0 })
  expect(healthy.connection.state).toBe('open')
})

test('a client that pings and never reads is disconnected before a megabyte waits', async () => {
  const testApp = new TestApp()
  const { socket, connection } = await testApp.stall()
  let most = 0
  const flood = pings(50, 125)
  while (connection.state === 'open') {
    if (!socket.write(flood)) await Promise.race([once(socket, 'drain'), connection.closed])
    most = Math.max(most, connection.bufferedAmount)
  }
  expect(await connection.closed).toMatchObject({ reason: 'ping flood' })
  expect(most).toBeLessThan(1024 * 1024)
}, 20_000)

test('a client that reads its pongs may send any number of pings', async () => {
  const testApp = new TestApp()
  const client = await testApp.stall()
  const { bytes } = reading(client)
  for (let round = 1; round <= 200; round += 1) {
    client.socket.write(pings(50, 1))
    await until(() => bytes() === round * 50 * 3)
  }
  expect(client.connection.state).toBe('open')
})

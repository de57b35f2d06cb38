import { closeReason, cutToBytes } from '../src/connection/closure.js'
import { Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

// The connection closes with any reason, and the client gets as much of it as a close frame holds.

afterEach(closeHubServers)

const REASONS: [string, string, string][] = [
  ['123 bytes', 'x'.repeat(123), 'x'.repeat(123)],
  ['124 bytes', 'x'.repeat(124), 'x'.repeat(123)],
  ['characters of two bytes', 'é'.repeat(100), 'é'.repeat(61)],
  ['characters of three bytes', '€'.repeat(100), '€'.repeat(41)],
  ['characters of four bytes', `x${'😀'.repeat(100)}`, `x${'😀'.repeat(30)}`],
  ['a megabyte', 'y'.repeat(1_000_000), 'y'.repeat(123)],
]

describe.each(REASONS)('a reason of %s', (_, reason, expected) => {
  test('a long close reason is cut between two characters', () => {
    expect(closeReason(reason)).toBe(expected)
  })

  test.each(['close', 'disconnect'] as const)('a long close reason reaches the client of %s()', async (method) => {
    const { client, connection } = await new HubServer().connect()
    connection[method](4403, reason)
    expect(await client.closed).toEqual({ code: 4403, reason: expected })
  })

  test('a long close reason reaches the clients of an audience', async () => {
    const hubServer = new HubServer()
    const { client } = await hubServer.connect({ user: 'ada' })
    hubServer.hub.user('ada').disconnect(4403, reason)
    expect(await client.closed).toEqual({ code: 4403, reason: expected })
  })
})

test('a handler that disconnects with a long reason does not throw', async () => {
  const router = new Router().handle('go', ({ connection }) => connection.disconnect(4403, 'no '.repeat(100)))
  const hubServer = new HubServer({ router })
  const { client } = await hubServer.connect()
  client.emit('go')
  expect(await client.closed).toMatchObject({ code: 4403 })
  expect(hubServer.failures).toEqual([])
})

test.each([[new Error('why')], [null], [5], [{}], [Symbol('x')]])(
  'the connection closes with %p as a reason',
  async (reason) => {
    const { client, connection } = await new HubServer().connect()
    connection.disconnect(4403, reason as unknown as string)
    expect(await client.closed).toMatchObject({ code: 4403, reason: reason instanceof Error ? 'why' : '' })
  },
)

test('a close reason that fits is not changed', () => {
  expect(cutToBytes('é', 2)).toBe('é')
  expect(cutToBytes('é', 1)).toBe('')
  expect(cutToBytes('😀', 3)).toBe('')
  expect(cutToBytes('', 0)).toBe('')
})

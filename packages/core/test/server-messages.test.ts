import { encodeMessage } from '../src/cluster/cluster-message.js'
import type { ServerMessage } from '../src/index.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'
import { cluster, idOf, serversOf } from './other-servers.js'
import { until } from '../../../test/support/wait.js'

// hub.servers.emit and hub.onServerMessage: messages of the app on one server to the app on the others.

afterEach(closeHubServers)

/** The messages that a server gets. */
function messagesAt({ hub }: HubServer): ServerMessage[] {
  const received: ServerMessage[] = []
  hub.onServerMessage((message) => received.push(message))
  return received
}

describe('a message between servers', () => {
  test('a message reaches the other servers, in order, and not its sender', async () => {
    const hubServers = await cluster(new MemoryNetwork(), 3)
    const [one] = hubServers as [HubServer]
    const [own, ...others] = hubServers.map(messagesAt)
    for (let n = 0; n < 100; n += 1) serversOf(one).emit('prices', { n })
    serversOf(one).emit('end')
    await until(() => others.every((received) => received.length === 101))
    const server = idOf(one)
    const sent = Array.from({ length: 100 }, (_, n) => ({ type: 'prices', payload: { n }, server }))
    for (const received of others) expect(received).toEqual([...sent, { type: 'end', payload: undefined, server }])
    expect(own).toEqual([])
  })

  test('a message between servers reaches no client', async () => {
    const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
    const received = messagesAt(two)
    const peers = [await one.connect({ user: 'ann' }), await two.connect({ user: 'ann', rooms: ['a'] })]
    serversOf(one).emit('secret', 'x')
    await until(() => received.length === 1)
    two.hub.emit('mark')
    for (const { client } of peers) expect(await client.next()).toEqual({ type: 'mark' })
  })

  test('a message between servers is not published if there is one server', async () => {
    const hubServer = new HubServer()
    const received = messagesAt(hubServer)
    serversOf(hubServer).emit('prices')
    await hubServer.hub.close()
    serversOf(hubServer).emit('prices')
    expect([received, hubServer.failures]).toEqual([[], []])
  })

  test('a removed handler gets no message between servers, and the others still do', async () => {
    const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
    const received = messagesAt(two)
    const late: unknown[] = []
    const handler = (message: unknown): unknown => late.push(message)
    const offs = [two.hub.onServerMessage(handler), two.hub.onServerMessage(handler)]
    offs[0]?.()
    offs[0]?.()
    serversOf(one).emit('a')
    await until(() => received.length === 1)
    expect(late).toHaveLength(1)
    offs[1]?.()
    serversOf(one).emit('b')
    await until(() => received.length === 2)
    expect(late).toHaveLength(1)
  })

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('handler')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('handler'))],
  ])('a handler that %s is reported once with the stage server, and the others run', async (_, handler) => {
    const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
    two.hub.onServerMessage(handler)
    const received = messagesAt(two)
    serversOf(one).emit('a')
    await until(() => two.failures.length > 0)
    expect(received).toHaveLength(1)
    expect(two.failures).toMatchObject([{ stage: 'server', error: { message: 'handler' } }])
    expect(one.failures).toEqual([])
  })

  test('a handler that is no function is a TypeError', () => {
    expect(() => new HubServer().hub.onServerMessage('log' as never)).toThrow(TypeError)
  })
})

describe('a message between servers that can not be', () => {
  test.each<[string, unknown, unknown]>([
    ['an empty type', '', 1],
    ['a type that is no string', 7, 1],
    ['the type reply', 'reply', 1],
    ['a type of the protocol', 'hub:left', 1],
    ['a payload without a JSON form', 'a', 1n],
  ])('%s is a TypeError', async (_, type, payload) => {
    const network = new Network()
    const { hub } = new HubServer({ broker: network.broker('here') })
    expect(() => hub.servers.emit(type as string, payload)).toThrow(TypeError)
    expect(network.published).toEqual([])
  })

  test('a message of more than 262,144 bytes is too_big, and one of that size arrives', async () => {
    const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
    const received = messagesAt(two)
    const rest = 262_144 - JSON.stringify({ type: 'a', payload: '' }).length
    expect(() => serversOf(one).emit('a', 'x'.repeat(rest + 1))).toThrow(expect.objectContaining({ code: 'too_big' }))
    expect(() => serversOf(one).emit('a', 'é'.repeat(rest / 2 + 1))).toThrow(
      expect.objectContaining({ code: 'too_big' }),
    )
    serversOf(one).emit('a', 'x'.repeat(rest))
    await until(() => received.length === 1)
    expect(received[0]?.payload).toHaveLength(rest)
  })

  test.each<[string, object, string]>([
    ['without a server', { type: 'a', payload: 1 }, 'server'],
    ['without a type', { server: 's', payload: 1 }, 'server'],
    ['with an empty type', { server: 's', type: '' }, 'server'],
    ['with a type of the protocol', { server: 's', type: 'hub:left' }, 'server'],
    ['for a hub of clients', { server: 's', type: 'a' }, 'hub'],
  ])('a message %s from the broker is dropped and counted', async (_, notice, scope) => {
    const network = new Network()
    const hubServer = new HubServer({ broker: network.broker('here') })
    const received = messagesAt(hubServer)
    await hubServer.connect()
    await until(() => network.topics('here').includes('hub/hub/'))
    const address = { scope: scope as 'server', names: [''], except: new Set<string>() }
    network.inject(`hub/${scope}/`, encodeMessage({ id: undefined, address, notice: notice as ServerMessage }))
    expect(hubServer.hub.stats().discarded).toBe(1)
    expect(received).toEqual([])
  })
})

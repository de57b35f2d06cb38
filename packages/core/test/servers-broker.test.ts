import { Hubs } from '../src/index.js'
import { encodeMessage } from '../src/cluster/cluster-message.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { Network } from './network.js'
import { ann, pair, upToMark } from './servers-support.js'

afterEach(closeHubServers)

const fail = async (): Promise<void> => Promise.reject(new Error('broken'))

const broken = (): never => {
  throw new Error('broken')
}

test('two hubs of different names on one broker do not get messages of each other', async () => {
  const network = new Network()
  const chat = new HubServer({ name: 'a', broker: network.broker('chat') })
  const game = new HubServer({ name: 'a/room', broker: network.broker('game') })
  const { client } = await game.connect({ rooms: ['x'] })
  chat.hub.emit('no')
  chat.hub.room('x').emit('no')
  game.hub.emit('yes')
  expect(await client.next()).toEqual({ type: 'yes' })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('hello')],
  ['another version', Buffer.from([9, 0, 0, 0, 0])],
  [
    'half a message',
    encodeMessage({
      id: undefined,
      address: { scope: 'hub', names: [''], except: new Set() },
      frame: Buffer.from('xx'),
    }).subarray(0, 20),
  ],
  [
    'an invalid frame',
    encodeMessage({
      id: undefined,
      address: { scope: 'hub', names: [''], except: new Set() },
      frame: Buffer.from('xx'),
    }),
  ],
  [
    'an invalid command',
    encodeMessage({
      id: undefined,
      address: { scope: 'hub', names: [''], except: new Set() },
      command: { do: 'disconnect', code: 1006, reason: '' },
    }),
  ],
])('%s on a channel is dropped and counted, and later messages are delivered', async (_, bytes) => {
  const { network, there } = await pair()
  const peer = await there.connect(ann)
  expect(() => network.inject('hub/hub/', bytes)).not.toThrow()
  expect(await upToMark(peer, there)).toEqual([])
  expect(peer.connection.state).toBe('open')
  expect(there.hub.stats().discarded).toBe(1)
})

test('valid messages of another server are not counted as dropped', async () => {
  const { here, there } = await pair()
  const peer = await there.connect(ann)
  here.hub.room('a').emit('said', 1)
  here.hub.room('a').emit('moved', 1, { volatile: true })
  expect(await upToMark(peer, here)).toHaveLength(2)
  expect(there.hub.stats().discarded).toBe(0)
})

test('a broker that fails is reported, and local delivery goes on', async () => {
  const hubServer = new HubServer({
    broker: { connect: fail, subscribe: broken, unsubscribe: fail, publish: fail, close: broken },
  })
  const { client, connection } = await hubServer.connect(ann)
  await connection.join('x')
  hubServer.hub.room('x').emit('local')
  expect(await client.next()).toEqual({ type: 'local', room: 'x' })
  await client.close()
  await connection.closed
  await hubServer.hub.close()
  expect(new Set(hubServer.failures.map(({ stage }) => stage))).toEqual(new Set(['broker']))
})

test('hubs that share a broker connect it once, get only their own messages, and close it with the last hub', async () => {
  const network = new Network()
  const calls: string[] = []
  const broker = network.broker('here')
  const counted = {
    ...broker,
    connect: (...args: Parameters<typeof broker.connect>) => (calls.push('connect'), broker.connect(...args)),
    close: () => (calls.push('close'), broker.close()),
  }
  const hubs = new Hubs({ broker: counted })
  const [a, b] = [hubs.create('a'), hubs.create('b')]
  const there = new HubServer({ broker: network.broker('there'), name: 'b' })
  const peer = await there.connect(ann)
  a.emit('text', 'from a')
  b.emit('text', 'from b')
  expect(await peer.client.next()).toEqual({ type: 'text', payload: 'from b' })
  await a.close()
  expect(calls).toEqual(['connect'])
  await hubs.close()
  expect(calls).toEqual(['connect', 'close'])
})

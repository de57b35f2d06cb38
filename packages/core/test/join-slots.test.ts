import { until } from '../../../test/support/wait.js'
import { closeHubServers } from './hub-server.js'
import { type Ending, join, type Joiner, JoinServer } from './joining.js'

// The authorisations of a connection that run at a time, and joins that end before their verdict.

afterEach(closeHubServers)

/** Asks for more rooms than are authorised at a time. */
function joinAll(peer: Joiner): Promise<Ending>[] {
  return Array.from({ length: 9 }, (_, n) => join(peer, `held:${n}`))
}

test('a join of a room that clients cannot join is answered forbidden while the slots of the connection are taken', async () => {
  const hubServer = new JoinServer()
  const peer = await hubServer.connect()
  void joinAll(peer)
  expect(await join(peer, 'nothing')).toEqual({ error: 'forbidden' })
})

test('a join that waits for a slot is not authorised after its connection has closed', async () => {
  const hubServer = new JoinServer()
  const [peer, other] = [await hubServer.connect(), await hubServer.connect()]
  void joinAll(peer)
  await peer.client.request('hub:ping')
  peer.client.terminate()
  await until(() => hubServer.hub.connections.size === 1)
  for (const { allow } of hubServer.asked) allow()
  expect(await join(other, 'open:1')).toMatchObject({ reply: {} })
  expect(hubServer.asked.length).toBe(8)
})

test('a verdict and an error of authorize after its timeout are not reported', async () => {
  const hubServer = new JoinServer({ limits: { authorizeTimeout: 20 } })
  const peer = await hubServer.connect()
  await Promise.all([join(peer, 'held:1'), join(peer, 'held:2')])
  hubServer.asked[0]?.allow('yes')
  hubServer.asked[1]?.fail(new Error('a bug'))
  expect(await join(peer, 'open:1')).toMatchObject({ reply: {} })
  expect(hubServer.failures).toMatchObject([{ error: { code: 'timeout' } }, { error: { code: 'timeout' } }])
})

test('an authorize that has settled in time is not reported as timed out', async () => {
  const hubServer = new JoinServer({ limits: { authorizeTimeout: 20 } })
  const peer = await hubServer.connect()
  const joined = join(peer, 'held:1')
  await until(() => hubServer.asked.length === 1)
  hubServer.asked[0]?.allow()
  expect(await joined).toMatchObject({ reply: {} })
  expect(await join(peer, 'held:2')).toEqual({ error: 'timeout' })
  expect(hubServer.failures.length).toBe(1)
})

test.each([
  ['hub:recover', { room: 'open:1' }, { code: 'invalid_message', message: 'A hub:recover needs an id.' }],
  ['hub:leave', null, { code: 'invalid_payload' }],
  ['hub:leave', { room: 'open:2' }, { code: 'not_in_room', message: 'The connection is not in this room.' }],
])('a %s with the payload %p that cannot be served is answered with an error', async (type, payload, error) => {
  const hubServer = new JoinServer()
  const { client } = await hubServer.connect()
  client.emit(type, payload)
  expect(await client.next()).toMatchObject({ type: 'error', payload: error })
})

test('the error of a hub:leave of a room that the server chose says so', async () => {
  const hubServer = new JoinServer()
  const { client } = await hubServer.connect({ rooms: ['described'] })
  client.send(JSON.stringify({ type: 'hub:leave', id: 1, payload: { room: 'described' } }))
  const message = 'The server has put the connection into this room.'
  expect(await client.next()).toMatchObject({ id: 1, payload: { code: 'forbidden', message } })
})

import { Hub, Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { ask, join, JoinServer } from './joining.js'

afterEach(closeHubServers)

describe('hub:leave', () => {
  test('hub:leave ends a membership that hub:join made, and nothing of the room follows', async () => {
    const hubServer = new JoinServer()
    const peer = await hubServer.connect()
    await join(peer, 'open:1')
    expect(await ask(peer, 'hub:leave', { room: 'open:1' })).toEqual({ reply: {} })
    hubServer.hub.room('open:1').emit('said')
    await peer.client.quiet()
    expect(hubServer.hub.rooms.size).toBe(0)
  })

  test('hub:leave ends one of two memberships that hub:join made, and then the other', async () => {
    const hubServer = new JoinServer()
    const peer = await hubServer.connect()
    await join(peer, 'open:1')
    await join(peer, 'open:2')
    expect(await ask(peer, 'hub:leave', { room: 'open:1' })).toEqual({ reply: {} })
    expect([...peer.connection.rooms]).toEqual(['open:2'])
    expect(await ask(peer, 'hub:leave', { room: 'open:2' })).toEqual({ reply: {} })
  })

  test.each([
    ['a room that the server chose', 'described', 'forbidden'],
    ['a room that it is not in', 'open:2', 'not_in_room'],
    ['no room', undefined, 'invalid_payload'],
  ])('hub:leave of %s is answered with an error', async (_, room, error) => {
    const hubServer = new JoinServer()
    const peer = await hubServer.connect({ rooms: ['described'] })
    expect(await ask(peer, 'hub:leave', { room })).toEqual({ error })
    expect([...peer.connection.rooms]).toEqual(['described'])
  })

  test('hub:leave of a room that the server chose stays forbidden after a hub:join', async () => {
    const hubServer = new JoinServer()
    const peer = await hubServer.connect({ rooms: ['described'] })
    await join(peer, 'described')
    expect(await ask(peer, 'hub:leave', { room: 'described' })).toEqual({ error: 'forbidden' })
  })
})

describe('a hub', () => {
  test('a hub without a router refuses a room with authorize', () => {
    const hub = new Hub()
    expect(() => hub.createRoom('a', { authorize: () => true })).toThrow(
      /^The option authorize needs a hub with a router/,
    )
  })

  test.each([[true], ['yes'], [{}]])('a hub refuses the option authorize %p', (authorize) => {
    const hub = new Hub({ router: new Router() })
    expect(() => hub.createRoom('a', { authorize: authorize as never })).toThrow(
      'The option authorize must be a function',
    )
  })

  test('a hub answers an unknown type of the protocol with an error, and does not call its fallback', async () => {
    const seen: unknown[] = []
    const hubServer = new HubServer({ router: new Router().fallback(({ type }) => void seen.push(type)) })
    const peer = await hubServer.connect()
    expect(await ask(peer, 'hub:nothing')).toEqual({ error: 'unknown_type' })
    expect(seen).toEqual([])
  })

  test('a hub holds nothing for 10,000 joins of forbidden rooms', async () => {
    const hubServer = new JoinServer()
    const peer = await hubServer.connect()
    for (let batch = 0; batch < 100; batch += 1) {
      const asked = Array.from({ length: 100 }, (__, n) => join(peer, `secret:${batch}:${n}`))
      expect(new Set((await Promise.all(asked)).map((ending) => JSON.stringify(ending)))).toEqual(
        new Set(['{"error":"forbidden"}']),
      )
    }
    expect(hubServer.hub.rooms.size).toBe(0)
    expect(hubServer.failures).toEqual([])
    expect(hubServer.hub.stats().rejected['forbidden']).toBe(10_000)
  })
})

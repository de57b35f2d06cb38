import type { Room } from '../src/index.js'
import { stage, stageWithRooms } from './support/rooms-stage.js'
import { nextOf } from './support/client-server.js'

stageWithRooms(({ url }) => ({ user: new URL(url, 'http://app').searchParams.get('as') ?? 'nobody' }))

function users({ presence }: Room): string[] {
  return presence.map(({ user }) => user).toSorted()
}

describe('presence', () => {
  test('a member gets the users of a room, and their joins and leaves', async () => {
    const ada = stage.client({}, '?as=ada')
    const room = ada.room('people')
    await room.joined
    expect(users(room)).toEqual(['ada'])
    const came = nextOf<unknown>((listener) => room.onPresence(listener))
    const bob = stage.client({}, '?as=bob')
    const other = bob.room('people')
    await other.joined
    await came
    expect([users(room), users(other)]).toEqual([
      ['ada', 'bob'],
      ['ada', 'bob'],
    ])
    const went = nextOf<unknown>((listener) => room.onPresence(listener))
    bob.close()
    await went
    expect(users(room)).toEqual(['ada'])
  })

  test('a member gets the states of other users and their changes', async () => {
    const ada = stage.client({}, '?as=ada')
    const room = ada.room('people')
    await room.joined
    const seen = nextOf<unknown>((listener) =>
      room.onPresence((present) => {
        const [entry] = present
        if (entry?.state !== undefined) listener(entry)
      }),
    )
    for (const connection of stage.hub.connections.values()) connection.setPresence({ status: 'busy' })
    expect(await seen).toEqual({ user: 'ada', state: { status: 'busy' }, connections: [expect.any(String)] })
    expect(room.presence).toMatchObject([{ state: { status: 'busy' } }])
  })

  test('a room that is too large for a list shows the number of its users', async () => {
    stage.hub.createRoom('crowd', { presence: { limit: 2 }, authorize: () => true })
    const room = stage.client({}, '?as=ada').room('crowd')
    await room.joined
    expect([users(room), room.presenceCount]).toEqual([['ada'], 1])
    const three = nextOf<number>((listener) => room.onPresence((_, count) => count === 3 && listener(count)))
    const others = ['bob', 'cid'].map((name) => stage.client({}, `?as=${name}`).room('crowd'))
    await Promise.all(others.map(({ joined }) => joined))
    await three
    expect([users(room), room.presenceCount]).toEqual([[], 3])
  })
})

import type { Room } from '../src/index.js'
import { stage, stageWithRooms } from './support/rooms-stage.js'
import { nextOf } from './support/client-server.js'

stageWithRooms(({ url }) => ({ user: new URL(url, 'http://app').searchParams.get('as') ?? 'nobody' }))

function users({ presence }: Room): string[] {
  return presence.map(({ user }) => user).toSorted()
}

describe('presence', () => {
  test('a member sees who is there, who comes and who goes', async () => {
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
})

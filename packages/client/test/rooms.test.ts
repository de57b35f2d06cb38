import type { Position } from '../src/index.js'
import { cut, head, join, joins, open, say, stage, stageWithRooms } from './support/rooms-stage.js'
import { nextOf, statusOf } from './support/client-server.js'

// Rooms of a real hub, with real losses.

stageWithRooms()

describe('a room with history', () => {
  test('messages missed during a loss arrive once and in order', async () => {
    const { client, room, got } = join('log')
    await room.joined
    say(1, 2)
    await client.request('echo')
    cut()
    await statusOf(client, 'waiting')
    say(3, 4)
    await room.joined
    say(5)
    await client.request('echo')
    expect(got).toEqual([1, 2, 3, 4, 5])
  })

  test('a client that missed more than the room keeps gets one reset', async () => {
    const { client, room, got } = join('log')
    const resets: string[] = []
    room.onReset((reason) => resets.push(reason))
    await room.joined
    say(1)
    await client.request('echo')
    cut()
    await statusOf(client, 'waiting')
    say(2, 3, 4, 5, 6, 7, 8)
    await room.joined
    say(9)
    await client.request('echo')
    expect(resets).toEqual(['too_far'])
    expect(got).toEqual([1, 9])
  })

  test('a server that has forgotten the history resets the room', async () => {
    const { client, room, got } = join('log')
    const reset = nextOf<string>((listener) => room.onReset(listener))
    await room.joined
    say(1)
    await client.request('echo')
    await stage.kill()
    await stage.restart()
    open()
    expect(await reset).toBe('epoch')
    await room.joined
    say(2)
    await client.request('echo')
    expect(got).toEqual([1, 2])
  })

  test('the last messages come with the first join', async () => {
    say(1, 2, 3)
    const client = stage.client()
    const room = client.room('log', { last: 2 })
    const got: unknown[] = []
    room.on('said', (payload) => got.push(payload))
    await room.joined
    expect(got).toEqual([2, 3])
  })

  test('a room continues from the position of another client', async () => {
    const first = join('log')
    await first.room.joined
    say(1)
    await first.client.request('echo')
    const { position } = first.room
    say(2)
    const client = stage.client()
    const room = client.room('log', { from: position })
    const got: unknown[] = []
    room.on('said', (payload) => got.push(payload))
    await room.joined
    expect(got).toEqual([2])
  })

  test('the state is loaded before the first message, and again after a reset', async () => {
    const client = stage.client()
    const order: unknown[] = []
    const load = async (): Promise<Position> => {
      order.push('load')
      say(order.length)
      return head()
    }
    const room = client.room('log', { load })
    room.on('said', (payload) => order.push(payload))
    await room.joined
    say('a')
    await client.request('echo')
    cut()
    await statusOf(client, 'waiting')
    say(0, 0, 0, 0, 0, 0)
    await room.joined
    say('b')
    await client.request('echo')
    expect(order).toEqual(['load', 'a', 'load', 'b'])
  })

  test('a state that can not be loaded is loaded again, and the error is reported', async () => {
    const client = stage.client()
    const error = nextOf<unknown>((listener) => client.onError(listener))
    const loads = [() => Promise.reject(new Error('no database')), () => Promise.resolve()]
    await client.room('log', { load: async () => loads.shift()?.() }).joined
    expect(await error).toMatchObject({ message: 'no database' })
    expect(loads).toEqual([])
  })
})

describe('a room without history', () => {
  test('a lost connection resets a room without history', async () => {
    const { room } = join('plain')
    const reset = nextOf<string>((listener) => room.onReset(listener))
    await room.joined
    cut()
    expect(await reset).toBe('no_history')
  })
})

describe('holders', () => {
  test('a room is joined once for two holders, and left with the last', async () => {
    const { client, room } = join('log')
    const second = client.room('log')
    await Promise.all([room.joined, second.joined])
    room.leave()
    await client.request('echo')
    expect(stage.hub.room('log').size).toBe(1)
    second.leave()
    await client.request('echo')
    expect(stage.hub.room('log').size).toBe(0)
    expect(joins).toEqual(['log'])
  })

  test('a handle that has left gets no events while another handle of the room does', async () => {
    const { client, room, got } = join('log')
    const second = client.room('log')
    await second.joined
    const said = nextOf<unknown>((listener) => second.on('said', listener))
    room.leave()
    say(1)
    expect(await said).toBe(1)
    expect(got).toEqual([])
  })

  test('the state is loaded by a holder that remains after the first has left', async () => {
    const client = stage.client()
    const loads: string[] = []
    const [first] = ['first', 'second'].map((name) => client.room('log', { load: () => void loads.push(name) }))
    await first?.joined
    first?.leave()
    const second = client.room('log', { load: () => undefined })
    cut()
    await statusOf(client, 'waiting')
    say(1, 2, 3, 4, 5, 6, 7)
    await second.joined
    expect(loads).toEqual(['first', 'second'])
  })

  test('holders that disagree on options throw', () => {
    const { client } = join('log')
    expect(() => client.room('log', { last: 5 })).toThrow('room_options')
  })

  test('leave() before the join is answered rejects joined', async () => {
    const { room } = join('log')
    const joined = room.joined
    room.leave()
    await expect(joined).rejects.toMatchObject({ code: 'left' })
  })
})

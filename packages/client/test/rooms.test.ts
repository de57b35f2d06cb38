import { HubError, Router } from '@wshub/core'
import type { Client, ClientOptions, Position, Room } from '../src/index.js'
import { nextOf, Stage, statusOf } from './support/stage.js'

// Rooms of a real hub, with real losses.

const joins: string[] = []

const router = new Router().handle('echo', ({ payload }) => payload)

let stage: Stage

beforeEach(async () => {
  joins.length = 0
  stage = await Stage.open({ router })
  open()
})

afterEach(async () => {
  await stage.close()
})

/** Whether somebody may come in. */
function authorize(_: unknown, { room, payload }: { readonly room: string; readonly payload: unknown }): boolean {
  joins.push(room)
  return payload !== 'let me not in'
}

/** Opens the rooms of the hub that runs now to its clients. */
function open(): void {
  stage.hub.createRoom(/^log.*/, { history: { size: 5 }, authorize })
  stage.hub.createRoom('plain', { authorize })
  stage.hub.createRoom('secret', {
    authorize: () => {
      joins.push('secret')
      throw new HubError('members_only', 'Not you.')
    },
  })
  stage.hub.createRoom('people', { presence: true, authorize })
}

function join(name: string, options: ClientOptions = {}): { client: Client; room: Room; got: unknown[] } {
  const client = stage.client(options)
  const room = client.room(name)
  const got: unknown[] = []
  room.on('said', (payload) => got.push(payload))
  return { client, room, got }
}

function say(...payloads: unknown[]): void {
  for (const payload of payloads) stage.hub.room('log').emit('said', payload)
}

/** Where the room stands. */
async function head(): Promise<Position> {
  const { history } = stage.hub.room('log')
  if (!history) throw new Error('The room has no history.')
  return history.position()
}

/** Cuts every connection while the hub goes on. */
function cut(): void {
  for (const connection of stage.hub.connections.values()) connection.terminate()
}

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

  test('a client that missed more than the room keeps is told once', async () => {
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
  test('a loss resets the room', async () => {
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

  test('a handle that has left hears nothing, while the other does', async () => {
    const { client, room, got } = join('log')
    const second = client.room('log')
    await second.joined
    const said = nextOf<unknown>((listener) => second.on('said', listener))
    room.leave()
    say(1)
    expect(await said).toBe(1)
    expect(got).toEqual([])
  })

  test('holders that disagree on options throw', () => {
    const { client } = join('log')
    expect(() => client.room('log', { last: 5 })).toThrow('room_options')
  })

  test('a handle that leaves before it came in rejects joined', async () => {
    const { room } = join('log')
    const joined = room.joined
    room.leave()
    await expect(joined).rejects.toMatchObject({ code: 'left' })
  })
})

function users({ presence }: Room): string[] {
  return presence.map(({ user }) => user).toSorted()
}

describe('presence', () => {
  beforeEach(async () => {
    await stage.close()
    stage = await Stage.open({ router }, ({ url }) => ({
      user: new URL(url, 'http://app').searchParams.get('as') ?? 'nobody',
    }))
    open()
  })

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

describe('refusals', () => {
  test('a room that the server refuses rejects with its code, and is not joined after a loss', async () => {
    const { client, room } = join('secret')
    await expect(room.joined).rejects.toMatchObject({ code: 'members_only' })
    cut()
    await statusOf(client, 'waiting')
    await client.ready
    expect(joins).toEqual(['secret'])
    await expect(room.joined).rejects.toMatchObject({ code: 'members_only' })
  })

  test('a room that the server does not open is forbidden', async () => {
    await expect(join('nowhere').room.joined).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('the payload of the first holder reaches authorize', async () => {
    const room = stage.client().room('plain', { payload: 'let me not in' })
    await expect(room.joined).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('a client that is removed is told once, and hears nothing of the room any more', async () => {
    const { client, room, got } = join('log')
    await room.joined
    const left = nextOf<string>((listener) => room.onLeft(listener))
    stage.hub.leave('log')
    expect(await left).toEqual(expect.any(String))
    say(1)
    cut()
    await statusOf(client, 'waiting')
    await client.ready
    say(2)
    await client.request('echo')
    expect([got, joins]).toEqual([[], ['log']])
  })

  test('a request in a refused room rejects with the code of the refusal', async () => {
    const { room } = join('secret')
    await expect(room.request('echo', 1)).rejects.toMatchObject({ code: 'members_only' })
  })

  test('a closed client rejects those who wait to come in, and joins again by open', async () => {
    const { client, room } = join('log')
    const joined = room.joined
    client.close()
    await expect(joined).rejects.toMatchObject({ code: 'closed' })
    client.open()
    await room.joined
    expect(await room.request('echo', 7)).toBe(7)
  })
})

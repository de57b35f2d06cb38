import { cut, join, joins, say, stage, stageWithRooms } from './support/rooms-stage.js'
import { nextOf, statusOf } from './support/client-server.js'

stageWithRooms()

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

  test('a removed client does not join the room again and gets no more messages of it', async () => {
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

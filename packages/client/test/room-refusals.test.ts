import { cut, join, joins, say, stage, stageWithRooms } from './support/rooms-stage.js'
import { nextOf, statusOf } from './support/client-server.js'

stageWithRooms()

describe('refusals', () => {
  test('a refused room rejects with the code of the server, and is not joined after a reconnect', async () => {
    const { client, room } = join('secret')
    await expect(room.joined).rejects.toMatchObject({ code: 'members_only' })
    cut()
    await statusOf(client, 'waiting')
    await client.ready
    expect(joins).toEqual(['secret'])
    await expect(room.joined).rejects.toMatchObject({ code: 'members_only' })
  })

  test('a room without authorize is answered forbidden', async () => {
    await expect(join('nowhere').room.joined).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('the payload of the first holder reaches authorize', async () => {
    const room = stage.client().room('plain', { payload: 'let me not in' })
    await expect(room.joined).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('a removed client does not rejoin the room and gets no more of its messages', async () => {
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

  test('a closed client rejects pending joins, and open() joins their rooms again', async () => {
    const { client, room } = join('log')
    const joined = room.joined
    client.close()
    await expect(joined).rejects.toMatchObject({ code: 'closed' })
    client.open()
    await room.joined
    expect(await room.request('echo', 7)).toBe(7)
  })
})

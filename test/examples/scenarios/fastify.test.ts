import * as broadcast from '../../../examples/scenarios/src/broadcast.js'
import * as joinCommand from '../../../examples/scenarios/src/join-command.js'
import * as rateLimit from '../../../examples/scenarios/src/rate-limit.js'
import * as roomChat from '../../../examples/scenarios/src/room-chat.js'
import * as shutdownNotice from '../../../examples/scenarios/src/shutdown-notice.js'
import * as tokenAuth from '../../../examples/scenarios/src/token-auth.js'
import * as typedMessages from '../../../examples/scenarios/src/typed-messages.js'
import * as users from '../../../examples/scenarios/src/users.js'
import { until } from '../../support/wait.js'
import { siteOf } from './site.js'

// The programs of examples/scenarios that are Fastify apps.

describe('typed-messages.ts', () => {
  const site = siteOf(typedMessages)

  test('each type of message gets the answer of its handler', async () => {
    const [ada, bob] = await site.connectAll('/ws', '/ws')
    ada?.emit('echo', 'hi')
    expect(await ada?.next()).toEqual({ type: 'echo', payload: 'hi' })
    expect(await ada?.request('uppercase', 'hi')).toBe('HI')
    ada?.emit('broadcast', 'to all')
    expect(await bob?.next('broadcast')).toMatchObject({ payload: 'to all' })
  })

  test.each([
    ['an unknown type', '{"type":"nothing"}', 'unknown_type'],
    ['a wrong payload', '{"type":"echo","payload":1}', 'invalid_payload'],
    ['a text that is no JSON', 'hello', 'invalid_message'],
  ])('%s is answered with an error', async (_, text, code) => {
    const client = await site.connect('/ws')
    client.send(text)
    expect(await client.next('error')).toMatchObject({ payload: { code } })
  })
})

describe('room-chat.ts', () => {
  const site = siteOf(roomChat)

  test('members of a room are notified of joins and leaves, with the number of members', async () => {
    const [ada, bob] = await site.connectAll('/ws?user=ada', '/ws?user=bob')
    expect(await ada?.next()).toMatchObject({ type: 'user_joined', payload: { user: 'bob', count: 2 } })
    await bob?.request('leave_room', 'general')
    expect(await ada?.next()).toMatchObject({ type: 'user_left', payload: { user: 'bob', count: 1 } })
    await ada?.close()
  })

  test('a line is saved, and reaches the members of its room alone', async () => {
    const [ada, bob, cleo] = await site.connectAll('/ws?user=ada', '/ws?user=bob', '/ws?user=cleo')
    for (const client of [ada, bob]) await client?.request('join_room', 'tech')
    await ada?.request('chat', { room: 'tech', text: 'hi' })
    expect(await bob?.next('chat')).toMatchObject({ payload: { room: 'tech', user: 'ada', text: 'hi' } })
    await ada?.request('chat', { room: 'general', text: 'hello' })
    expect(await cleo?.next('chat')).toMatchObject({ payload: { room: 'general', text: 'hello' } })
    expect(roomChat.saved).toMatchObject([{ text: 'hi' }, { text: 'hello' }])
  })

  test('a line to a room that the client has not joined is refused', async () => {
    const client = await site.connect('/ws')
    await expect(client.request('chat', { room: 'tech', text: '' })).rejects.toMatchObject({ code: 'not_in_room' })
    await expect(client.request('join_room', 'none')).rejects.toMatchObject({ code: 'invalid_payload' })
  })
})

describe('users.ts', () => {
  const site = siteOf(users)

  test('HTTP counts and finds the connections of a user', async () => {
    await site.connectAll('/ws?user=ada', '/ws?user=ada', '/ws?user=bob')
    expect((await site.call('GET', '/stats')).body).toEqual({ connections: 3, users: 2, rooms: 0 })
    const { connections } = (await site.call('GET', '/users/ada')).body as { connections: string[] }
    expect(connections.toSorted()).toEqual(
      users.hub
        .user('ada')
        .members()
        .map(({ id }) => id)
        .toSorted(),
    )
  })

  test('messages reach one user, a group or everybody', async () => {
    const [ada, cleo] = await site.connectAll('/ws?user=ada', '/ws?user=cleo')
    await site.call('POST', '/users/ada/messages', { n: 1 })
    await site.call('POST', '/groups/staff/messages', { n: 2 })
    await site.call('POST', '/messages', { n: 3 })
    const payloads = [await ada?.next(), await ada?.next(), await ada?.next()]
    expect(payloads).toMatchObject([{ payload: { n: 1 } }, { payload: { n: 2 } }, { payload: { n: 3 } }])
    expect(await cleo?.next()).toMatchObject({ type: 'announcement', payload: { n: 3 } })
  })

  test('HTTP pings and closes a connection by its id, and the user keeps the others', async () => {
    const [phone] = await site.connectAll('/ws?user=dan', '/ws?user=dan')
    const [first] = users.hub.user('dan').members()
    const ping = await site.call('GET', `/connections/${first?.id}/ping`)
    expect(ping.body).toEqual({ ms: expect.any(Number) })
    await site.call('DELETE', `/connections/${first?.id}`)
    expect(await phone?.closed).toEqual({ code: 4403, reason: 'removed by an administrator' })
    await until(() => users.hub.user('dan').members().length === 1)
  })
})

describe('rate-limit.ts', () => {
  const site = siteOf(rateLimit)

  test('messages beyond the limit are answered rate_limited, and the connection stays open', async () => {
    const client = await site.connect('/ws')
    for (let count = 0; count < 30; count += 1) client.send('hi')
    expect(await client.next('error')).toMatchObject({ payload: { code: 'rate_limited' } })
    expect(rateLimit.hub.connections.size).toBe(1)
    await client.close()
  })

  test('a client that ignores the refusals is closed with 4429', async () => {
    const client = await site.connect('/ws')
    for (let count = 0; count < 200; count += 1) client.send('hi')
    expect(await client.closed).toMatchObject({ code: 4429 })
  })
})

describe('broadcast.ts', () => {
  const site = siteOf(broadcast)

  test('what a client sends and what is posted goes to all clients', async () => {
    const [ada, bob] = await site.connectAll('/ws', '/ws')
    ada?.send('from Ada')
    expect(await site.call('POST', '/broadcast', { message: 'from HTTP' })).toMatchObject({ body: { success: true } })
    const texts = [ada, bob].map(async (client) => [await client?.next(), await client?.next()])
    const both = ['from Ada', 'from HTTP']
    expect(await Promise.all(texts)).toEqual([both, both])
    expect((await site.call('GET', '/clients')).body).toHaveLength(2)
  })

  test('a body without a message is answered 400', async () => {
    expect(await site.call('POST', '/broadcast', {})).toMatchObject({ status: 400 })
  })
})

describe('join-command.ts', () => {
  const site = siteOf(joinCommand)

  test('"/join tech" changes the room, and texts reach its members', async () => {
    const [ada, bob] = await site.connectAll('/ws', '/ws')
    for (const client of [ada, bob]) expect(await client?.next()).toBe('Joined general')
    ada?.send('/join nowhere')
    expect(await ada?.next()).toBe('Room not found')
    ada?.send('/join tech')
    expect(await ada?.next()).toBe('Joined tech')
    ada?.send('in tech')
    bob?.send('in general')
    expect([await ada?.next(), await bob?.next()]).toEqual(['in tech', 'in general'])
    for (const client of [ada, bob]) await client?.quiet()
  })
})

describe('token-auth.ts', () => {
  const site = siteOf(tokenAuth)

  test('a token opens a connection until it expires', async () => {
    const { token } = (await site.call('POST', '/tokens/ada')).body as { token: string }
    const client = await site.connect('/ws', { protocols: ['wshub', `bearer.${token}`] })
    expect(await client.next()).toBe('Authenticated')
    client.send('hi')
    expect(await client.next()).toBe('ada: hi')
    const { jwt } = tokenAuth.app
    const authorization = `Bearer ${jwt.sign({ sub: 'bob', exp: Math.ceil(Date.now() / 1000 + 0.7) })}`
    const short = await site.connect('/ws', { headers: { authorization } })
    expect(await short.closed).toMatchObject({ code: 4401 })
  })

  test('a client without a valid token is answered 401', async () => {
    const refusals = [{}, { headers: { authorization: 'Bearer no.to.ken' } }].map((options) =>
      site.connect('/ws', options),
    )
    for (const refusal of refusals) await expect(refusal).rejects.toMatchObject({ status: 401 })
  })
})

describe('shutdown-notice.ts', () => {
  const site = siteOf(shutdownNotice)

  test('each client gets the notice, and then 1001 with a time to come back', async () => {
    const clients = await site.connectAll('/ws', '/ws')
    expect(await site.call('GET', '/readyz')).toMatchObject({ status: 200, body: { ready: true } })
    await shutdownNotice.app.close()
    for (const client of clients) {
      expect(await client.next()).toMatchObject({ type: 'server_shutdown' })
      expect(await client.closed).toEqual({ code: 1001, reason: expect.stringMatching(/^retry=\d+$/) })
    }
  })
})

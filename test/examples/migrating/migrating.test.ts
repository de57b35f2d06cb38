import { expectEventually } from '../../support/wait.js'
import { refusal, WsClient } from '../../support/ws-client.js'
import { chatSetup } from './chat-setup.js'
import { libraries, type Login, newPage } from './programs.js'

// The programs of docs/migrating. One file, because loading five libraries takes longer than the tests.

// One scenario for every program: what the chat does before the move, it does after it.

const programs = libraries.flatMap(({ name, before, after, oldPage }) => [
  { name: `the chat on ${name}`, start: before, page: oldPage },
  { name: `the chat moved from ${name}`, start: after, page: newPage },
])

describe.each(programs)('$name', ({ start, page }) => {
  const { post, enter, port } = chatSetup(start)

  test('a message reaches the other members of its room, and no other room', async () => {
    const ada = await enter('ada', page, 'lobby')
    const bob = await enter('bob', page, 'lobby')
    const eve = await enter('eve', page, 'garden')
    await ada.chat.say('lobby', 'hello')
    await bob.chat.say('lobby', 'hi')
    await enter('tom', page, 'garden').then(({ chat }) => chat.say('garden', 'quiet here'))
    await expectEventually(() => expect(eve.said).toEqual(['garden tom: quiet here']))
    await expectEventually(() => expect(ada.said).toEqual(['lobby bob: hi']))
    expect(bob.said).toEqual(['lobby ada: hello'])
  })

  test('a message is answered with its number, and with an error if its room was not joined', async () => {
    const { chat } = await enter('ada', page, 'lobby')
    const answers = await Promise.all([chat.say('lobby', 'one'), chat.say('lobby', 'two')])
    expect(answers).toEqual([{ id: 1 }, { id: 2 }])
    await expect(chat.say('garden', 'three')).rejects.toThrow(/not_in_room|Join garden first/)
  })

  test('a user who may not join a room is refused', async () => {
    const { chat } = await enter('ada', page)
    await expect(chat.join('staff-room')).rejects.toThrow(/forbidden|may not join/)
    await enter('root', page, 'staff-room')
  })

  test('the members of a room are notified of a member that has disconnected', async () => {
    const ada = await enter('ada', page, 'lobby')
    const bob = await enter('bob', page, 'lobby')
    bob.chat.leave()
    await expectEventually(() => expect(ada.left).toEqual(['lobby bob']))
  })

  test('an HTTP route sends an announcement to all clients', async () => {
    const users = [await enter('ada', page, 'lobby'), await enter('bob', page)]
    expect(await post('/announce/tea')).toBe(204)
    await expectEventually(() => expect(users.map(({ announced }) => announced)).toEqual([['tea'], ['tea']]))
  })

  test('an HTTP route disconnects one user, and no other', async () => {
    const ada = await enter('ada', page, 'lobby')
    const bob = await enter('bob', page, 'lobby')
    expect(await post('/kick/bob')).toBe(204)
    await bob.chat.closed
    await expectEventually(() => expect(ada.left).toEqual(['lobby bob']))
    expect(await ada.chat.say('lobby', 'still here')).toEqual({ id: 1 })
  })

  test('a client without a login cannot join a room', async () => {
    const entering = page(port()).then((chat) => chat.join('lobby'))
    await expect(entering).rejects.toThrow(/refused|closed|login first/)
  })
})

// Both on one server, as during the move.

describe.each(libraries)('$name and a hub on one server', ({ during, oldPage }) => {
  const { post, enter, port } = chatSetup(during)

  test('old and new pages exchange messages in the same rooms', async () => {
    const old = await enter('ada', oldPage, 'lobby')
    const moved = await enter('bob', newPage, 'lobby')
    await old.chat.say('lobby', 'hello')
    await moved.chat.say('lobby', 'hi')
    await expectEventually(() => expect(moved.said).toEqual(['lobby ada: hello']))
    await expectEventually(() => expect(old.said).toEqual(['lobby bob: hi']))
  })

  test('an HTTP route reaches old and new pages, and disconnects a user on both', async () => {
    const users = [await enter('ada', oldPage), await enter('ada', newPage)]
    expect(await post('/announce/tea')).toBe(204)
    await expectEventually(() => expect(users.map(({ announced }) => announced)).toEqual([['tea'], ['tea']]))
    expect(await post('/kick/ada')).toBe(204)
    await Promise.all(users.map(({ chat }) => chat.closed))
  })

  test('neither an old nor a new page is served without a login', async () => {
    await expect(newPage(port())).rejects.toThrow(/./)
    await expect(oldPage(port()).then((chat) => chat.join('lobby'))).rejects.toThrow(/refused|closed|login first/)
  })
})

// What differs: docs/migrating has these tables.

/** What a handshake gets: the status of a refusal, or `101` and how the connection ends, if the server ends it at once. */
async function outcomeOf(url: string, { login = {}, origin }: { login?: Login; origin: string }): Promise<string> {
  const headers = { origin, ...(login.cookie && { cookie: login.cookie }) }
  const opening = WsClient.open(url, { headers })
  const client = await opening.catch(() => undefined)
  if (!client) return String((await refusal(opening)).status)
  if (login.cookie || login.token) {
    client.socket.terminate()
    return '101'
  }
  const { code } = await client.closed
  return `101, then ${code}`
}

const without: Readonly<Record<string, string>> = {
  'express-ws': '101, then 4401',
  'koa-websocket': '101, then 4401',
  '@fastify/websocket': '401',
  ws: '401',
}

describe.each(libraries.filter(({ name }) => name in without))('the chat on $name', ({ name, before }) => {
  const { port } = chatSetup(before)

  test(`a client without a login gets ${without[name]}`, async () => {
    const origin = `http://127.0.0.1:${port()}`
    expect(await outcomeOf(`ws://127.0.0.1:${port()}/chat`, { origin })).toBe(without[name])
  })
})

// A page of another site has the cookie of the user, and not a token.
const withCookie = libraries.filter(({ name }) => ['socket.io', 'express-ws', 'koa-websocket'].includes(name))

describe.each(withCookie)('the chat on $name', ({ name, before }) => {
  const { port, login } = chatSetup(before)

  test('a page of another site connects with the login of the user', async () => {
    const ada = await login('ada')
    const path = name === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : '/chat'
    const url = `ws://127.0.0.1:${port()}${path}`
    expect(await outcomeOf(url, { login: ada, origin: 'https://evil.example' })).toBe('101')
  })
})

describe.each(libraries)('the chat moved from $name', ({ after }) => {
  const { port, login } = chatSetup(after)

  test('a client without a login gets 401, and a page of another site 403', async () => {
    const url = `ws://127.0.0.1:${port()}/ws`
    expect((await refusal(WsClient.open(url))).status).toBe(401)
    const ada = await login('ada')
    const asAda = ada.token ? `${url}?token=${ada.token}` : url
    expect(await outcomeOf(asAda, { login: ada, origin: 'https://evil.example' })).toBe('403')
  })
})

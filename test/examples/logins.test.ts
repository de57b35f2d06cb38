import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { scale, testInFull } from '../support/scale'
import { Chats, type Framework, FRAMEWORKS, THOROUGH } from './chat-process'
import { codeOf } from './failure'
import { setUpChat } from './chat-setup'
import { ChatClient } from './chat-client'

// Logins from beginning to end, across restarts.

describe.each(THOROUGH)('%s', (framework) => {
  const on = setUpChat(framework)
  const { logIn, newClient } = on

  describe('login', () => {
    test('a user logs in with a name alone', async () => {
      const chatClient = newClient()
      expect((await chatClient.call('GET', '/api/me')).status).toBe(401)
      const response = await chatClient.call('POST', '/login', { name: '  Ann ' })
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ id: 'ann', name: 'Ann' })
      const cookie = response.headers.get('set-cookie')?.toLowerCase().split('; ')
      expect(cookie).toEqual(expect.arrayContaining(['httponly', 'samesite=lax', 'path=/']))
      expect(await (await chatClient.call('GET', '/api/me')).json()).toEqual({ id: 'ann', name: 'Ann' })
    })

    test.each([
      {},
      { name: '' },
      { name: '  ' },
      { name: 7 },
      { name: 'x'.repeat(25) },
      { name: '<b>' },
      { name: 'a\nb' },
    ])('a login refuses %j as a name', async (body) => {
      const response = await newClient().call('POST', '/login', body)
      expect(response.status).toBe(400)
      expect(await codeOf(response)).toBe('invalid_body')
      expect(response.headers.get('set-cookie')).toBeNull()
    })

    test('a new login gets a new session and invalidates the old one', async () => {
      const ann = await logIn('Ann')
      const stolen = ann.cookie
      const line = await ann.connect()
      await ann.call('POST', '/login', { name: 'Anna' })
      expect(ann.cookie).not.toBe(stolen)
      expect((await fetch(`${on.url}/api/me`, { headers: { Cookie: stolen } })).status).toBe(401)
      expect((await line.closed).code).toBe(4401)
    })
  })

  describe('logout', () => {
    test('a logout closes the sockets of that session and no other', async () => {
      const [phone, laptop, ben] = [await logIn('Ann'), await logIn('Ann'), await logIn('Ben')]
      const lines = [await phone.connect(), await phone.connect()]
      const others = [await laptop.connect(), await ben.connect()]
      expect((await phone.call('POST', '/logout')).status).toBe(204)
      for (const line of lines) expect((await line.closed).code).toBe(4401)
      expect((await phone.call('GET', '/api/me')).status).toBe(401)
      for (const line of others) expect((await line.ask('hub:join', { room: 'lobby' })).type).toBe('reply')
    })

    test('a request in flight does not undo a logout', async () => {
      const ann = await logIn('Ann')
      const cookie = ann.cookie
      const headers = { Cookie: cookie, 'Content-Type': 'application/json', Expect: '100-continue' }
      const posting = request(`${on.url}/api/rooms/lobby/messages`, { method: 'POST', headers })
      posting.flushHeaders()
      await once(posting, 'continue')
      await ann.call('POST', '/logout')
      posting.end('{"text":"Late"}')
      const [response] = (await once(posting, 'response')) as [IncomingMessage]
      await once(response.resume(), 'end')
      expect((await fetch(`${on.url}/api/me`, { headers: { Cookie: cookie } })).status).toBe(401)
    })

    test('a logout without a login is not an error', async () => {
      expect((await newClient().call('POST', '/logout')).status).toBe(204)
    })
  })

  describe('a restart', () => {
    let chats: Chats

    beforeEach(() => {
      chats = new Chats()
    })

    afterEach(async () => {
      await chats.clear()
    })

    test('a restart on another framework keeps every login', async () => {
      const first = chats.start({ args: [framework] })
      const port = await first.port()
      const ann = await ChatClient.loggedIn(await first.url(), 'Ann')
      await first.stop()
      for (const next of scale<readonly Framework[]>(FRAMEWORKS, ['koa'])) {
        const chat = chats.start({ args: [next], env: { PORT: port } })
        await chat.url()
        expect(await (await ann.call('GET', '/api/me')).json()).toEqual({ id: 'ann', name: 'Ann' })
        await (await ann.connect()).close()
        await chat.stop()
      }
    })

    testInFull('a restart does not revive a session that has ended', async () => {
      const first = chats.start({ args: [framework] })
      const port = await first.port()
      const ann = await ChatClient.loggedIn(await first.url(), 'Ann')
      const headers = { Cookie: ann.cookie }
      await ann.call('POST', '/logout')
      await first.stop()
      const url = await chats.start({ args: [framework], env: { PORT: port } }).url()
      expect((await fetch(`${url}/api/me`, { headers })).status).toBe(401)
    })

    testInFull('a restart with another secret invalidates every session', async () => {
      const ann = await ChatClient.loggedIn(await chats.start({ args: [framework] }).url(), 'Ann')
      expect((await fetch(`${on.url}/api/me`, { headers: { Cookie: ann.cookie } })).status).toBe(401)
    })
  })
})

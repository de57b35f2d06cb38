import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Line as ChatLine } from '../../examples/chat/src/hub'
import { type ChatProcess, Chats } from './chat-process'
import { Talker } from './talker'

// The chat without a browser: the built example in a process of its own, REST, and plain WebSockets.

interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly issues?: readonly { message: string }[] }
}

let chats: Chats
let chat: ChatProcess
let url: string

beforeEach(async () => {
  chats = new Chats()
  chat = chats.start()
  url = await chat.url()
})

afterEach(async () => {
  await chats.clear()
})

const logIn = (name: string): Promise<Talker> => Talker.loggedIn(url, name)

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as Failure).error.code
}

describe('the page', () => {
  test('comes with a policy that allows nothing but this server', async () => {
    const response = await fetch(url)
    expect(response.status).toBe(200)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/)
    expect(await response.text()).toContain('<title>Chat</title>')
  })
})

describe('login', () => {
  test('a name is all it takes', async () => {
    const talker = new Talker(url)
    expect((await talker.call('GET', '/api/me')).status).toBe(401)
    const response = await talker.call('POST', '/login', { name: '  Ann ' })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ id: 'ann', name: 'Ann' })
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Lax/)
    expect(await (await talker.call('GET', '/api/me')).json()).toEqual({ id: 'ann', name: 'Ann' })
  })

  test.each([
    {},
    { name: '' },
    { name: '  ' },
    { name: 7 },
    { name: 'x'.repeat(25) },
    { name: '<b>' },
    { name: 'a\nb' },
  ])('no name: %j', async (body) => {
    const response = await new Talker(url).call('POST', '/login', body)
    expect(response.status).toBe(400)
    expect(await codeOf(response)).toBe('invalid_body')
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  test('a new login gets a new session, and the old one is worth nothing', async () => {
    const ann = await logIn('Ann')
    const stolen = ann.cookie
    const line = await ann.connect()
    await ann.call('POST', '/login', { name: 'Anna' })
    expect(ann.cookie).not.toBe(stolen)
    expect((await fetch(`${url}/api/me`, { headers: { Cookie: stolen } })).status).toBe(401)
    expect((await line.closed).code).toBe(4401)
  })

  test('a login survives a restart', async () => {
    const ann = await logIn('Ann')
    const port = await chat.port()
    await chat.stop()
    await chats.start({ env: { PORT: port } }).url()
    expect(await (await ann.call('GET', '/api/me')).json()).toEqual({ id: 'ann', name: 'Ann' })
    await (await ann.connect()).close()
  })
})

describe('logout', () => {
  test('ends the sockets of that login alone', async () => {
    const [phone, laptop, ben] = [await logIn('Ann'), await logIn('Ann'), await logIn('Ben')]
    const lines = [await phone.connect(), await phone.connect()]
    const others = [await laptop.connect(), await ben.connect()]
    expect((await phone.call('POST', '/logout')).status).toBe(204)
    for (const line of lines) expect((await line.closed).code).toBe(4401)
    expect((await phone.call('GET', '/api/me')).status).toBe(401)
    for (const line of others) expect((await line.ask('join', { room: 'lobby' })).type).toBe('reply')
  })

  test('is not undone by a request that was under way', async () => {
    const ann = await logIn('Ann')
    const cookie = ann.cookie
    const headers = { Cookie: cookie, 'Content-Type': 'application/json', Expect: '100-continue' }
    const posting = request(`${url}/api/rooms/lobby/messages`, { method: 'POST', headers })
    posting.flushHeaders()
    await once(posting, 'continue')
    await ann.call('POST', '/logout')
    posting.end('{"text":"Late"}')
    const [response] = (await once(posting, 'response')) as [IncomingMessage]
    await once(response.resume(), 'end')
    expect((await fetch(`${url}/api/me`, { headers: { Cookie: cookie } })).status).toBe(401)
  })

  test('is no mistake where nobody is logged in', async () => {
    expect((await new Talker(url).call('POST', '/logout')).status).toBe(204)
  })
})

describe('REST', () => {
  test('a message that is posted reaches the room', async () => {
    const [ann, ben] = [await logIn('Ann'), await logIn('Ben')]
    const line = await ben.connect()
    await line.request('join', { room: 'lobby' })
    const response = await ann.call('POST', '/api/rooms/lobby/messages', { text: ' Hello ' })
    expect(response.status).toBe(201)
    const posted = (await response.json()) as ChatLine
    expect(posted).toMatchObject({ room: 'lobby', from: { id: 'ann', name: 'Ann' }, text: 'Hello' })
    expect(await line.told('line')).toEqual(posted)
  })

  test.each([
    {},
    { text: '' },
    { text: ' \n ' },
    { text: 7 },
    { text: 'x'.repeat(2001) },
    { text: 'x', id: 'no uuid' },
    [],
  ])('no message: %j', async (body) => {
    const response = await (await logIn('Ann')).call('POST', '/api/rooms/lobby/messages', body)
    expect(response.status).toBe(400)
    expect(await codeOf(response)).toBe('invalid_body')
  })

  test.each([
    ['no login', '/api/rooms/lobby/messages', { body: '{"text":"x"}' }, 401, 'unauthorized'],
    ['no such room', '/api/rooms/nowhere/messages', { body: '{"text":"x"}' }, 404, 'unknown_room'],
    ['no name of a room', '/api/rooms/%3Cb%3E/messages', { body: '{"text":"x"}' }, 400, 'invalid_body'],
    ['a bad escape', '/api/rooms/%E0%A4%A/messages', { body: '{"text":"x"}' }, 400, 'invalid_request'],
    ['broken JSON', '/api/rooms/lobby/messages', { body: '{"text":' }, 400, 'invalid_request'],
    ['too much', '/api/rooms/lobby/messages', { body: `"${'x'.repeat(200_000)}"` }, 413, 'invalid_request'],
    ['a form', '/api/rooms/lobby/messages', { body: new URLSearchParams({ text: 'x' }) }, 415, 'not_json'],
    ['no body', '/api/rooms/lobby/messages', {}, 415, 'not_json'],
    ['no such path', '/api/nothing', { body: '{}' }, 404, 'not_found'],
  ])('%s', async (what, path, init: RequestInit, status, code) => {
    const talker = what === 'no login' ? new Talker(url) : await logIn('Ann')
    const headers: Record<string, string> = typeof init.body === 'string' ? { 'Content-Type': 'application/json' } : {}
    const response = await talker.send('POST', path, { ...init, headers })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await codeOf(response)).toBe(code)
  })

  test('rooms and their counts', async () => {
    const ann = await logIn('Ann')
    const lines = [await ann.connect(), await ann.connect()]
    for (const line of lines) await line.request('join', { room: 'Garden  Party' })
    await ann.call('POST', '/api/rooms/garden-party/messages', { text: 'Sun!' })
    expect(await (await ann.call('GET', '/api/rooms')).json()).toEqual([
      { room: 'lobby', people: 0 },
      { room: 'random', people: 0 },
      { room: 'help', people: 0 },
      { room: 'garden-party', people: 1 },
    ])
    expect(await (await ann.call('GET', '/api/rooms/garden-party/stats')).json()).toEqual({
      room: 'garden-party',
      people: 1,
      connections: 2,
      lines: 1,
      lastLineAt: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect((await ann.call('GET', '/api/rooms/nowhere/stats')).status).toBe(404)
  })
})

describe('the upgrade', () => {
  test('is refused without a login', async () => {
    await expect(new Talker(url).connect()).rejects.toThrow('401')
  })

  test('is refused to pages of other sites', async () => {
    const ann = await logIn('Ann')
    await expect(ann.connect({ Origin: 'https://evil.example' })).rejects.toThrow('403')
    await (await ann.connect({ Origin: url })).close()
  })

  test('a plain request for it is told what to do', async () => {
    const response = await (await logIn('Ann')).call('GET', '/ws')
    expect(response.status).toBe(426)
    expect(response.headers.get('upgrade')).toBe('websocket')
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Line as ChatLine, RoomSummary } from '../../examples/chat/src/hub'
import { THOROUGH } from './chat-process'
import { codeOf } from './failure'
import { setUpChat } from './chat-setup'

// The chat without a browser: the built example in a process of its own, REST, and plain WebSockets.

/** The built client for pages without a bundler. */
const CLIENT = join(__dirname, '../../packages/client/dist/browser.js')

describe.each(THOROUGH)('%s', (framework) => {
  const on = setUpChat(framework)
  const { logIn, newClient } = on

  describe('the page', () => {
    test('the page has a content security policy that allows only this server', async () => {
      const response = await fetch(on.url)
      expect(response.status).toBe(200)
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
      expect(policy).not.toMatch(/unsafe|\*|https?:|data:/)
      expect(await response.text()).toContain('<title>Chat</title>')
    })

    test('the page gets the client as one file from the app', async () => {
      const response = await fetch(`${on.url}/client.js`)
      expect(response.headers.get('content-type')).toMatch(/^(text|application)\/javascript/)
      expect(await response.text()).toBe(readFileSync(CLIENT, 'utf8'))
    })
  })

  describe('REST', () => {
    test('a message posted over REST reaches the members of the room', async () => {
      const [ann, ben] = [await logIn('Ann'), await logIn('Ben')]
      const line = await ben.connect()
      await line.request('hub:join', { room: 'lobby' })
      const response = await ann.call('POST', '/api/rooms/lobby/messages', { text: ' Hello ' })
      expect(response.status).toBe(201)
      const posted = (await response.json()) as ChatLine
      expect(posted).toMatchObject({ room: 'lobby', from: { id: 'ann', name: 'Ann' }, text: 'Hello' })
      expect(await line.event('line')).toEqual(posted)
    })

    test.each([
      {},
      { text: '' },
      { text: ' \n ' },
      { text: 7 },
      { text: 'x'.repeat(2001) },
      { text: 'x', id: 'no uuid' },
      [],
    ])('the REST API refuses %j as a message', async (body) => {
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
      const chatClient = what === 'no login' ? newClient() : await logIn('Ann')
      const headers: Record<string, string> =
        typeof init.body === 'string' ? { 'Content-Type': 'application/json' } : {}
      const response = await chatClient.send('POST', path, { ...init, headers })
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toContain('application/json')
      expect(await codeOf(response)).toBe(code)
    })

    test('the REST API lists the rooms with their member counts', async () => {
      const ann = await logIn('Ann')
      const lines = [await ann.connect(), await ann.connect()]
      for (const line of lines) await line.request('hub:join', { room: 'garden-party' })
      await ann.call('POST', '/api/rooms/garden-party/messages', { text: 'Sun!' })
      const rooms = (await (await ann.call('GET', '/api/rooms')).json()) as RoomSummary[]
      expect(rooms.slice(0, 3).map(({ room }) => room)).toEqual(['lobby', 'random', 'help'])
      expect(rooms).toContainEqual({ room: 'garden-party', people: 1 })
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
    test('an upgrade without a login is refused', async () => {
      await expect(newClient().connect()).rejects.toThrow('401')
    })

    test('an upgrade from a page of another site is refused', async () => {
      const ann = await logIn('Ann')
      await expect(ann.connect({ Origin: 'https://evil.example' })).rejects.toThrow('403')
      await (await ann.connect({ Origin: on.url })).close()
    })

    test('a plain request for the upgrade route is answered with 426', async () => {
      const response = await (await logIn('Ann')).call('GET', '/ws')
      expect(response.status).toBe(426)
      expect(response.headers.get('upgrade')).toBe('websocket')
    })
  })
})

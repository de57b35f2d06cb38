import { createHash } from 'node:crypto'
import type { Hub } from '@wshub/core'
import { retryHint } from '@wshub/core/protocol'
import { tls } from '../support/certificate.js'
import { frame } from '../support/frame.js'
import type { RawClient } from '../support/raw.js'
import { type Fields, handshake, KEY } from '../support/request.js'
import { latch } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { type App, hosts, type Reply, type Running } from './hosts/index.js'
import { setUp } from './setup.js'

const HOST = 'app.example.com'
const PAGE: Fields = { Host: HOST, Origin: `https://${HOST}` }
const json = { 'Content-Type': 'application/json' }
const problem = { 'Content-Type': 'application/problem+json; charset=utf-8' }
const CLOSE = { attach: { refusals: 'close' } } as const

const answers =
  (reply: Reply) =>
  (it: App): void =>
    it.use(() => reply)

/** Reads the close frame after the 101. */
async function closeFrameOf(client: RawClient): Promise<{ readonly code: number; readonly reason: string }> {
  const { opcode, payload } = (await client.frame()) ?? { opcode: 0, payload: Buffer.alloc(2) }
  if (opcode !== 8) throw new Error(`The frame is no close frame but ${opcode}.`)
  return { code: payload.readUInt16BE(), reason: payload.toString('utf8', 2) }
}

function untouched(chat: Hub): void {
  expect(chat.stats()).toMatchObject({ connections: 0, opened: 0, received: 0, failed: 0, closed: {}, rooms: 0 })
}

describe.each(hosts)('refusals as close frames on $name', (host) => {
  const { app, hub, ws, raw, later } = setUp(host)

  async function closeOf(server: Running, fields: Fields = PAGE): Promise<[number, string]> {
    const client = raw(server, handshake('/chat', { fields }))
    expect((await client.answer())?.status).toBe(101)
    const { code, reason } = await closeFrameOf(client)
    await client.ended
    return [code, reason]
  }

  test('a refused page of the same host gets 101 with the headers of the answer, 4401 and the reason', async () => {
    const server = await app((it) => {
      it.use(({ cookie, set }) => {
        cookie('seen', 'yes')
        set('X-Request-Id', '7')
      })
      it.ws('/chat', hub(), { before: [() => ({ status: 401, body: 'Who are you?' })] })
    }, CLOSE)
    const client = raw(server, handshake('/chat', { fields: PAGE }))
    const answer = await client.answer()
    const accept = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    expect(answer?.status).toBe(101)
    expect(answer?.header('sec-websocket-accept')).toBe(accept)
    expect(answer?.all('connection')).toEqual(['Upgrade'])
    expect(answer?.header('x-request-id')).toBe('7')
    expect(answer?.all('set-cookie')).toHaveLength(1)
    expect([answer?.header('content-length'), answer?.header('sec-websocket-protocol')]).toEqual([undefined, undefined])
    expect(await closeFrameOf(client)).toEqual({ code: 4401, reason: 'Who are you?' })
    await client.ended
  })

  test('a hub sees nothing of a page that a close frame refuses, whatever the page has sent', async () => {
    const hooks: string[] = []
    const note = (name: string) => (): void => void hooks.push(name)
    const chat = hub({
      onOpen: note('open'),
      onClose: note('close'),
      onMessage: note('message'),
      onError: note('error'),
    })
    const log: string[] = []
    const server = await app((it) => it.ws('/chat', chat, { before: [() => ({ status: 401 })] }), { ...CLOSE, log })
    const client = raw(server, Buffer.concat([Buffer.from(handshake('/chat', { fields: PAGE })), frame('hi')]))
    expect(await client.status()).toBe(101)
    expect((await closeFrameOf(client)).code).toBe(4401)
    await client.ended
    expect(hooks).toEqual([])
    expect(log).toEqual(['GET /chat 401'])
    untouched(chat)
  })

  test.each([400, 403, 404, 429, 500, 503])(
    'a refusal with the status %i becomes the close code 4000 + status',
    async (status) => {
      const server = await app(answers({ status, body: 'because' }), CLOSE)
      expect(await closeOf(server)).toEqual([4000 + status, 'because'])
    },
  )

  test.each<[name: string, reply: Reply, reason: string]>([
    ['no body: the name of the status', { status: 403 }, 'Forbidden'],
    ['a page: the name of the status', { status: 404, body: '<!doctype html><p>no' }, 'Not Found'],
    ['several lines: the first', { status: 403, body: 'one\r\ntwo' }, 'one'],
    [
      'JSON: its message',
      { status: 401, headers: json, body: '{"message":"No \\u00e9t\\u00e9","error":"x"}' },
      'No été',
    ],
    ['JSON: its error', { status: 401, headers: json, body: '{"error":"token"}' }, 'token'],
    ['JSON of another kind', { status: 401, headers: problem, body: '{"error":{"code":1}}' }, 'Unauthorized'],
    ['what is too long is cut, between characters', { status: 401, body: '\u20ac'.repeat(100) }, '\u20ac'.repeat(41)],
    ['a large body: its beginning', { status: 401, body: `no\n${'x'.repeat(400_000)}` }, 'no'],
  ])('the close reason of a refusal: %s', async (_, reply, reason) => {
    const server = await app(answers(reply), CLOSE)
    expect(await closeOf(server)).toEqual([4000 + (reply.status ?? 0), reason])
  })

  test('Retry-After of a refusal becomes the reconnect hint of its close reason', async () => {
    const server = await app(
      answers({ status: 429, headers: { 'Retry-After': '7' }, body: '\u20ac'.repeat(100) }),
      CLOSE,
    )
    const [code, reason] = await closeOf(server)
    expect([code, retryHint(reason), Buffer.byteLength(reason) <= 123]).toEqual([4429, 7000, true])
  })

  test('the close reason of a streamed refusal is the beginning of its body', async () => {
    const server = await app((it) => {
      it.use(async ({ res }) => {
        res.writeHead(403, { 'Content-Type': 'text/plain' })
        res.write('half of it\n')
        for (let part = 0; part < 50; part += 1) res.write('x'.repeat(10_000))
        res.end()
        await new Promise<never>(() => {})
      })
    }, CLOSE)
    expect(await closeOf(server)).toEqual([4403, 'half of it'])
  })

  test('a refusal by upgrade() itself becomes a close frame, too', async () => {
    const chat = hub({ limits: { maxConnections: 1 } })
    const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ user: 'ada' }) }), CLOSE)
    const first = await ws(server, '/chat')
    expect(await closeOf(server)).toEqual([4503, 'The server has no room for another connection.'])
    await first.close()
    const narrow = await app((it) => it.ws('/chat', chat, { options: { origins: [] } }), {
      attach: { refusals: 'close', origins: ['https://other.example.com'] },
    })
    const [code, reason] = await closeOf(narrow, { Host: HOST, Origin: 'https://other.example.com' })
    expect([code, reason]).toEqual([4403, expect.stringMatching(/^The origin "https:\/\/other/)])
    expect(chat.stats()).toMatchObject({ opened: 1, refused: { hub_full: 1, foreign_origin: 1 } })
  })

  test('a page gets the close code of an app that threw or did not answer in time', async () => {
    const { held: opened, release: open } = latch()
    later(open)
    const slow = await app((it) => it.use(() => opened), { attach: { refusals: 'close', handshakeTimeout: 100 } })
    expect(await closeOf(slow)).toEqual([4503, 'The server took too long to answer.'])
    const broken = await app((it) => {
      it.onError(({ message }) => ({ status: 500, body: message }))
      it.use(() => {
        throw new Error('broken')
      })
    }, CLOSE)
    expect(await closeOf(broken)).toEqual([4500, 'broken'])
  })

  test('refusals: close does not affect an accepted client', async () => {
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => it.ws('/chat', chat), CLOSE)
    const client = await ws(server, '/chat', { origin: server.url })
    expect(await client.send('hi').received(1)).toEqual(['hi'])
    expect(chat.stats().opened).toBe(1)
  })

  test('an answer of the app without upgrade() becomes a close frame after other listeners had their time', async () => {
    const chat = hub({ limits: { maxConnections: 1 } })
    const server = await app(
      (it) => {
        it.ws('/chat', chat, { describe: () => ({ rooms: [''] }) })
        it.fallback(() => ({ status: 404, body: 'nowhere' }))
      },
      {
        attach: { refusals: 'close', handshakeTimeout: 200 },
        before: (http) => {
          http.on('upgrade', ({ url }, socket) => void (url === '/theirs' && socket.end('theirs')))
        },
      },
    )
    expect(await closeOf(server)).toEqual([4400, expect.stringMatching(/^The name of a room must be/)])
    const nowhere = raw(server, handshake('/nowhere', { fields: PAGE }))
    expect(await nowhere.status()).toBe(101)
    expect(await closeFrameOf(nowhere)).toEqual({ code: 4404, reason: 'nowhere' })
    const malformed = handshake('/chat', { fields: { ...PAGE, 'Sec-WebSocket-Key': 'short' } })
    expect(await raw(server, malformed).status()).toBe(400)
    const theirs = raw(server, handshake('/theirs', { fields: PAGE }))
    await theirs.ended
    await expect(theirs.answer()).rejects.toThrow('The answer broke off: theirs')
  })

  test('a page behind TLS gets the close code of a refusal', async () => {
    const server = await app(answers({ status: 401, body: 'no' }), { ...CLOSE, tls })
    const client = raw(server, handshake('/chat', { fields: PAGE }), { tls: true })
    expect(await client.status()).toBe(101)
    expect(await closeFrameOf(client)).toEqual({ code: 4401, reason: 'no' })
    await client.ended
  })

  test.each<[name: string, fields: Fields, status: number]>([
    ['a foreign page', { Host: HOST, Origin: 'https://evil.io' }, 401],
    ['a page that looks like ours', { Host: HOST, Origin: `https://${HOST}.evil.io` }, 401],
    ['a page with the origin null', { Host: HOST, Origin: 'null' }, 401],
    ['a page with two origins', { Host: HOST, Origin: [`https://${HOST}`, 'https://evil.io'] }, 401],
    ['a client that is no browser', { Host: HOST }, 401],
    ['a page with a bad key', { ...PAGE, 'Sec-WebSocket-Key': 'short' }, 400],
    ['a page with another version', { ...PAGE, 'Sec-WebSocket-Version': '8' }, 426],
  ])('a refusal of %s is HTTP', async (_, fields, status) => {
    const server = await app(answers({ status: 401, body: 'no' }), CLOSE)
    expect(await raw(server, handshake('/chat', { fields })).status()).toBe(status)
  })

  test('only pages of the origins of attach() get the reason of a refusal', async () => {
    const origins = ['https://other.example.com']
    const server = await app(answers({ status: 401, body: 'no' }), { attach: { refusals: 'close', origins } })
    expect(await closeOf(server, { Host: HOST, Origin: 'https://other.example.com' })).toEqual([4401, 'no'])
    expect(await closeOf(server)).toEqual([4401, 'no'])
    const foreign = handshake('/chat', { fields: { Host: HOST, Origin: 'https://evil.io' } })
    expect(await raw(server, foreign).status()).toBe(403)
  })

  test.each([{}, { attach: { refusals: 'http' } }] as const)(
    'every refusal is HTTP with the options %j',
    async (options) => {
      const server = await app(answers({ status: 401, body: 'no' }), options)
      const answer = await raw(server, handshake('/chat', { fields: PAGE })).answer()
      expect([answer?.status, answer?.body]).toEqual([401, 'no'])
      expect((await refusal(ws(server, '/chat', { origin: server.url }))).status).toBe(401)
    },
  )

  test.each([
    ['chat.v1, chat.v2', 'chat.v1'],
    ['wshub, bearer.secret', 'wshub'],
    ['bearer.secret, wshub', 'wshub'],
    ['bearer.secret', undefined],
  ])(
    'a close frame for a client that offers %s selects the subprotocol %s, never the one with a token',
    async (offered, selected) => {
      const server = await app(answers({ status: 401 }), CLOSE)
      const client = raw(server, handshake('/chat', { fields: { ...PAGE, 'Sec-WebSocket-Protocol': offered } }))
      expect((await client.answer())?.all('sec-websocket-protocol')).toEqual(selected === undefined ? [] : [selected])
      expect(await closeFrameOf(client)).toEqual({ code: 4401, reason: 'Unauthorized' })
    },
  )
})

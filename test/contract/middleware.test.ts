import { handshake, plain, type RequestParts } from '../support/request.js'
import type { Answer } from '../support/raw.js'
import { hosts, type Plugin, type Running } from './hosts/index.js'
import { setUp } from './setup.js'

describe.each(hosts)('common middleware on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)
  const lacks = (plugin: Plugin): boolean => !host.plugins.includes(plugin)

  test.each(host.plugins)('%s lets a client in, and pages as before', async (plugin) => {
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => {
      it.plug(plugin)
      it.ws('/chat', chat)
      it.get('/page', () => ({ body: 'a page' }))
    })
    const client = await ws(server, '/chat', { headers: { 'Accept-Encoding': 'gzip' } })
    expect(await client.send('hi').received(1)).toEqual(['hi'])
    expect(await (await fetch(`${server.url}/page`)).text()).toBe('a page')
  })

  test('all popular middleware together accept a client and refuse another', async () => {
    const chat = hub()
    const server = await app((it) => {
      for (const plugin of host.plugins) it.plug(plugin)
      it.ws('/chat', chat)
      it.ws('/locked', chat, { before: [() => ({ status: 401, body: 'no '.repeat(1000) })] })
    })
    await ws(server, '/chat')
    const answer = await raw(server, handshake('/locked')).answer()
    expect([answer?.status, answer?.body]).toEqual([401, 'no '.repeat(1000)])
    expect(chat.stats().opened).toBe(1)
  })

  test('headers that middleware sets for pages are on the 101', async () => {
    if (lacks('helmet')) return
    const server = await app((it) => {
      it.plug('helmet')
      it.ws('/chat', hub())
    })
    const answer = await raw(server, handshake('/chat')).answer()
    expect([answer?.status, answer?.header('x-content-type-options')]).toEqual([101, 'nosniff'])
  })

  test('headers that middleware sets just before the head is sent are on the 101', async () => {
    if (lacks('response-time')) return
    const server = await app((it) => {
      it.plug('response-time')
      it.ws('/chat', hub())
    })
    const answer = await raw(server, handshake('/chat')).answer()
    expect(answer?.header('x-response-time')).toMatch(/^\d/)
  })

  test('a refusal is compressed like a page; the 101 and the frames are not', async () => {
    if (lacks('compression')) return
    const chat = hub({ onOpen: (connection) => connection.send('plain text') })
    const server = await app((it) => {
      it.plug('compression')
      it.ws('/chat', chat)
      it.ws('/locked', chat, {
        before: [() => ({ status: 403, headers: { 'Content-Type': 'text/plain' }, body: 'no '.repeat(1000) })],
      })
    })
    const fields = { 'Accept-Encoding': 'gzip' }
    const refused = await raw(server, handshake('/locked', { fields })).answer()
    expect([refused?.status, refused?.header('content-encoding')]).toEqual([403, 'gzip'])
    const client = raw(server, handshake('/chat', { fields }))
    const answer = await client.answer()
    expect([answer?.status, answer?.header('content-encoding'), answer?.header('transfer-encoding')]).toEqual([
      101,
      undefined,
      undefined,
    ])
    expect(await client.texts(1)).toEqual(['plain text'])
  })

  test('a rate limit counts upgrades and pages together', async () => {
    if (lacks('rate-limit')) return
    const chat = hub()
    const server = await app((it) => {
      it.plug('rate-limit')
      it.ws('/chat', chat)
      it.get('/page', () => ({ body: 'a page' }))
    })
    const first = await raw(server, handshake('/chat')).answer()
    const left = first?.header('ratelimit') ?? first?.header('ratelimit-remaining')
    expect([first?.status, left]).toEqual([101, expect.stringMatching(/^2$|r=2;/)])
    await (await fetch(`${server.url}/page`)).text()
    await ws(server, '/chat')
    const refused = await raw(server, handshake('/chat')).answer()
    expect([refused?.status, refused?.header('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)])
    expect(chat.stats().opened).toBe(2)
  })

  test('body parsers do not delay an upgrade, whatever its Content-Type', async () => {
    if (lacks('bodies')) return
    const server = await app((it) => {
      it.plug('bodies')
      it.ws('/chat', hub())
    })
    for (const type of [
      'application/json',
      'application/x-www-form-urlencoded',
      'text/plain',
      'application/octet-stream',
    ]) {
      expect(await raw(server, handshake('/chat', { fields: { 'Content-Type': type } })).status()).toBe(101)
    }
  })

  test.each(['ETag', 'Vary', 'Link', 'X-Long'])('a long header %s of the app is on the 101', async (name) => {
    const value = `"${'x'.repeat(8000)}"`
    const server = await app((it) => {
      it.use(({ set }) => set(name, value))
      it.ws('/chat', hub())
    })
    expect((await raw(server, handshake('/chat')).answer())?.header(name)).toContain('x'.repeat(8000))
  })

  test.each<[string, RequestParts]>([
    [
      'a conditional request',
      { fields: { 'If-None-Match': '*', 'If-Modified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT' } },
    ],
    ['a range', { fields: { Range: 'bytes=0-0' } }],
    ['an expectation', { fields: { Expect: '100-continue' } }],
    ['an announced trailer', { fields: { TE: 'trailers', Trailer: 'X-Sum' } }],
    ['another method in a header', { fields: { 'X-HTTP-Method-Override': 'DELETE' } }],
  ])('%s changes nothing about a handshake', async (_, parts) => {
    const server = await app((it) => it.ws('/chat', hub()))
    expect(await raw(server, handshake('/chat', parts)).status()).toBe(101)
  })

  test('a page and a refused upgrade answer alike', async () => {
    const server = await app((it) => {
      for (const plugin of host.plugins) it.plug(plugin)
      it.use(() => ({ status: 403, headers: { 'X-Why': 'because' }, body: 'no' }))
    })
    const [page, socket] = [await ask(server, plain), await ask(server, handshake)]
    expect(socket).toEqual(page)
  })

  async function ask(server: Running, bytes: typeof plain): Promise<unknown> {
    const answer = (await raw(server, bytes('/chat', { fields: { Connection: 'close, upgrade' } })).answer()) as Answer
    const moving = /^(date|x-response-time|ratelimit|ratelimit-\w+|set-cookie):/i
    return { status: answer.status, body: answer.body, lines: answer.lines.filter((line) => !moving.test(line)) }
  }
})

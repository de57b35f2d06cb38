import type { IncomingMessage } from 'node:http'
import { tls } from '../support/certificate.js'
import { decidesUpgrades } from '../support/node.js'
import { handshake, plain, type RequestParts } from '../support/request.js'
import { type App, hosts, type Reply } from './hosts/index.js'
import { setUp } from './setup.js'

/** The headers that `curl --http2` sends with the first request of a connection. */
const H2C = {
  Connection: 'Upgrade, HTTP2-Settings',
  Upgrade: 'h2c',
  'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
}

const h2c = (path: string, { fields, ...parts }: RequestParts = {}): string =>
  plain(path, { ...parts, fields: { ...H2C, ...fields } })

async function echo(req: IncomingMessage): Promise<Reply> {
  let body = ''
  for await (const chunk of req) body += String(chunk)
  return { body: `${req.method} ${req.url} [${body}]` }
}

describe.each(hosts)('upgrades to something else on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)
  const pages = (it: App): void => {
    it.ws('/chat', hub())
    it.fallback(({ req }) => echo(req))
  }

  test('h2c gets the answer of the app', async () => {
    const server = await app(pages)
    expect((await raw(server, h2c('/page?x=1')).answer())?.body).toBe('GET /page?x=1 []')
  })

  test('h2c over TLS gets the answer of the app, and so does a second request on the connection', async () => {
    const server = await app(pages, { tls })
    const client = raw(server, h2c('/one'), { tls: true })
    expect((await client.answer())?.body).toBe('GET /one []')
    expect((await client.send(h2c('/two')).answer())?.body).toBe('GET /two []')
  })

  test.each([
    ['of a length', { fields: { 'Content-Length': '5' }, body: 'hello' }],
    ['in chunks', { fields: { 'Transfer-Encoding': 'chunked' }, body: '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n' }],
  ])('h2c with a body %s is served whole, and a second request on the connection too', async (_, parts) => {
    const server = await app(pages)
    const client = raw(server, h2c('/page', { method: 'POST', ...parts }))
    expect((await client.answer())?.body).toBe('POST /page [hello]')
    expect((await client.send(plain('/second')).answer())?.body).toBe('GET /second []')
    expect(await client.send(handshake('/chat')).status()).toBe(101)
  })

  test('a request to upgrade to h2c is served when its body has arrived', async () => {
    const server = await app(pages)
    const client = raw(server, h2c('/page', { method: 'POST', fields: { 'Content-Length': '5' }, body: 'he' }))
    await raw(server, plain('/other')).answer()
    expect((await client.send('llo').answer())?.body).toBe('POST /page [hello]')
  })

  test('the second request of a connection is answered second, also from the same packet if Node keeps it', async () => {
    const server = await app(pages)
    const client = raw(server, decidesUpgrades ? h2c('/one') : h2c('/one') + plain('/two'))
    expect((await client.answer())?.body).toBe('GET /one []')
    if (decidesUpgrades) client.send(plain('/two'))
    expect((await client.answer())?.body).toBe('GET /two []')
  })

  test('headers that ask for no upgrade reach the app as they were sent', async () => {
    let seen: readonly string[] = []
    const server = await app((it) => {
      it.use(({ req }) => void (seen = linesOf(req)))
      pages(it)
    })
    await raw(
      server,
      h2c('/page', { fields: { Cookie: 'a=ü', 'X-Twice': ['1', '2'], Connection: 'close, upgrade' } }),
    ).answer()
    expect(seen).toEqual([
      'Host: localhost',
      ...(decidesUpgrades ? ['Connection: close, upgrade', 'Upgrade: h2c'] : ['Connection: close']),
      `HTTP2-Settings: ${H2C['HTTP2-Settings']}`,
      'Cookie: a=ü',
      'X-Twice: 1',
      'X-Twice: 2',
    ])
  })

  test('a header that Node drops because there are too many never changes where a request ends', async () => {
    const served: (string | undefined)[] = []
    const server = await app((it) => {
      it.use(({ req }) => void served.push(req.url))
      pages(it)
    })
    const padding = Object.fromEntries(Array.from({ length: 1100 }, (_, index) => [`h${index}`, '1']))
    const body = plain('/smuggled')
    const fields = { ...padding, 'Content-Length': String(body.length) }
    await raw(server, h2c('/page', { method: 'POST', fields, body })).answer()
    await raw(server, plain('/page')).answer()
    expect(served).not.toContain('/smuggled')
  })

  test('repeated requests of one connection to upgrade to h2c add no listener to its socket', async () => {
    const counts: number[] = []
    const server = await app((it) => {
      it.use(({ req: { socket } }) => {
        const listeners = socket.eventNames().map((event) => socket.listenerCount(event))
        counts.push(listeners.reduce((sum, count) => sum + count, 0))
      })
      pages(it)
    })
    const client = raw(server)
    for (let index = 0; index < 30; index += 1) {
      expect((await client.send(h2c('/page')).answer())?.status).toBe(200)
    }
    expect(counts).toEqual(Array.from(counts, () => counts[0]))
  })

  test('an Upgrade header with a list of protocols, or without Connection: Upgrade, is no WebSocket handshake', async () => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat))
    expect(await raw(server, handshake('/chat', { fields: { Upgrade: 'websocket, h2c' } })).status()).toBe(426)
    expect(await raw(server, handshake('/chat', { fields: { Connection: 'close' } })).status()).toBe(426)
    expect(chat.stats().opened).toBe(0)
    await ws(server, '/chat')
  })
})

function linesOf({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.flatMap((name, index) => (index % 2 ? [] : [`${name}: ${rawHeaders[index + 1]}`]))
}

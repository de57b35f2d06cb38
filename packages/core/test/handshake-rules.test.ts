import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { readBearer } from '../src/upgrade/bearer.js'
import { readableRefusal } from '../src/upgrade/close-handshake.js'
import { checkHeaderCount, checkHandshake, isWebSocket } from '../src/upgrade/handshake-rules.js'
import { forwardedHeaders } from '../src/upgrade/forwarded-headers.js'
import { checkOrigin, OriginList, type Origins } from '../src/upgrade/origin.js'
import { renderRefusal } from '../src/upgrade/http-answer.js'

// What is read from the head of a request, and what is written into the head of an answer.

type Lines = [name: string, value: string][]

const HANDSHAKE: Lines = [
  ['Host', 'app.example.com'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
]

/** A request with these header lines, as Node's parser would tell of it. */
function aRequest(lines: Lines, more: Partial<IncomingMessage> = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  const headers: Record<string, string> = {}
  for (const [name, value] of lines) headers[name.toLowerCase()] ??= value
  return Object.assign(
    request,
    { method: 'GET', url: '/', httpVersionMajor: 1, httpVersionMinor: 1, headers, rawHeaders: lines.flat() },
    more,
  )
}

/** The handshake with these headers in place of its own; `undefined` takes one away. */
function handshake(other: Record<string, string | undefined>, more: Partial<IncomingMessage> = {}): IncomingMessage {
  const kept = HANDSHAKE.filter(([name]) => !Object.hasOwn(other, name))
  const set = Object.entries(other).flatMap(([name, value]): Lines => (value === undefined ? [] : [[name, value]]))
  return aRequest([...kept, ...set], more)
}

const AMBIGUOUS =
  '* http://a.io/ ws ?/ // /a//b /a\\b /. /.. /a/./b /a/../b /a/.. /%2e /%2E/ /a%2e%2e/b /% /%zz /%ff /é /#a'
    .split(' ')
    .concat('', '/a b', '/\t', '/\x7f')

/** A request with so many headers. */
function crowded(size: number): IncomingMessage {
  return aRequest(Array.from({ length: size }, (_, n) => [`x-${n}`, '1']))
}

const SENTENCE: unknown = expect.stringMatching(/^[A-Z].* .*\.$/)
const check = (request: IncomingMessage): unknown => checkHandshake(request, null)

describe('a handshake', () => {
  test.each(['websocket', 'WebSocket', 'WEBSOCKET'])('asks for %s', (upgrade) => {
    expect(isWebSocket(handshake({ Upgrade: upgrade }))).toBe(true)
  })

  test.each(['h2c', 'websocket2', 'websocket, h2c', '', undefined])('does not ask for %p', (upgrade) => {
    expect(isWebSocket(handshake({ Upgrade: upgrade }))).toBe(false)
  })

  test.each<[string, IncomingMessage]>([
    ['as it is', handshake({})],
    ['over a later HTTP/1', aRequest(HANDSHAKE, { httpVersionMinor: 2 })],
    ['with an empty body', handshake({ 'Content-Length': '0' })],
    ['with a query of all kinds', handshake({}, { url: '/ws?a=//%2e&b=\\..#' })],
    ['of a long path', handshake({}, { url: '/a/b.c/%20/..d/e../.f' })],
    ...['A', 'Q', 'g', 'w'].map((last): [string, IncomingMessage] => [
      `with a key that ends in ${last}`,
      handshake({ 'Sec-WebSocket-Key': `+/abcdefghijklmnop019${last}==`.padStart(24, 'Z') }),
    ]),
    ['with subprotocols', handshake({ 'Sec-WebSocket-Protocol': 'chat, chat.v2' })],
    ['with extensions', handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' })],
  ])('%s is fit for the app', (_, request) => {
    expect(check(request)).toBeUndefined()
  })

  test.each<[string, number, IncomingMessage]>([
    ['of HTTP/1.0', 400, aRequest(HANDSHAKE, { httpVersionMinor: 0 })],
    ['of HTTP/2', 400, aRequest(HANDSHAKE, { httpVersionMajor: 2, httpVersionMinor: 1 })],
    ['with a body of some length', 400, handshake({ 'Content-Length': '5' })],
    ['with a body of no known length', 400, handshake({ 'Transfer-Encoding': 'chunked' })],
    ['without Host', 400, handshake({ Host: undefined })],
    ['with two Hosts', 400, aRequest([...HANDSHAKE, ['host', 'other']])],
    ['with an empty Host', 400, handshake({ Host: '' })],
    ['with a blank Host', 400, handshake({ Host: ' ' })],
    ['without a version', 426, handshake({ 'Sec-WebSocket-Version': undefined })],
    ['of version 12', 426, handshake({ 'Sec-WebSocket-Version': '12' })],
    ['without a key', 400, handshake({ 'Sec-WebSocket-Key': undefined })],
    ['with a short key', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA==' })],
    ['with a long key', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAAA==' })],
    ['with something before the key', 400, handshake({ 'Sec-WebSocket-Key': '*AAAAAAAAAAAAAAAAAAAAAA==' })],
    ['with something behind the key', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==*' })],
    ['with a key of 132 bits', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAB==' })],
    ['with a key of other letters', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA*A==' })],
    ['with a subprotocol that is no token', 400, handshake({ 'Sec-WebSocket-Protocol': 'a,,b' })],
    ['with an empty subprotocol', 400, handshake({ 'Sec-WebSocket-Protocol': '' })],
    ['with an extension that is no token', 400, handshake({ 'Sec-WebSocket-Extensions': ';' })],
    ...AMBIGUOUS.map((url): [string, number, IncomingMessage] => [
      `for ${JSON.stringify(url)}`,
      400,
      handshake({}, { url }),
    ]),
  ])('%s is answered %i with a sentence', (_, status, request) => {
    expect(check(request)).toMatchObject({ status, message: SENTENCE })
  })

  test('without a target is refused', () => {
    const request = handshake({})
    delete request.url
    expect(check(request)).toMatchObject({ status: 400 })
  })

  test('of another method or version is told which is right', () => {
    expect(check(handshake({}, { method: 'POST' }))).toMatchObject({
      status: 405,
      message: SENTENCE,
      headers: { Allow: 'GET' },
    })
    expect(check(handshake({ 'Sec-WebSocket-Version': '8' }))).toMatchObject({
      headers: { 'Sec-WebSocket-Version': '13' },
    })
  })

  test('for an ambiguous path is told which it was, and for a header which', () => {
    expect(check(handshake({}, { url: '/a//b?c' }))).toMatchObject({ message: expect.stringContaining('"/a//b"') })
    for (const name of ['Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions']) {
      expect(check(handshake({ [name]: ',' }))).toMatchObject({ message: expect.stringContaining(name) })
    }
  })

  test.each([
    [null, 999, 1000],
    [50, 49, 50],
  ])(
    'may have fewer headers than Node keeps: with maxHeadersCount %p it is %i, and %i are refused',
    (most, few, many) => {
      expect(checkHeaderCount(crowded(few), most)).toBeUndefined()
      expect(checkHeaderCount(crowded(many), most)).toMatchObject({ status: 431, message: SENTENCE })
      expect(checkHeaderCount(crowded(5000), 0)).toBeUndefined()
      expect(checkHandshake(crowded(many), most)).toMatchObject({ status: 431 })
    },
  )
})

function judge(request: IncomingMessage, host: string, origins: Origins = []) {
  const list = new OriginList(origins)
  return checkOrigin(request, { host, secure: false }, (page) => list.includes(page))
}

describe('an origin', () => {
  const HOST = 'app.example.com'

  function verdict(origin: string | undefined, origins?: Origins, host = HOST): number {
    const request = handshake(origin === undefined ? {} : { Origin: origin })
    return judge(request, host, origins)?.status ?? 101
  }

  test.each([
    [undefined, HOST],
    ['https://app.example.com', HOST],
    ['http://app.example.com', HOST],
    ['HTTPS://APP.example.com', HOST],
    ['https://app.example.com:443', HOST],
    ['https://app.example.com', 'APP.EXAMPLE.COM'],
    ['https://app.example.com', 'app.example.com:443'],
    ['http://app.example.com:80', HOST],
    ['http://app.example.com:3000', 'app.example.com:3000'],
    ['http://[::1]:3000', '[::1]:3000'],
    ['http://127.0.0.1:3000', '127.0.0.1:3000'],
    ['https://xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('%s may connect to %s', (origin, host) => {
    expect(verdict(origin, undefined, host)).toBe(101)
  })

  test.each([
    ['null', HOST],
    ['', HOST],
    ['https://evil.example.com', HOST],
    ['https://app.example.com.evil.io', HOST],
    ['https://evilapp.example.com', HOST],
    ['https://app.example.com:444', HOST],
    ['http://app.example.com:3000', HOST],
    ['https://app.example.com:443', 'app.example.com:80'],
    ['ftp://app.example.com', HOST],
    ['file://app.example.com', HOST],
    ['https://app.example.com/', HOST],
    ['https://app.example.com/path', HOST],
    ['https://user@app.example.com', HOST],
    ['https://app.example.com#x', HOST],
    ['https://app.example.com?x', HOST],
    ['https://app.example.com\\x', HOST],
    ['xhttps://app.example.com', HOST],
    ['https://app example.com', HOST],
    ['https://', ''],
    ['https://x', ''],
    ['https://app.example.com:99999', HOST],
    ['https://a/b', 'a/b'],
    ['https://a@b', 'a@b'],
    ['https://xn--bcher-kva.example', 'bücher.example'],
    ['https://app%2eexample.com', HOST],
    ['https://app\u00adexample.com', 'appexample.com'],
  ])('%s may not connect to %s', (origin, host) => {
    expect(verdict(origin, undefined, host)).toBe(403)
  })

  test('a page that came over plain HTTP is foreign to a secure server, unless it is listed', () => {
    const request = handshake({ Origin: `http://${HOST}` })
    const secure = { host: HOST, secure: true }
    expect(checkOrigin(request, secure, () => false)).toMatchObject({ status: 403 })
    expect(checkOrigin(request, secure, () => true)).toBeUndefined()
    expect(checkOrigin(handshake({ Origin: `https://${HOST}` }), secure, () => false)).toBeUndefined()
  })

  test('that is refused is named, and so is the host', () => {
    expect(judge(handshake({ Origin: 'https://evil.io' }), HOST)).toEqual({
      status: 403,
      message: `The origin "https://evil.io" may not connect to "${HOST}".`,
    })
  })

  test('that stands there twice is refused, also where one of them is right', () => {
    const twice = aRequest([...HANDSHAKE, ['Origin', `https://${HOST}`], ['origin', `https://${HOST}`]])
    expect(judge(twice, HOST)).toMatchObject({ status: 403 })
    expect(judge(twice, HOST, [`https://${HOST}`])).toMatchObject({ status: 403 })
    expect(judge(twice, HOST, '*')).toBeUndefined()
  })

  test.each<[string, Origins, number]>([
    ['https://evil.io', '*', 101],
    ['null', '*', 101],
    ['null', ['null'], 101],
    ['null', [], 403],
    ['https://a.io', ['https://a.io'], 101],
    ['https://b.io', ['https://a.io', 'https://b.io'], 101],
    ['http://a.io', ['https://a.io'], 403],
    ['https://a.io:8443', ['https://a.io'], 403],
    [`https://${HOST}`, ['https://a.io'], 101],
    ['https://x.a.io', ['https://*.a.io'], 101],
    ['https://y.x.a.io', ['https://*.a.io'], 101],
    ['https://x.a.io:8443', ['https://*.a.io:8443'], 101],
    ['https://x.a.io:8443', ['https://*.a.io'], 403],
    ['https://x.a.io', ['https://*.a.io:8443'], 403],
    ['https://a.io', ['https://*.a.io'], 403],
    ['https://.a.io', ['https://*.a.io'], 403],
    ['https://xa.io', ['https://*.a.io'], 403],
    ['https://a.io.evil.io', ['https://*.a.io'], 403],
    ['http://x.a.io', ['https://*.a.io'], 403],
    ['https://x.a.io/path', ['https://*.a.io'], 403],
    ['https://evil.io/.a.io', ['https://*.a.io'], 403],
    ['https://x.b.io', ['https://*.a.io', 'https://*.b.io'], 101],
    ['https://evil.io', ['https://a.io'], 403],
    ['https://a.io', ['https://a.io:443'], 101],
    ['https://a.io:443', ['https://a.io'], 101],
    ['http://a.io', ['http://a.io:80'], 101],
    ['https://a.io:80', ['https://a.io'], 403],
    ['https://a.io', ['HTTPS://A.io'], 101],
    ['https://xn--bcher-kva.example', ['https://bücher.example'], 101],
    ['https://x.xn--bcher-kva.example', ['https://*.bücher.example'], 101],
    ['https://x.a.io', ['https://*.A.io:443'], 101],
    ['https://x.a.io:443', ['https://*.a.io'], 101],
    ['https://[::1]:3000', ['https://[0:0::1]:3000'], 101],
    ['file://', ['file://'], 101],
    ['file://', ['null'], 403],
    ['file://', [], 403],
    ['null', ['file://'], 403],
    ['app://desk', ['app://desk'], 101],
    ['app://other', ['app://desk'], 403],
  ])('%s with the option %j gets %i', (origin, origins, status) => {
    expect(verdict(origin, origins)).toBe(status)
  })

  test.each([['*'], [[]], [['https://a.io', 'http://*.a.io:80', 'null', 'app://desk', 'x-y.z+1://a']]])(
    'the option may be %j',
    (origins) => {
      expect(() => new OriginList(origins as Origins)).not.toThrow()
    },
  )

  test.each([['https://a.io'], [''], [null], [true], [{}], [5]])('the option may not be %p', (origins) => {
    expect(() => new OriginList(origins as Origins)).toThrow(/^The option origins must be '\*' or an array, not /)
  })

  const NO_ORIGINS = '* a.io https:// https://a.io/ https://a.io/path https://a.io?x https://a.io#x https://a@b.io'
    .concat(
      ' https://* https://*. https://a.*.io https://*a.io https://a\\b https://a.io:99999 https://1.2.3.999 https://*.1.2.3.4 file:///x 1a://b https:/a.io',
    )
    .split(' ')

  test.each<unknown>([
    ...NO_ORIGINS,
    '',
    ' https://a.io',
    'https://a.io ',
    'https://a b',
    5,
    null,
    undefined,
    [['https://a.io']],
  ])('the option may not hold %j', (origin) => {
    expect(() => new OriginList(['https://a.io', origin as string])).toThrow(
      /^The option origins must hold origins such as /,
    )
  })
})

/** What reading a token makes of these header lines. */
function read(...lines: Lines): { offered: boolean; request: IncomingMessage } {
  const request = aRequest(lines)
  return { offered: readBearer(request), request }
}

describe('a token among the subprotocols', () => {
  test.each(['wshub, bearer.abc', 'bearer.abc,wshub', 'chat , wshub , bearer.abc'])(
    '%s is shown to the app',
    (offer) => {
      const { offered, request } = read(['Sec-WebSocket-Protocol', offer])
      expect(offered).toBe(true)
      expect(request.headers.authorization).toBe('Bearer abc')
      expect(request.rawHeaders.slice(-2)).toEqual(['Authorization', 'Bearer abc'])
    },
  )

  test.each(['wshub', 'wshub, xbearer.abc'])('there is none in %s', (offer) => {
    const { offered, request } = read(['Sec-WebSocket-Protocol', offer])
    expect(offered).toBe(false)
    expect([request.headers.authorization, request.rawHeaders]).toEqual([undefined, ['Sec-WebSocket-Protocol', offer]])
  })

  test.each([
    ['bearer.abc', undefined],
    ['wshub, bearer.', 'wshub'],
    ['wshub2, bearer.abc', 'wshub2'],
    ['wshub, BEARER.abc', 'wshub'],
    ['BEARER.abc', undefined],
  ])('one that is misspelt, as in %s, counts for nothing and is removed', (offer, kept) => {
    const { offered, request } = read(['Sec-WebSocket-Protocol', offer])
    expect([offered, request.headers.authorization]).toEqual([false, undefined])
    expect(request.headers['sec-websocket-protocol']).toBe(kept)
    expect(request.rawHeaders).toEqual(kept === undefined ? [] : ['Sec-WebSocket-Protocol', kept])
  })

  test('there is none where no subprotocol is offered', () => {
    expect(read().offered).toBe(false)
  })

  test('gives way to a header that the client did send', () => {
    const { offered, request } = read(['Sec-WebSocket-Protocol', 'wshub, bearer.abc'], ['Authorization', 'Basic x'])
    expect(offered).toBe(true)
    expect(request.headers.authorization).toBe('Basic x')
    expect(request.rawHeaders).toHaveLength(4)
  })
})

const OF_ONE_HOP = 'Connection Upgrade Keep-Alive Proxy-Connection TE Trailer Transfer-Encoding'
  .concat(' Content-Length Content-Type Content-Encoding Content-Range')
  .concat(' Sec-WebSocket-Accept Sec-WebSocket-Protocol sec-websocket-EXTENSIONS')
  .split(' ')

describe('the head of an app’s 101', () => {
  test('travels without what belongs to one hop, to a body, or to the handshake', () => {
    const own = OF_ONE_HOP.map((name) => `${name}: x`)
    const apps = ['Set-Cookie: a=b', 'Set-Cookie: c=d: e', 'X-Frame-Options: DENY', 'Content-Language: de', 'Date: now']
    const answer = `HTTP/1.1 101 Switching Protocols\r\n${[...apps, ...own].join('\r\n')}\r\n\r\nX-Body: not a header\r\n\r\n`
    expect(forwardedHeaders(answer)).toEqual(apps)
  })

  test('may be empty', () => {
    expect(forwardedHeaders('HTTP/1.1 101 Switching Protocols\r\n\r\n')).toEqual([])
  })
})

describe('a refusal that no app answers', () => {
  const refusal = { status: 426, message: 'Not so.', headers: { 'Sec-WebSocket-Version': '13' } }

  test('is a whole HTTP answer in plain text', () => {
    const [head, body] = renderRefusal(refusal).toString().split('\r\n\r\n')
    expect(body).toBe('Not so.\n')
    const [line, ...headers] = (head as string).split('\r\n')
    expect(line).toBe('HTTP/1.1 426 Upgrade Required')
    expect(headers.toSorted()).toEqual([
      'Connection: close',
      'Content-Length: 8',
      'Content-Type: text/plain; charset=utf-8',
      'Sec-WebSocket-Version: 13',
    ])
  })

  test('has no body for HEAD', () => {
    const text = renderRefusal(refusal, 'HEAD').toString()
    expect(text).toMatch(/\r\n\r\n$/)
    expect(text).toContain('Content-Length: 0\r\n')
  })

  test('counts its body in bytes', () => {
    expect(renderRefusal({ status: 400, message: 'é' }).toString()).toContain('Content-Length: 3\r\n')
  })
})

/** What a page sees of an HTTP answer: the head of the 101, and the close frame behind it. */
function seen(answer: string, ...lines: Lines): { head: string[]; code: number; reason: string } {
  const bytes = readableRefusal(aRequest([...HANDSHAKE, ...lines]), Buffer.from(answer).toString('latin1'))
  const end = bytes.indexOf('\r\n\r\n')
  const frame = bytes.subarray(end + 4)
  expect([frame[0], frame[1]]).toEqual([0x88, frame.length - 2])
  expect(frame.length).toBeLessThanOrEqual(127)
  const head = bytes.subarray(0, end).toString('latin1').split('\r\n')
  return { head, code: frame.readUInt16BE(2), reason: frame.subarray(4).toString() }
}

/** What a page is told where an answer has this header. */
function told(header: string, text: string): string {
  return seen(
    `HTTP/1.1 429 Too Many Requests\r\nX-Retry-After: 9${header === '' ? '' : `\r\n${header}`}\r\n\r\n${text}`,
  ).reason
}

const JSON_IN_CHUNKS = 'Transfer-Encoding: chunked\r\nContent-Type: application/json'

describe('a refusal that a page can read', () => {
  test('is a 101 and a close frame with its status and its text', () => {
    const { head, code, reason } = seen(
      `HTTP/1.1 401 Unauthorized\r\nDate: now\r\nContent-Type: text/plain\r\nSet-Cookie: a=b\r\nX-Mark: é\r\n\r\nWho are you?\nReally?`,
    )
    expect([code, reason]).toEqual([4401, 'Who are you?'])
    expect(head).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=',
      'Date: now',
      'Set-Cookie: a=b',
      `X-Mark: ${Buffer.from('é').toString('latin1')}`,
    ])
  })

  test.each([
    ['without a body, its phrase', '', '', 'Forbidden'],
    ['with a blank body, its phrase', '', ' \r\n ', 'Forbidden'],
    ['in plain text, the first line', 'Content-Type: text/plain', '  Not you.\r\nNor him.', 'Not you.'],
    ['in HTML, its phrase', 'Content-Type: text/html', '\n<!doctype html><p>No', 'Forbidden'],
    [
      'in JSON, its message',
      'Content-Type: application/json; charset=utf-8',
      '{"error":"E","message":"No ß."}',
      'No ß.',
    ],
    ['in JSON, its error', 'content-type:application/json', '{"error":"E","message":1}', 'E'],
    ['in problem JSON, its message', 'Content-Type: application/problem+json', '{"message":"No."}', 'No.'],
    ['in JSON without either, its phrase', 'Content-Type: application/json', '{"a":"b"}', 'Forbidden'],
    ['in JSON that is nothing, its phrase', 'Content-Type: application/json', 'null', 'Forbidden'],
    ['in JSON that is none, its phrase', 'Content-Type: application/json', '{"message":"No', 'Forbidden'],
    ['in a type that begins like JSON, its phrase', 'Content-Type: application/jsonish', 'No.', 'Forbidden'],
    ['in JavaScript, the first line', 'Content-Type: application/javascript', 'No.', 'No.'],
    ['that is compressed, its phrase', 'Content-Encoding: gzip', 'No.', 'Forbidden'],
    ['in chunks, the first', 'Transfer-Encoding: chunked', 'a\r\nNot you...\r\n3\r\nyes\r\n0\r\n\r\n', 'Not you...'],
    [
      'in chunks without a blank, the first',
      'transfer-encoding:chunked',
      '0f\r\nNot you, either.\r\n0\r\n\r\n',
      'Not you, either',
    ],
    ['in chunks of JSON, its message', JSON_IN_CHUNKS, 'f\r\n{"message":"N"}\r\n0\r\n\r\n', 'N'],
    ['that only speaks of a coding, the first line', 'X-Content-Encoding: gzip', 'No.', 'No.'],
    ['that only speaks of chunks, the first line', 'X-Transfer-Encoding: chunked', '1\r\nNo.', '1'],
    ['that only speaks of JSON, the first line', 'X-Content-Type: application/json', '{"error":"E"}', '{"error":"E"}'],
    ['in other codings, the first line', 'Transfer-Encoding: gzip', '3\r\nNo.\r\n0\r\n\r\n', '3'],
  ])('%s', (_, header, body, reason) => {
    const head = header === '' ? '' : `\r\n${header}`
    expect(seen(`HTTP/1.1 403 Forbidden${head}\r\n\r\n${body}`)).toMatchObject({ code: 4403, reason })
  })

  test('tells when to come back', () => {
    expect(told('Retry-After: 5', 'Slow down.')).toBe('Slow down. retry=5000')
    expect(told('retry-after:120 ', 'Slow down.')).toBe('Slow down. retry=120000')
    for (const value of ['Thu, 01 Jan 2026 00:00:00 GMT', '5s', '1234567', '']) {
      expect(told(`Retry-After: ${value}`, 'Slow down.')).toBe('Slow down.')
    }
  })

  test('is cut to what a close frame holds, between characters, and keeps the time to come back', () => {
    expect(told('', 'x'.repeat(123))).toBe('x'.repeat(123))
    expect(told('', 'x'.repeat(124))).toBe('x'.repeat(123))
    expect(told('', 'é'.repeat(100))).toBe('é'.repeat(61))
    expect(told('Retry-After: 1', 'x'.repeat(200))).toBe(`${'x'.repeat(112)} retry=1000`)
  })

  test('of an answer without a phrase or without a head is still one', () => {
    expect(seen('HTTP/1.1 418 \r\n\r\n')).toMatchObject({ code: 4418, reason: '' })
    expect(seen('HTTP/1.1 418\r\n\r\n')).toMatchObject({ code: 4418, reason: '' })
    for (const junk of ['junk', 'junk\r\nAge: 7']) expect(seen(junk)).toMatchObject({ code: 4500, reason: '' })
  })

  test.each([
    ['chat, chat.v2', 'chat'],
    ['bearer.secret, chat', 'chat'],
    ['wshub, bearer.secret', 'wshub'],
    ['bearer.secret', undefined],
    [undefined, undefined],
  ])('selects of the subprotocols %p: %p, so that a browser listens', (offer, selected) => {
    const lines: Lines = offer === undefined ? [] : [['Sec-WebSocket-Protocol', offer]]
    const { head } = seen('HTTP/1.1 401 Unauthorized\r\n\r\n', ...lines)
    expect(head.filter((line) => line.startsWith('Sec-WebSocket-Protocol'))).toEqual(
      selected === undefined ? [] : [`Sec-WebSocket-Protocol: ${selected}`],
    )
  })
})

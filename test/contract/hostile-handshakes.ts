import { frame } from '../support/frame.js'
import { type Fields, handshake, KEY, type RequestParts } from '../support/request.js'

/** An opening handshake that must not reach the app, and its expected answer. */
export interface Hostile {
  readonly name: string
  readonly bytes: string
  readonly status: number
  /** A header line that must be in the answer. */
  readonly line?: string
}

const CHAT = '/chat'

const made = (name: string, status: number, parts: RequestParts, line?: string): Hostile => ({
  name,
  status,
  bytes: handshake(CHAT, parts),
  ...(line === undefined ? {} : { line }),
})

const fields = (name: string, status: number, wrong: Fields, line?: string): Hostile =>
  made(name, status, { fields: wrong }, line)

const at = (path: string): Hostile => ({ name: `the path ${path}`, status: 400, bytes: handshake(path) })

const VERSION = 'Sec-WebSocket-Version: 13'
const many = Object.fromEntries(Array.from({ length: 2100 }, (_, index) => [`h${index}`, '1']))

export const HOSTILE: readonly Hostile[] = [
  ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD', 'PROPFIND'].map((method) =>
    made(`the method ${method}`, 405, { method }, 'Allow: GET'),
  ),
  made('HTTP/1.0', 400, { version: '1.0' }),
  made('a body', 400, { fields: { 'Content-Length': '5' }, body: 'hello' }),
  made('a body that forms a frame', 400, {
    fields: { 'Content-Length': String(frame('hi').length) },
    body: frame('hi').toString('latin1'),
  }),
  made('a body of a length to come', 400, { fields: { 'Content-Length': '99999' } }),
  made('a body in chunks', 400, { fields: { 'Transfer-Encoding': 'chunked' }, body: '2\r\nhi\r\n0\r\n\r\n' }),
  made('a length that is no number', 400, { fields: { 'Content-Length': '0x5' } }),
  made('two lengths', 400, { fields: { 'Content-Length': ['0', '5'] }, body: 'hello' }),

  fields('no Host', 400, { Host: null }),
  fields('two Hosts', 400, { Host: ['localhost', 'localhost'] }),
  fields('two Hosts that differ', 400, { Host: ['localhost', 'evil.io'] }),
  fields('an empty Host', 400, { Host: '' }),

  fields('no key', 400, { 'Sec-WebSocket-Key': null }),
  fields('an empty key', 400, { 'Sec-WebSocket-Key': '' }),
  fields('a short key', 400, { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZQ==' }),
  fields('a long key', 400, { 'Sec-WebSocket-Key': `${KEY.slice(0, -2)}AAAA==` }),
  fields('a key that is no base64', 400, { 'Sec-WebSocket-Key': `!${KEY.slice(1)}` }),
  fields('two keys', 400, { 'Sec-WebSocket-Key': [KEY, KEY] }),

  ...['12', '8', '0', '99', '13.0', '013', '', '13, 12'].map((version) =>
    fields(`version "${version}"`, 426, { 'Sec-WebSocket-Version': version }, VERSION),
  ),
  fields('no version', 426, { 'Sec-WebSocket-Version': null }, VERSION),
  fields('two versions', 426, { 'Sec-WebSocket-Version': ['13', '12'] }, VERSION),

  fields('2,100 headers', 431, many),
  fields('a header of 100 KB', 431, { 'X-Long': 'x'.repeat(100_000) }),

  ...['a,,b', ',', 'a,', ',a', 'a b', 'a, a', 'a;b', '"a"', 'ü', 'a\tb', ''].map((value) =>
    fields(`the subprotocols ${JSON.stringify(value)}`, 400, { 'Sec-WebSocket-Protocol': value }),
  ),
  fields('a subprotocol behind 32,000 spaces', 400, { 'Sec-WebSocket-Protocol': `a${' '.repeat(32_000)}b` }),
  fields('one subprotocol on two lines', 400, { 'Sec-WebSocket-Protocol': ['a', 'a'] }),
  ...['a;;b', ';', 'a,,b', 'a; b="', 'a; b="\\"', 'a b', 'a; =1', 'a; b=', 'a; b=;', '"a"', ''].map((value) =>
    fields(`the extensions ${JSON.stringify(value)}`, 400, { 'Sec-WebSocket-Extensions': value }),
  ),
  fields('an extension behind 32,000 spaces', 400, { 'Sec-WebSocket-Extensions': `a${' '.repeat(32_000)}b` }),
  fields('a bare line feed in a header', 400, { 'Sec-WebSocket-Protocol': 'a\nX-Evil: 1' }),
  fields('a bare carriage return in a header', 400, { 'Sec-WebSocket-Protocol': 'a\rX-Evil: 1' }),
  fields('a zero byte in a header', 400, { 'Sec-WebSocket-Extensions': 'a\0b' }),

  ...['http://localhost/chat', '//localhost/chat', '/./chat', '/x/../chat', '/x/..', '/.', '/%2e/chat'].map(at),
  ...['/x/%2E%2e/chat', '/chat\\', '\\chat', '/chat%', '/chat%zz', '/%ff', '/chat//', '/chat#x', '*'].map(at),
]

/** Handshakes that look unusual and are valid. */
export const ODD: readonly (readonly [name: string, bytes: string])[] = [
  ['an upper-case token', handshake(CHAT, { fields: { Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' } })],
  ['an empty line before the request', `\r\n${handshake(CHAT)}`],
  ['a body of no bytes', handshake(CHAT, { fields: { 'Content-Length': '0' } })],
  [
    'names of JavaScript object properties as subprotocols',
    handshake(CHAT, { fields: { 'Sec-WebSocket-Protocol': 'constructor, __proto__' } }),
  ],
  [
    'names of JavaScript object properties as extensions',
    handshake(CHAT, { fields: { 'Sec-WebSocket-Extensions': 'constructor, __proto__; toString=1' } }),
  ],
  ['an unknown extension', handshake(CHAT, { fields: { 'Sec-WebSocket-Extensions': 'x-zip; level="9"' } })],
  [
    'an offer of compression that the server cannot accept',
    handshake(CHAT, { fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=99' } }),
  ],
  [
    'an offer of compression that is repeated',
    handshake(CHAT, {
      fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits; client_max_window_bits' },
    }),
  ],
  ['anything in a query', handshake('/chat?next=//evil/%zz/../\\&x=%')],
  [
    '200 headers',
    handshake(CHAT, { fields: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`h${index}`, '1'])) }),
  ],
]

import { type Fields, handshake, KEY, plain, type RequestParts } from '../support/request.js'

/** What a handshake must be answered with. */
export interface Answered {
  readonly status: number
  /** Header fields that the answer must have with exactly these values; `undefined` where it must not have one. */
  readonly headers: Readonly<{ [Name in string]: string | undefined }>
  /** Whether the connection stays: as a WebSocket behind a 101, as HTTP behind an ordinary answer. */
  readonly stays: boolean
  /** Whether the app sees the request. */
  readonly seen: boolean
}

/** The bytes of a handshake and exactly how they must be answered. */
export interface HandshakeCase {
  /** Where it is written: RFC 6455 unless it says otherwise. */
  readonly section: string
  readonly name: string
  /** @param query makes the request one of its own */
  readonly bytes: (query: string) => string
  readonly answer: Answered
}

/** The accept value that section 1.3 computes for the key of its example. */
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

const accepted = (protocol?: string, extensions?: string): Answered => ({
  status: 101,
  headers: {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': ACCEPT,
    'Sec-WebSocket-Protocol': protocol,
    'Sec-WebSocket-Extensions': extensions,
    'Content-Length': undefined,
    'Transfer-Encoding': undefined,
  },
  stays: true,
  seen: true,
})

/** Refused by wshub before the app sees it. */
const refused = (status: number, headers: Answered['headers'] = {}): Answered => ({
  status,
  headers: { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8', Upgrade: undefined, ...headers },
  stays: false,
  seen: false,
})

/** Refused by Node's own parser; what else the answer says is up to the framework. */
const unreadable = (status = 400): Answered => ({ status, headers: { Upgrade: undefined }, stays: false, seen: false })

/** No upgrade at all, so the route answers as it answers a page: RFC 9110 section 15.5.22. */
const ORDINARY: Answered = { status: 426, headers: { Upgrade: 'websocket' }, stays: true, seen: true }

const BAD = refused(400)
const VERSION = refused(426, { 'Sec-WebSocket-Version': '13' })
const METHOD = refused(405, { Allow: 'GET' })

type Given = Pick<HandshakeCase, 'section' | 'name' | 'answer'>

const at = (path: string, { section, name, answer }: Given, parts: RequestParts = {}): HandshakeCase => ({
  section,
  name,
  answer,
  bytes: (query) => handshake(`${path}?${query}`, parts),
})
const fields = (given: Given, wrong: Fields, path = '/plain'): HandshakeCase => at(path, given, { fields: wrong })

/** The request line: section 4.2.1, item 1. */
const REQUEST_LINES: readonly HandshakeCase[] = [
  at('/plain', { section: '1.3', name: 'the key of the example', answer: accepted() }),
  ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD', 'TRACE', 'QUERY'].map((method) =>
    at('/plain', { section: '4.1', name: `the method ${method}`, answer: METHOD }, { method }),
  ),
  ...['get', 'GETS', 'G ET', 'WEBSOCKET'].map((method) =>
    at('/plain', { section: '4.1', name: `the method ${method}`, answer: unreadable() }, { method }),
  ),
  ...['1.0', '0.9', '2.0'].map((version) =>
    at('/plain', { section: '4.1', name: `HTTP/${version}`, answer: BAD }, { version }),
  ),
  ...['1.2', '3.0', '1', '1.1.1', 'x'].map((version) =>
    at('/plain', { section: '4.1', name: `HTTP/${version}`, answer: unreadable() }, { version }),
  ),
  ...[
    'http://localhost/plain',
    'ws://localhost/plain',
    '//localhost/plain',
    '/./plain',
    '/x/../plain',
    '/%2e/plain',
  ].map((path) => at(path, { section: '4.2.1', name: `the target ${path}`, answer: BAD })),
  ...['/plain\\', '/plain%', '/plain%zz', '/%ff', '/plain//', '/plain#x'].map((path) =>
    at(path, { section: '4.2.1', name: `the target ${path}`, answer: BAD }),
  ),
  at('/plain', { section: '3', name: 'a target with a space in it', answer: unreadable() }, { version: '1.1 x' }),
]

const HOSTS: readonly HandshakeCase[] = [
  fields({ section: '4.2.1', name: 'no Host', answer: BAD }, { Host: null }),
  fields({ section: '4.2.1', name: 'two Hosts', answer: BAD }, { Host: ['localhost', 'localhost'] }),
  fields({ section: '4.2.1', name: 'an empty Host', answer: BAD }, { Host: '' }),
  fields({ section: '4.2.1', name: 'a Host with a port', answer: accepted() }, { Host: 'localhost:1' }),
]

/** `Upgrade` and `Connection`: section 4.2.1, items 3 and 4. */
const UPGRADES: readonly HandshakeCase[] = [
  ...['WebSocket', 'WEBSOCKET', 'wEbSoCkEt'].map((token) =>
    fields({ section: '4.2.1', name: `Upgrade: ${token}`, answer: accepted() }, { Upgrade: token }),
  ),
  ...['upgrade', 'keep-alive, Upgrade', 'Upgrade, keep-alive', 'x,UPGRADE,y', ' ,Upgrade'].map((tokens) =>
    fields({ section: '4.2.1', name: `Connection: ${tokens}`, answer: accepted() }, { Connection: tokens }),
  ),
  fields(
    { section: '4.2.1', name: 'Connection on two lines', answer: accepted() },
    { Connection: ['keep-alive', 'Upgrade'] },
  ),
  fields({ section: '4.2.1', name: 'no Upgrade', answer: ORDINARY }, { Upgrade: null }),
  fields({ section: '4.2.1', name: 'no Connection', answer: ORDINARY }, { Connection: null }),
  fields({ section: '4.2.1', name: 'Connection without Upgrade', answer: ORDINARY }, { Connection: 'keep-alive' }),
  ...['upgrades', 'x-upgrade', 'up grade'].map((token) =>
    fields({ section: '4.2.1', name: `Connection: ${token}`, answer: ORDINARY }, { Connection: token }),
  ),
  // A list of protocols may be offered; WebSocket is spoken where it is the only one.
  ...['h2c', 'websocket/13', 'websockets', 'web socket', 'h2c, websocket', 'websocket, h2c'].map((token) =>
    fields({ section: '4.2.1', name: `Upgrade: ${token}`, answer: ORDINARY }, { Upgrade: token }),
  ),
]

/** The key: section 4.2.1, item 5. */
const KEYS: readonly HandshakeCase[] = [
  ...(
    [
      ['no key', null],
      ['an empty key', ''],
      ['15 bytes', 'AAAAAAAAAAAAAAAAAAAA'],
      ['17 bytes', 'AAAAAAAAAAAAAAAAAAAAAAA='],
      ['12 bytes', 'AAAAAAAAAAAAAAAA'],
      ['a key without its padding', KEY.slice(0, -2)],
      ['a key with half its padding', KEY.slice(0, -1)],
      ['a key with too much padding', `${KEY}=`],
      ['a key in the alphabet of URLs', 'dGhlIHNhbXBsZSBub25j-_=='],
      ['a key with a space in it', 'dGhlIHNhbXBsZ Bub25jZQ=='],
      ['a key with bits beyond its 16 bytes', 'dGhlIHNhbXBsZSBub25jZR=='],
      ['a key in quotes', `"${KEY}"`],
      ['two keys in one line', `${KEY}, ${KEY}`],
      ['two keys', [KEY, KEY]],
      ['two keys that differ', [KEY, 'AAAAAAAAAAAAAAAAAAAAAA==']],
      ['the accept value in place of the key', ACCEPT],
    ] as const
  ).map(([name, key]) => fields({ section: '4.2.1', name, answer: BAD }, { 'Sec-WebSocket-Key': key })),
  fields(
    { section: '4.2.1', name: 'spaces around the key', answer: accepted() },
    { 'Sec-WebSocket-Key': `  ${KEY}\t ` },
  ),
]

/** The version: sections 4.2.1, item 6, and 4.4. */
const VERSIONS: readonly HandshakeCase[] = [
  ...[
    null,
    '',
    '0',
    '1',
    '7',
    '8',
    '12',
    '14',
    '25',
    '99',
    '130',
    '013',
    '13.0',
    '+13',
    '-13',
    '0x0d',
    '1e1',
    'xiii',
  ].map((version) =>
    fields({ section: '4.4', name: `version ${version}`, answer: VERSION }, { 'Sec-WebSocket-Version': version }),
  ),
  ...['13, 8', '8, 13', '13;', '1 3'].map((version) =>
    fields({ section: '4.4', name: `version ${version}`, answer: VERSION }, { 'Sec-WebSocket-Version': version }),
  ),
  fields({ section: '4.4', name: '13 twice', answer: VERSION }, { 'Sec-WebSocket-Version': ['13', '13'] }),
]

/** Subprotocols: sections 4.1, item 10, and 11.3.4. The route speaks `chat` and `superchat`. */
const PROTOCOLS: readonly HandshakeCase[] = [
  ...(
    [
      ['chat', 'chat'],
      ['superchat', 'superchat'],
      ['superchat, chat', 'superchat'],
      ['x, chat', 'chat'],
      ['y,chat', 'chat'],
      ['x ,\tchat', 'chat'],
      [['x', 'chat'], 'chat'],
      ['Chat', undefined],
      ['x, y', undefined],
      ['constructor, __proto__', undefined],
      ["!#$%&'*+-.^_`|~09azAZ", undefined],
    ] as const
  ).map(([offer, chosen]) =>
    fields(
      { section: '4.2.2', name: `the subprotocols ${String(offer)}`, answer: accepted(chosen) },
      { 'Sec-WebSocket-Protocol': offer },
      '/spoken',
    ),
  ),
  fields(
    { section: '4.2.2', name: 'subprotocols where the route speaks none', answer: accepted() },
    { 'Sec-WebSocket-Protocol': 'chat' },
  ),
  ...['', ',', 'a,', ',a', 'a,,b', 'a b', 'a, a', 'a;b', 'a=b', '"a"', 'a/b', 'a@b', '(a)', 'a[0]', 'a{}', 'ü'].map(
    (offer) =>
      fields(
        { section: '11.3.4', name: `the subprotocols "${offer}"`, answer: BAD },
        { 'Sec-WebSocket-Protocol': offer },
        '/spoken',
      ),
  ),
]

/** The grammar of extensions: section 9.1. */
const EXTENSIONS: readonly HandshakeCase[] = [
  ...['x', 'x; y', 'x; y=1', 'x; y="1"', 'x; y="\\1"', 'x;y;z=2, w', 'x, x', 'constructor; __proto__=1'].map((offer) =>
    fields(
      { section: '9.1', name: `the extensions ${offer}`, answer: accepted() },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
  ...[
    '',
    ',',
    ';',
    'x,',
    ',x',
    'x,,y',
    'x;',
    'x;;y',
    'x; =1',
    'x; y=',
    'x; y=""',
    'x; y="',
    'x; y="a b"',
    'x y',
    '"x"',
  ].map((offer) =>
    fields(
      { section: '9.1', name: `the extensions "${offer}"`, answer: BAD },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
  ...['x; y=1 2', 'x; y="1"2', 'x=1', 'x; y==1', 'x; y=/', 'x@y', 'ü', 'permessage-deflate;;'].map((offer) =>
    fields(
      { section: '9.1', name: `the extensions "${offer}"`, answer: BAD },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
]

const DEFLATE = 'permessage-deflate'
const BOTH = 'server_no_context_takeover; client_no_context_takeover'

/** What is agreed on: RFC 7692 sections 5 and 7.1. */
const COMPRESSION: readonly HandshakeCase[] = [
  ...(
    [
      [DEFLATE, `${DEFLATE}; ${BOTH}`],
      [`${DEFLATE}; client_max_window_bits`, `${DEFLATE}; ${BOTH}`],
      [`${DEFLATE}; server_no_context_takeover`, `${DEFLATE}; ${BOTH}`],
      [`${DEFLATE}; client_no_context_takeover`, `${DEFLATE}; client_no_context_takeover; server_no_context_takeover`],
      [`${DEFLATE}; client_max_window_bits=15`, `${DEFLATE}; client_max_window_bits=15; ${BOTH}`],
      [`${DEFLATE}; client_max_window_bits=8`, `${DEFLATE}; client_max_window_bits=8; ${BOTH}`],
      [`${DEFLATE}; client_max_window_bits="10"`, `${DEFLATE}; client_max_window_bits=10; ${BOTH}`],
      [`x, ${DEFLATE}`, `${DEFLATE}; ${BOTH}`],
      [`${DEFLATE}; server_max_window_bits=10, ${DEFLATE}`, `${DEFLATE}; ${BOTH}`],
    ] as const
  ).map(([offer, agreed]) =>
    fields(
      { section: 'RFC 7692 7.1', name: `the offer ${offer}`, answer: accepted(undefined, agreed) },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
  // Declined, and the connection goes on without: unknown, repeated or invalid parameters (section 7.1), and a window of
  // the client's choice for the server, whose frames are shared.
  ...[
    `${DEFLATE}; server_max_window_bits=8`,
    `${DEFLATE}; server_max_window_bits=15`,
    `${DEFLATE}; server_max_window_bits`,
    `${DEFLATE}; server_max_window_bits=7`,
    `${DEFLATE}; server_max_window_bits=16`,
    `${DEFLATE}; client_max_window_bits=7`,
    `${DEFLATE}; client_max_window_bits=16`,
    `${DEFLATE}; client_max_window_bits=x`,
    `${DEFLATE}; client_max_window_bits; client_max_window_bits`,
    `${DEFLATE}; server_no_context_takeover=1`,
    `${DEFLATE}; server_no_context_takeover; server_no_context_takeover`,
    `${DEFLATE}; client_no_context_takeover=true`,
    `${DEFLATE}; unknown`,
    `${DEFLATE}; constructor=1`,
    'Permessage-Deflate',
    'permessage-bzip2',
    'x-webkit-deflate-frame',
  ].map((offer) =>
    fields(
      { section: 'RFC 7692 5.1', name: `the offer ${offer} is declined`, answer: accepted() },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
  fields(
    { section: 'RFC 7692 5.1', name: 'an offer to a hub without compression is declined', answer: accepted() },
    { 'Sec-WebSocket-Extensions': DEFLATE },
  ),
]

/** Origins: sections 4.2.2, item 4, and 10.2. */
const ORIGINS: readonly HandshakeCase[] = [
  fields({ section: '10.2', name: 'no Origin: not a browser', answer: accepted() }, {}),
  fields({ section: '10.2', name: "the host's own origin", answer: accepted() }, { Origin: 'http://localhost' }),
  ...['http://evil.io', 'http://localhost.evil.io', 'http://evil.io/localhost', 'null', '', 'localhost', 'file://'].map(
    (origin) =>
      fields(
        {
          section: '10.2',
          name: `the origin "${origin}"`,
          answer: { status: 403, headers: { Upgrade: undefined }, stays: false, seen: true },
        },
        { Origin: origin },
      ),
  ),
  fields(
    {
      section: '10.2',
      name: 'two origins',
      answer: { status: 403, headers: { Upgrade: undefined }, stays: false, seen: true },
    },
    { Origin: ['http://localhost', 'http://evil.io'] },
  ),
]

const WITH_BODY = (fieldsOfBody: Fields, body: string, name: string, answer = BAD): HandshakeCase =>
  at('/plain', { section: '4.1', name, answer }, { fields: fieldsOfBody, body })

const BODIES: readonly HandshakeCase[] = [
  WITH_BODY({ 'Content-Length': '5' }, 'hello', 'a body'),
  WITH_BODY({ 'Content-Length': '5' }, '', 'a body that is still to come'),
  WITH_BODY({ 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n', 'a body of no chunks'),
  WITH_BODY({ 'Content-Length': '0' }, '', 'a body of no bytes', accepted()),
  WITH_BODY({ 'Content-Length': '-1' }, '', 'a negative length', unreadable()),
  WITH_BODY({ 'Content-Length': '5, 5' }, 'hello', 'a list of lengths', unreadable()),
  WITH_BODY({ 'Content-Length': ['5', '5'] }, 'hello', 'two lengths', unreadable()),
  WITH_BODY(
    { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' },
    '0\r\n\r\n',
    'a length and chunks',
    unreadable(),
  ),
  WITH_BODY({ 'Transfer-Encoding': 'gzip' }, '', 'a coding without chunks'),
  {
    section: '10.3',
    name: 'a body that is another handshake',
    answer: BAD,
    bytes: (query) => {
      const body = handshake(`/plain?${query}`)
      return handshake(`/plain?${query}`, { fields: { 'Content-Length': String(body.length) }, body })
    },
  },
]

const raw = (name: string, answer: Answered, bytes: (query: string) => string): HandshakeCase => ({
  section: 'RFC 9112 2.2',
  name,
  answer,
  bytes,
})

/** The syntax of HTTP itself: what Node's parser must not let through. */
const SYNTAX: readonly HandshakeCase[] = [
  ...[
    ['a bare line feed in a value', 'a\nX-Evil: 1'],
    ['a bare carriage return in a value', 'a\rX-Evil: 1'],
    ['a zero byte in a value', 'a\0b'],
    ['an escape in a value', 'a\u001b[31m'],
    ['a folded line', 'a\r\n b'],
  ].map(([name = '', value = '']) =>
    raw(name, unreadable(), (query) => handshake(`/plain?${query}`, { fields: { 'X-Odd': value } })),
  ),
  ...['X Odd', 'X-Odd ', '', 'X(Odd)', 'X\0Odd', 'X"Odd"', 'Ö'].map((name) =>
    raw(`a header called "${name.replaceAll('\0', '\\0')}"`, unreadable(), (query) =>
      handshake(`/plain?${query}`, { fields: { [name]: '1' } }),
    ),
  ),
  raw('a line without a colon', unreadable(), (query) =>
    handshake(`/plain?${query}`).replace('\r\n\r\n', '\r\nnonsense\r\n\r\n'),
  ),
  raw('a space before the first header', unreadable(), (query) =>
    handshake(`/plain?${query}`).replace('\r\nHost', '\r\n Host'),
  ),
  raw('empty lines before the request', accepted(), (query) => `\r\n\r\n${handshake(`/plain?${query}`)}`),
  raw('names in other letters', accepted(), (query) =>
    handshake(`/plain?${query}`).replace('Sec-WebSocket-Key', 'sEC-wEBsOCKET-kEY'),
  ),
  raw('no spaces behind the colons', accepted(), (query) => handshake(`/plain?${query}`).replaceAll(': ', ':')),
  raw('a header of 100 KB', unreadable(431), (query) =>
    handshake(`/plain?${query}`, { fields: { 'X-Long': 'x'.repeat(100_000) } }),
  ),
  raw('2,100 headers', refused(431), (query) =>
    handshake(`/plain?${query}`, {
      fields: Object.fromEntries(Array.from({ length: 2100 }, (_, index) => [`h${index}`, '1'])),
    }),
  ),
  raw('no HTTP at all', unreadable(), () => '\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n\r\n'),
  raw(
    'a frame in place of a request',
    unreadable(),
    () => '\u0081\u0085\u0037\u00fa\u0021\u003d\u007f\u009f\u004d\u0051\u0058',
  ),
  raw('a page of the same path', ORDINARY, (query) => plain(`/plain?${query}`)),
]

/** Opening handshakes. */
export const HANDSHAKES: readonly HandshakeCase[] = [
  ...REQUEST_LINES,
  ...HOSTS,
  ...UPGRADES,
  ...KEYS,
  ...VERSIONS,
  ...PROTOCOLS,
  ...EXTENSIONS,
  ...COMPRESSION,
  ...ORIGINS,
  ...BODIES,
  ...SYNTAX,
]

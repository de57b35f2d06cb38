import { KEY } from '../support/request.js'
import {
  type HandshakeCase,
  ACCEPT,
  accepted,
  unreadable,
  ORDINARY,
  BAD,
  VERSION,
  METHOD,
  at,
  fields,
} from './handshake-case.js'
import { BODIES, SYNTAX } from './http-syntax.js'
import { COMPRESSION, EXTENSIONS, PROTOCOLS } from './offers.js'

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
  // A client may offer a list of protocols; wshub accepts WebSocket only if it is the only one.
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

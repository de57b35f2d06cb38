import { METHODS } from 'node:http'
import fc from 'fast-check'
import { handshake, KEY } from '../support/request.js'

/** A request in its parts. */
export interface Parts {
  method: string
  path: string
  version: string
  /** Header lines, and the request line without its query. */
  lines: [name: string, value: string][]
  body: string
}

export interface Defect {
  readonly name: string
  readonly statuses: readonly number[]
  readonly seen: boolean
  readonly apply: (parts: Parts) => void
}

const TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const DELIMITERS = '"(),/:;<=>?@[\\]{}'
/** Any of these letters. */
const oneOf = (letters: string): fc.Arbitrary<string> => fc.constantFrom(...letters.split(''))
export const token = fc.string({ unit: oneOf(TOKEN), minLength: 1, maxLength: 12 })
const base64 = oneOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')

const set =
  (name: string, ...values: string[]) =>
  (parts: Parts): void => {
    const lower = name.toLowerCase()
    parts.lines = parts.lines.filter(([other]) => other.toLowerCase() !== lower)
    for (const value of values) parts.lines.push([name, value])
  }

const defect = (name: string, statuses: readonly number[], apply: (parts: Parts) => void, seen = false): Defect => ({
  name,
  statuses,
  apply,
  seen,
})

/** Values of a header that must be refused. */
const header = (name: string, status: number, values: fc.Arbitrary<string | readonly string[]>): fc.Arbitrary<Defect> =>
  values.map((value) =>
    defect(
      `${name}: ${JSON.stringify(value)}`,
      [status],
      set(name, ...(typeof value === 'string' ? [value] : value)),
      status === 403,
    ),
  )

const methods = fc
  .constantFrom('POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD', 'PROPFIND', 'TRACE', 'REPORT', 'MKCOL')
  .map((method) => defect(`method ${method}`, [405], (parts) => (parts.method = method)))

const unknownMethods = fc
  .string({ unit: oneOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz'), minLength: 1, maxLength: 8 })
  .filter((method) => !KNOWN.has(method))
  .map((method) => defect(`unknown method ${method}`, [400], (parts) => (parts.method = method)))

const KNOWN = new Set([...METHODS, 'SOURCE', 'PRI'])

const versions = fc
  .constantFrom('1.0', '0.9', '2.0', '1.2', '3.0', '1', '11', '1.1.1', 'x', '')
  .map((version) => defect(`HTTP/${version}`, [400], (parts) => (parts.version = version)))

const paths = fc
  .constantFrom('//chat', '/./chat', '/x/../chat', '/%2e/chat', '/chat//', '/chat\\', '/chat%', '/chat%zz', '/%ff', '*')
  .map((path) => defect(`path ${path}`, [400], (parts) => (parts.path = path)))

const targets = fc
  .tuple(fc.constantFrom('http://', 'ws://', 'ftp://'), token)
  .map(([scheme, host]) => `${scheme}${host.replaceAll(/[^a-z0-9]/gi, 'x')}/plain`)
  .map((path) => defect(`target ${path}`, [400], (parts) => (parts.path = path)))

const hosts = fc.oneof(
  fc.constant(defect('no Host', [400], set('Host'))),
  header('Host', 400, fc.constantFrom('', ' ')),
  header('Host', 400, fc.tuple(token, token)),
)

const notKeys = fc.oneof(
  fc.string({ unit: base64, maxLength: 40 }).map((text) => (text.length === 22 ? text : `${text}==`)),
  fc.string({ unit: base64, minLength: 24, maxLength: 24 }),
  fc.constantFrom('', KEY.slice(1), `${KEY}=`, KEY.replace('=', ' ='), `${KEY},${KEY}`),
)
const isKey = (text: string): boolean => /^[+/0-9A-Za-z]{21}[AQgw]==$/.test(text.trim())
const keys = fc.oneof(
  fc.constant(defect('no key', [400], set('Sec-WebSocket-Key'))),
  header(
    'Sec-WebSocket-Key',
    400,
    notKeys.filter((text) => !isKey(text)),
  ),
  header('Sec-WebSocket-Key', 400, fc.constant([KEY, KEY])),
)

const notThirteen = fc.oneof(
  fc.constantFrom('7', '8', '12', '14'),
  fc.integer({ min: -300, max: 300 }).map(String),
  token,
  fc.constantFrom('', '013', '13.0', '13,13', '13 13', '+13'),
)
const wireVersions = fc.oneof(
  fc.constant(defect('no version', [426], set('Sec-WebSocket-Version'))),
  header(
    'Sec-WebSocket-Version',
    426,
    notThirteen.filter((text) => text.trim() !== '13'),
  ),
  header(
    'Sec-WebSocket-Version',
    426,
    notThirteen.map((text) => ['13', text]),
  ),
)

const delimiter = oneOf(DELIMITERS.replace(',', ''))
const brokenLists = fc.oneof(
  fc.constantFrom('', ',', ',,', ' , '),
  token.map((one) => `${one},`),
  token.map((one) => `,${one}`),
  token.map((one) => `${one}, ${one}`),
  fc.tuple(token, token).map(([one, other]) => `${one},,${other}`),
  fc.tuple(token, token).map(([one, other]) => `${one} ${other}`),
  fc.tuple(token, delimiter, token).map((parts) => parts.join('')),
  fc
    .tuple(token, fc.nat({ max: 2000 }), token)
    .map(([one, spaces, other]) => `${one}${' '.repeat(spaces + 1)}${other}`),
)
const protocols = header('Sec-WebSocket-Protocol', 400, brokenLists)

const brokenExtensions = fc.oneof(
  fc.constantFrom('', ',', ';', ';;', '"', '='),
  token.map((one) => `${one},`),
  token.map((one) => `${one};`),
  token.map((one) => `${one}=1`),
  token.map((one) => `"${one}"`),
  fc.tuple(token, token).map(([one, other]) => `${one} ${other}`),
  fc.tuple(token, token).map(([one, other]) => `${one};;${other}`),
  fc.tuple(token, token).map(([one, other]) => `${one}; ${other}=`),
  fc.tuple(token, token).map(([one, other]) => `${one}; ${other}="`),
  fc.tuple(token, token, delimiter).map(([one, other, odd]) => `${one}; ${other}=${odd}`),
  fc.tuple(token, token).map(([one, other]) => `${one}; ${other}="a b"`),
)
const extensions = header('Sec-WebSocket-Extensions', 400, brokenExtensions)

export const origins = header(
  'Origin',
  403,
  fc.oneof(
    fc.constantFrom('null', '', 'file://', 'http://localhost.evil.io', 'http://localhost@evil.io', 'localhost'),
    fc.domain().map((domain) => `https://${domain}`),
    fc.domain().map((domain) => ['http://localhost', `https://${domain}`]),
  ),
)

const lengths = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 999 }), fc.string({ maxLength: 20 })).map(([length, body]) =>
    defect(`a body of ${length}`, [400], (parts) => {
      set('Content-Length', String(length))(parts)
      parts.body = body
    }),
  ),
  fc
    .constantFrom('-1', '0x5', '5 5', '1e3', '99999999999999999999')
    .map((length) => defect(`Content-Length: ${length}`, [400], set('Content-Length', length))),
  fc.constantFrom('chunked', 'gzip, chunked', 'identity', 'xchunked', 'chunked, chunked').map((coding) =>
    defect(`Transfer-Encoding: ${coding}`, [400], (parts) => {
      set('Transfer-Encoding', coding)(parts)
      parts.body = '2\r\nhi\r\n0\r\n\r\n'
    }),
  ),
  fc.constant(
    defect('a body that is a handshake', [400], (parts) => {
      parts.body = handshake('/plain?smuggled')
      set('Content-Length', String(parts.body.length))(parts)
    }),
  ),
)

const oddName = fc.oneof(
  fc
    .tuple(token, fc.constantFrom(' ', '\0', '"', '(', ')', '/', '[', '{', '\u007f', 'ü', '\u001b'), token)
    .map((name) => name.join('')),
  fc.constantFrom('', ' '),
)
const oddValue = fc
  .tuple(token, fc.constantFrom('\n', '\r', '\0', '\u0001', '\u001b', '\u007f', '\r\n '), token)
  .map((value) => value.join(''))
const syntax = fc.oneof(
  oddName.map((name) =>
    defect(`header called ${JSON.stringify(name)}`, [400], (parts) => parts.lines.push([name, '1'])),
  ),
  oddValue.map((value) =>
    defect(`value ${JSON.stringify(value)}`, [400], (parts) => parts.lines.push(['X-Odd', value])),
  ),
  fc
    .integer({ min: 66_000, max: 90_000 })
    .map((size) => defect(`a header of ${size}`, [431], (parts) => parts.lines.push(['X-Long', 'x'.repeat(size)]))),
  fc.integer({ min: 1000, max: 1500 }).map((count) =>
    defect(`${count} headers`, [431], (parts) => {
      for (let index = 0; index < count; index += 1) parts.lines.push([`h${index}`, ''])
    }),
  ),
)

/** Defects that make it an ordinary request, which the route answers with 426. */
export const ordinary = fc.oneof(
  fc.constant(defect('no Upgrade', [426], set('Upgrade'), true)),
  fc.constant(defect('no Connection', [426], set('Connection'), true)),
  fc
    .oneof(token, fc.constantFrom('h2c', 'websocket, h2c', 'websocket/13', 'web socket'))
    .filter((text) => text.toLowerCase() !== 'websocket')
    .map((text) => defect(`Upgrade: ${text}`, [426], set('Upgrade', text), true)),
  token
    .filter((text) => !['upgrade', 'close'].includes(text.toLowerCase()))
    .map((text) => defect(`Connection: ${text}`, [426], set('Connection', text), true)),
)

export const refused = fc.oneof(
  methods,
  unknownMethods,
  versions,
  paths,
  targets,
  hosts,
  keys,
  wireVersions,
  protocols,
  extensions,
  lengths,
  syntax,
)

import { type Fields, handshake, plain } from '../support/request.js'
import {
  type Answered,
  type HandshakeCase,
  accepted,
  unreadable,
  ORDINARY,
  BAD,
  at,
  refused,
} from './handshake-case.js'

const WITH_BODY = (fieldsOfBody: Fields, body: string, name: string, answer = BAD): HandshakeCase =>
  at('/plain', { section: '4.1', name, answer }, { fields: fieldsOfBody, body })

export const BODIES: readonly HandshakeCase[] = [
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

/** Violations of HTTP syntax that Node's parser must reject. */
export const SYNTAX: readonly HandshakeCase[] = [
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
    'a frame instead of a request',
    unreadable(),
    () => '\u0081\u0085\u0037\u00fa\u0021\u003d\u007f\u009f\u004d\u0051\u0058',
  ),
  raw('a page of the same path', ORDINARY, (query) => plain(`/plain?${query}`)),
]

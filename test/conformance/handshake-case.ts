import { type Fields, handshake, type RequestParts } from '../support/request.js'

/** The expected answer to a handshake. */
export interface Answered {
  readonly status: number
  /** Header fields with the exact values that the answer must have; `undefined` if it must not have the field. */
  readonly headers: Readonly<{ [Name in string]: string | undefined }>
  /** Whether the connection stays open: as a WebSocket after a 101, as HTTP after an ordinary answer. */
  readonly stays: boolean
  /** Whether the app sees the request. */
  readonly seen: boolean
}

/** The bytes of a handshake and their exact expected answer. */
export interface HandshakeCase {
  /** The section of RFC 6455, or of another RFC if it is named. */
  readonly section: string
  readonly name: string
  /** @param query identifies the request */
  readonly bytes: (query: string) => string
  readonly answer: Answered
}

/** The accept value that section 1.3 computes for the key of its example. */
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

export const accepted = (protocol?: string, extensions?: string): Answered => ({
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
export const refused = (status: number, headers: Answered['headers'] = {}): Answered => ({
  status,
  headers: { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8', Upgrade: undefined, ...headers },
  stays: false,
  seen: false,
})

/** Refused by Node's parser; the framework decides on the rest of the answer. */
export const unreadable = (status = 400): Answered => ({
  status,
  headers: { Upgrade: undefined },
  stays: false,
  seen: false,
})

/** Not an upgrade, so the route answers as for a page: RFC 9110 section 15.5.22. */
export const ORDINARY: Answered = { status: 426, headers: { Upgrade: 'websocket' }, stays: true, seen: true }

export const BAD = refused(400)
export const VERSION = refused(426, { 'Sec-WebSocket-Version': '13' })
export const METHOD = refused(405, { Allow: 'GET' })

type Given = Pick<HandshakeCase, 'section' | 'name' | 'answer'>

export const at = (path: string, { section, name, answer }: Given, parts: RequestParts = {}): HandshakeCase => ({
  section,
  name,
  answer,
  bytes: (query) => handshake(`${path}?${query}`, parts),
})
export const fields = (given: Given, wrong: Fields, path = '/plain'): HandshakeCase =>
  at(path, given, { fields: wrong })

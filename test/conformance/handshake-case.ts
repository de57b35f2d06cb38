import { type Fields, handshake, type RequestParts } from '../support/request.js'

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

/** Refused by Node's own parser; what else the answer says is up to the framework. */
export const unreadable = (status = 400): Answered => ({
  status,
  headers: { Upgrade: undefined },
  stays: false,
  seen: false,
})

/** No upgrade at all, so the route answers as it answers a page: RFC 9110 section 15.5.22. */
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

import { CLOSE } from '../support/client-frame.js'
import { frame } from '../support/frame.js'
import type { RawClient } from '../support/raw.js'
import { type Fields, handshake, plain, type RequestParts } from '../support/request.js'

/** Bytes for an app and their expected outcome on every framework. */
export interface Probe {
  readonly name: string
  readonly bytes: string
  /** Frames that the client sends once it is accepted. */
  readonly sends?: readonly Buffer[]
  /** Ends the connection, once all expected texts have arrived. */
  readonly end?: (client: RawClient) => unknown
  readonly status: number
  /** Texts that the client gets. */
  readonly texts?: readonly string[]
  /** The code of the server's close frame. */
  readonly code?: number
  /** What happens in the app, in order. */
  readonly events: readonly string[]
}

const BINARY = 2

/** The middleware that every request passes. A refusal before the app causes no event. */
const PAGE = ['use']
const ANSWERED = ['res finish', 'res close']
const ASKED = ['use', 'before', 'describe']
const IN = [...ASKED, 'open', 'join tea', ...ANSWERED]

const left = (code: number, clean = true): string[] => [`close ${code} ${clean ? 'clean' : 'lost'}`, 'leave tea']

const closeFrame = (code: number): Buffer => frame(Buffer.from([code >> 8, code & 255]), CLOSE)

const wrong = (name: string, status: number, fields: Fields, parts: RequestParts = {}): Probe => ({
  name,
  bytes: handshake('/chat', { ...parts, fields }),
  status,
  events: [],
})

const talks = (name: string, sends: readonly Buffer[], { events = [], ...more }: Partial<Probe>): Probe => ({
  name,
  bytes: handshake('/chat'),
  sends,
  status: 101,
  ...more,
  events: [...IN, ...events],
})

/** Sends texts, gets them back and closes the connection with 1000. */
const chats = (name: string, words: readonly string[], opcode?: number): Probe =>
  talks(
    name,
    words.map((word) => frame(word, opcode)),
    {
      texts: words,
      end: (client) => client.send(closeFrame(1000)),
      code: 1000,
      events: [...words.map((word) => `message ${word}`), ...left(1000)],
    },
  )

/** Sends bytes that violate the protocol, and is disconnected. */
const offends = (name: string, bytes: Buffer, code: number): Probe =>
  talks(name, [bytes], { code, events: ['error receive', ...left(code, false)] })

const asks = (name: string, bytes: string, status: number, events: readonly string[]): Probe => ({
  name,
  bytes,
  status,
  events: [...events, ...ANSWERED],
})

/** The answer to a message whose handler threw, without the cause. */
const FAILED = JSON.stringify({
  type: 'error',
  payload: { code: 'internal', message: 'The server failed to handle the message.' },
})

/** The head of a text frame of 4 GiB. */
const ENDLESS = Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4])

export const PROBES: readonly Probe[] = [
  chats('a close frame', []),
  chats('a text and a close frame', ['hi']),
  chats('many texts', ['a', 'b', 'c', 'd', 'e', 'f']),
  chats('bytes', ['raw'], BINARY),
  talks('a close frame with a code of the app', [closeFrame(4000)], { code: 4000, events: left(4000) }),
  talks('a text whose handler throws', [frame('break')], {
    texts: [FAILED],
    end: (client) => client.send(closeFrame(1000)),
    code: 1000,
    events: ['message break', 'error message', ...left(1000)],
  }),
  talks('a text whose handler disconnects the client', [frame('out')], {
    code: 4403,
    events: ['message out', ...left(4403)],
  }),
  talks('a reset', [], { end: (client) => client.reset(), events: left(1006, false) }),
  talks('the end of the stream', [], { end: (client) => client.socket.end(), events: left(1006, false) }),
  offends('no mask', Buffer.from([0x81, 1, 65]), 1002),
  offends('text that is no UTF-8', frame(Buffer.from([0xff])), 1007),
  offends('a message that is too long', ENDLESS, 1009),
  offends('a close code that does not exist', closeFrame(1005), 1002),
  offends('an unknown kind of frame', frame('x', 3), 1002),

  asks('a page', plain('/page'), 200, PAGE),
  asks('an upgrade to a page', handshake('/page'), 200, PAGE),
  asks('a page on the route', plain('/chat'), 426, ['use', 'before']),
  asks('the head of the route', plain('/chat', { method: 'HEAD' }), 426, ['use', 'before']),
  asks('an upgrade to a path without a route', handshake('/nowhere'), 404, PAGE),
  asks('a page request to a path without a route', plain('/nowhere'), 404, PAGE),
  asks('an upgrade to a locked route', handshake('/locked'), 401, PAGE),
  asks('an upgrade to a broken route', handshake('/broken'), 418, ['use', 'handle error']),
  asks('an upgrade to a route that rejects later', handshake('/broken/later'), 418, ['use', 'handle error']),
  asks('an upgrade to a full hub', handshake('/full'), 503, PAGE),
  asks('an upgrade of a foreign page', handshake('/chat', { fields: { Origin: 'https://evil.io' } }), 403, [
    'use',
    'before',
  ]),
  asks('h2c', plain('/page', { fields: { Connection: 'Upgrade', Upgrade: 'h2c' } }), 200, PAGE),

  wrong('version 12', 426, { 'Sec-WebSocket-Version': '12' }),
  wrong('a short key', 400, { 'Sec-WebSocket-Key': 'short' }),
  wrong('two Hosts', 400, { Host: ['a', 'b'] }),
  wrong('a POST', 405, {}, { method: 'POST' }),
  wrong('a body', 400, { 'Content-Length': '2' }, { body: 'hi' }),
  wrong('malformed subprotocols', 400, { 'Sec-WebSocket-Protocol': 'a,,b' }),
  { name: 'a path that is not normalized', bytes: handshake('/x/../chat'), status: 400, events: [] },
  { name: 'no HTTP at all', bytes: 'HELO\r\n\r\n', status: 400, events: [] },
]

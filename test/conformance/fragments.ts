import type { FrameCase } from './case.js'
import { closes, fails, STAYS_OPEN } from './verdict.js'
import { BINARY, bytesOf, CONTINUATION, PING, PONG, RSV1, TEXT } from '../support/client-frame.js'
import { close, fragments, text } from './wire.js'

const PROTOCOL_ERROR = fails(1002)
const TOO_BIG = fails(1009)
const BYE = close(1000)

const many = (count: number): readonly string[] => Array.from({ length: count }, () => 'x')

export const FRAGMENTS: readonly FrameCase[] = [
  ...[2, 3, 10, 1000].map((count) => ({
    section: '5.4',
    name: `a text in ${count} fragments`,
    frames: [Buffer.concat(fragments(TEXT, many(count))), BYE],
    messages: ['x'.repeat(count)],
    ending: closes(1000),
  })),
  {
    section: '5.4',
    name: 'bytes in fragments, empty ones among them',
    frames: [...fragments(BINARY, ['', 'ab', '', 'c', '']), BYE],
    messages: [Buffer.from('abc')],
    ending: closes(1000),
  },
  {
    section: '5.4',
    name: 'a text of nothing but empty fragments',
    frames: [...fragments(TEXT, ['', '', '']), BYE],
    messages: [''],
    ending: closes(1000),
  },
  {
    section: '5.4',
    name: 'control frames between fragments are answered before the message is whole',
    frames: [
      bytesOf({ opcode: TEXT, payload: 'a', fin: false }),
      bytesOf({ opcode: PING, payload: '1' }),
      bytesOf({ opcode: CONTINUATION, payload: 'b', fin: false }),
      bytesOf({ opcode: PONG, payload: '2' }),
      bytesOf({ opcode: PING, payload: '3' }),
      bytesOf({ opcode: CONTINUATION, payload: 'c' }),
    ],
    messages: ['abc'],
    pongs: ['1', '3'],
    ending: STAYS_OPEN,
  },
  {
    section: '5.5.1',
    name: 'a close frame between fragments: the incomplete message is dropped',
    frames: [bytesOf({ opcode: TEXT, payload: 'a', fin: false }), BYE, bytesOf({ opcode: CONTINUATION, payload: 'b' })],
    ending: closes(1000),
  },
  ...[true, false].map((fin) => ({
    section: '5.4',
    name: `a continuation of nothing${fin ? '' : ', without FIN'}`,
    frames: [bytesOf({ opcode: CONTINUATION, payload: 'x', fin }), text('after')],
    ending: PROTOCOL_ERROR,
  })),
  {
    section: '5.4',
    name: 'a continuation after a complete message',
    frames: [...fragments(TEXT, ['a', 'b']), bytesOf({ opcode: CONTINUATION, payload: 'c' })],
    messages: ['ab'],
    ending: PROTOCOL_ERROR,
  },
  ...[TEXT, BINARY].flatMap((opcode) =>
    [true, false].map((fin) => ({
      section: '5.4',
      name: `opcode ${opcode}${fin ? '' : ' without FIN'} inside a fragmented message`,
      frames: [bytesOf({ opcode: TEXT, payload: 'a', fin: false }), bytesOf({ opcode, payload: 'b', fin })],
      ending: PROTOCOL_ERROR,
    })),
  ),
  {
    section: '5.4',
    name: 'RSV1 on a continuation',
    frames: [
      bytesOf({ opcode: TEXT, payload: 'a', fin: false }),
      bytesOf({ opcode: CONTINUATION, payload: 'b', rsv: RSV1 }),
    ],
    ending: PROTOCOL_ERROR,
  },
  {
    section: '10.4',
    name: 'fragments that make up the largest message',
    frames: [...fragments(BINARY, [Buffer.alloc(200_000), Buffer.alloc(62_144)]), BYE],
    messages: [Buffer.alloc(262_144)],
    ending: closes(1000),
  },
  {
    section: '10.4',
    name: 'a fragment that makes the message one byte too large is refused at its head',
    frames: [
      bytesOf({ opcode: BINARY, payload: Buffer.alloc(200_000), fin: false }),
      bytesOf({ opcode: CONTINUATION, length: 62_145n }),
    ],
    ending: TOO_BIG,
  },
  {
    section: '10.4',
    name: '16,384 fragments are taken',
    frames: [Buffer.concat(fragments(TEXT, many(16_384))), BYE],
    messages: ['x'.repeat(16_384)],
    ending: closes(1000),
  },
  {
    section: '10.4',
    name: '16,385 fragments are too many',
    frames: [Buffer.concat(fragments(TEXT, many(16_385)))],
    ending: fails(1008),
  },
]

/** The client ends the stream inside a frame or message: there is no close frame, and no incomplete message is handled. */
export const CUT: readonly FrameCase[] = [
  { section: '7.1.5', name: 'no frame at all', frames: [], ending: STAYS_OPEN },
  ...[1, 2, 3, 5, 6, 9].map((end) => ({
    section: '7.1.5',
    name: `the first ${end} bytes of a frame`,
    frames: [text('whole'), text('hello').subarray(0, end)],
    messages: ['whole'],
    ending: STAYS_OPEN,
  })),
  {
    section: '7.1.5',
    name: 'a fragment whose message never ends',
    frames: [bytesOf({ opcode: TEXT, payload: 'a', fin: false }), bytesOf({ opcode: PING, payload: 'p' })],
    pongs: ['p'],
    ending: STAYS_OPEN,
  },
  {
    section: '5.2',
    name: 'the first byte of a frame with a reserved opcode',
    frames: [text('whole'), Buffer.of(0x83)],
    messages: ['whole'],
    ending: STAYS_OPEN,
  },
  {
    section: '7.1.7',
    name: 'another handshake instead of a frame',
    frames: [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ending: PROTOCOL_ERROR,
  },
]

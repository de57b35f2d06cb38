import { constants, deflateRawSync } from 'node:zlib'
import type { FrameCase } from './case.js'
import { closes, fails } from './verdict.js'
import { BINARY, bytesOf, CONTINUATION, PING, RSV1, RSV2, TEXT } from '../support/client-frame.js'
import { close, deflated, fragments, text } from './wire.js'
import { BOMBS } from './bombs.js'

const BYE = close(1000)
const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(' ', ''), 'hex')
const LONG = 'all work and no play '.repeat(200)
const LIMIT = 262_144

/** A message in one compressed frame. */
const packed = (payload: Uint8Array, opcode = TEXT): Buffer => bytesOf({ opcode, rsv: RSV1, payload })
const mode = 'deflate' as const
const section = 'RFC 7692 7.2.2'

/** RFC 7692 section 7.2.3, word for word. */
const EXAMPLES: readonly FrameCase[] = [
  ['7.2.3.1', 'one compressed block', ['f2 48 cd c9 c9 07 00']],
  ['7.2.3.1', 'one compressed block in two fragments', ['f2 48 cd', 'c9 c9 07 00']],
  ['7.2.3.3', 'a block without compression', ['00 05 00 fa ff 48 65 6c 6c 6f 00']],
  ['7.2.3.4', 'a block with BFINAL', ['f3 48 cd c9 c9 07 00 00']],
  ['7.2.3.5', 'two blocks in one message', ['f2 48 05 00 00 00 ff ff ca c9 c9 07 00']],
].map(([where, name, pieces]) => ({
  section: `RFC 7692 ${where as string}`,
  name: name as string,
  frames: [...fragments(TEXT, (pieces as string[]).map(hex), RSV1), BYE],
  messages: ['Hello'],
  ending: closes(1000),
  mode,
}))

const CONTEXT: readonly FrameCase[] = [
  {
    section: 'RFC 7692 7.1.1.2',
    name: 'the same message twice, each compressed independently',
    frames: [packed(hex('f2 48 cd c9 c9 07 00')), packed(hex('f2 48 cd c9 c9 07 00')), BYE],
    messages: ['Hello', 'Hello'],
    ending: closes(1000),
    mode,
  },
  {
    section: 'RFC 7692 7.2.3.2',
    name: 'a message that refers to the one before, which client_no_context_takeover forbids',
    frames: [packed(hex('f2 48 cd c9 c9 07 00')), packed(hex('f2 00 11 00 00'))],
    messages: ['Hello'],
    ending: fails(1007),
    mode,
  },
  {
    section: 'RFC 7692 7.1.2.2',
    name: 'a window of 512 bytes, if the client may use it',
    frames: [packed(deflated(LONG, 9)), BYE],
    messages: [LONG],
    ending: closes(1000),
    mode,
    offer: 'permessage-deflate; client_max_window_bits=9',
  },
]

const MESSAGES: readonly FrameCase[] = [
  ...[0, 1, 125, 126, 65_535, 65_536, LIMIT].map((size) => ({
    section,
    name: `a text of ${size} bytes`,
    frames: [packed(deflated('x'.repeat(size))), BYE],
    messages: ['x'.repeat(size)],
    ending: closes(1000),
    mode,
  })),
  {
    section,
    name: 'bytes',
    frames: [packed(deflated(Buffer.from(LONG)), BINARY), BYE],
    messages: [Buffer.from(LONG)],
    ending: closes(1000),
    mode,
  },
  {
    section: 'RFC 7692 6',
    name: 'plain messages between compressed ones',
    frames: [text('a'), packed(deflated('b')), text('c'), ...fragments(TEXT, ['d', 'e']), packed(deflated('f')), BYE],
    messages: ['a', 'b', 'c', 'de', 'f'],
    ending: closes(1000),
    mode,
  },
  ...[...deflated('κόσμε-😀').keys()].map((at) => {
    const bytes = deflated('κόσμε-😀')
    return {
      section: 'RFC 7692 7.2.1',
      name: `a compressed text in two fragments, split after ${at} bytes`,
      frames: [...fragments(TEXT, [bytes.subarray(0, at), bytes.subarray(at)], RSV1), BYE],
      messages: ['κόσμε-😀'],
      ending: closes(1000),
      mode,
    }
  }),
  {
    section: 'RFC 7692 6.1',
    name: 'a ping between compressed fragments',
    frames: [
      bytesOf({ opcode: TEXT, payload: hex('f2 48 cd'), rsv: RSV1, fin: false }),
      bytesOf({ opcode: PING, payload: 'p' }),
      bytesOf({ opcode: CONTINUATION, payload: hex('c9 c9 07 00') }),
      BYE,
    ],
    messages: ['Hello'],
    pongs: ['p'],
    ending: closes(1000),
    mode,
  },
  {
    section: 'RFC 7692 7.2.3.6',
    name: 'an empty message as one byte',
    frames: [packed(hex('00')), BYE],
    messages: [''],
    ending: closes(1000),
    mode,
  },
  {
    section,
    name: 'a compressed frame of no bytes at all',
    frames: [packed(hex('')), BYE],
    messages: [''],
    ending: closes(1000),
    mode,
  },
]

const WRONG: readonly FrameCase[] = [
  ...[
    ['no deflate data', 'ff ff ff ff'],
    ['a block of the reserved type', '07'],
    ['a length that its complement denies', '00 05 00 00 00 48'],
    ['a reference to what was never sent', 'f2 00 11 00 00'],
  ].map(([name, bytes = '']) => ({
    section,
    name: name as string,
    frames: [text('before'), packed(hex(bytes)), text('after')],
    messages: ['before'],
    ending: fails(1007),
    mode,
  })),
  {
    section: '8.1',
    name: 'a text that inflates to invalid UTF-8',
    frames: [packed(deflated(hex('c3 28')))],
    ending: fails(1007),
    mode,
  },
  {
    section: 'RFC 7692 6.1',
    name: 'RSV1 on the second fragment',
    frames: [
      bytesOf({ opcode: TEXT, payload: hex('f2 48 cd'), rsv: RSV1, fin: false }),
      bytesOf({ opcode: CONTINUATION, payload: hex('c9 c9 07 00'), rsv: RSV1 }),
    ],
    ending: fails(1002),
    mode,
  },
  {
    section: 'RFC 7692 6.1',
    name: 'RSV1 on a ping',
    frames: [bytesOf({ opcode: PING, payload: hex('f2 48 cd c9 c9 07 00'), rsv: RSV1 })],
    ending: fails(1002),
    mode,
  },
  {
    section: 'RFC 7692 6',
    name: 'RSV2 beside RSV1',
    frames: [bytesOf({ opcode: TEXT, payload: hex('f2 48 cd c9 c9 07 00'), rsv: RSV1 | RSV2 })],
    ending: fails(1002),
    mode,
  },
  // A frame of a reserved opcode with two bytes is complete, so another frame could follow it.
  {
    section: '7.1.7',
    name: 'nothing is read after a failure, also while an earlier message is being inflated',
    frames: [packed(deflated('x'.repeat(LIMIT))), Buffer.of(0x83, 0x80), text('after'), packed(deflated('after'))],
    messages: ['x'.repeat(LIMIT)],
    ending: fails(1002),
    mode,
  },
  {
    section: 'RFC 7692 6',
    name: 'a compressed message without agreed compression',
    frames: [text('before'), packed(hex('f2 48 cd c9 c9 07 00'))],
    messages: ['before'],
    ending: fails(1002),
    mode: 'plain',
  },
  {
    section: 'RFC 7692 5.1',
    name: 'a compressed message after the offer was declined',
    frames: [packed(hex('f2 48 cd c9 c9 07 00'))],
    ending: fails(1002),
    mode,
    offer: 'permessage-deflate; server_max_window_bits=10',
  },
]

/** The last block of a stream may be followed by more (RFC 7692 section 7.2.1). */
export const AFTER_FINAL: FrameCase = {
  section: 'RFC 7692 7.2.1',
  name: 'a block with BFINAL and another one after it',
  frames: [
    packed(
      Buffer.concat([
        deflateRawSync('Hello, '),
        deflateRawSync('world', { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
      ]),
    ),
    BYE,
  ],
  messages: ['Hello, world'],
  ending: closes(1000),
  mode,
}

/** permessage-deflate. */
export const COMPRESSION: readonly FrameCase[] = [...EXAMPLES, ...CONTEXT, ...MESSAGES, ...WRONG, ...BOMBS]

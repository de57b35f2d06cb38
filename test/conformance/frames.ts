import type { FrameCase } from './case.js'
import { closes, fails, STAYS_OPEN } from './verdict.js'
import {
  BINARY,
  bytesOf,
  CONTINUATION,
  type LengthForm,
  PING,
  PONG,
  RSV1,
  RSV2,
  RSV3,
  TEXT,
} from '../support/client-frame.js'
import { close, text } from './wire.js'
import { CUT, FRAGMENTS } from './fragments.js'

const PROTOCOL_ERROR = fails(1002)
const TOO_BIG = fails(1009)
const BYE = close(1000)
const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(' ', ''), 'hex')

/** The examples of RFC 6455 section 5.7; a client must not send the unmasked ones. */
const EXAMPLES: readonly FrameCase[] = [
  {
    section: '5.7',
    name: 'the masked text of the examples',
    frames: [hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'), BYE],
    messages: ['Hello'],
    ending: closes(1000),
  },
  {
    section: '5.7',
    name: 'the unmasked text of the examples',
    frames: [hex('81 05 48 65 6c 6c 6f'), text('after')],
    ending: PROTOCOL_ERROR,
  },
  {
    section: '5.7',
    name: 'the unmasked fragments of the examples',
    frames: [hex('01 03 48 65 6c'), hex('80 02 6c 6f')],
    ending: PROTOCOL_ERROR,
  },
  {
    section: '5.7',
    name: 'the masked pong of the examples, without a ping',
    frames: [hex('8a 85 37 fa 21 3d 7f 9f 4d 51 58'), BYE],
    ending: closes(1000),
  },
]

const UNMASKED: readonly FrameCase[] = [TEXT, BINARY, PING, PONG, 8].flatMap((opcode) =>
  ['', 'x'].map((payload) => ({
    section: '5.1',
    name: `opcode ${opcode} without a mask, ${payload.length} bytes`,
    frames: [text('before'), bytesOf({ opcode, payload, mask: null }), text('after')],
    messages: ['before'],
    ending: PROTOCOL_ERROR,
  })),
)

const MASKS: readonly FrameCase[] = [
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
  [0, 0, 0, 1],
  [0x80, 0, 0, 0],
].flatMap((mask) =>
  [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33].map((length) => ({
    section: '5.3',
    name: `the mask ${mask.join('.')} over ${length} bytes`,
    frames: [bytesOf({ opcode: TEXT, payload: 'x'.repeat(length), mask: Uint8Array.from(mask) }), BYE],
    messages: ['x'.repeat(length)],
    ending: closes(1000),
  })),
)

/** Every combination of reserved bits on every opcode; RSV1 on a text or binary frame marks compression. */
const RESERVED_BITS: readonly FrameCase[] = [TEXT, BINARY, 8, PING, PONG].flatMap((opcode) =>
  [RSV1, RSV2, RSV3, RSV1 | RSV2, RSV1 | RSV3, RSV2 | RSV3, RSV1 | RSV2 | RSV3].map((rsv) => ({
    section: '5.2',
    name: `the reserved bits ${rsv.toString(2).padStart(3, '0')} on opcode ${opcode}`,
    frames: [text('before'), bytesOf({ opcode, rsv }), text('after')],
    messages: ['before'],
    ending: PROTOCOL_ERROR,
    ...(rsv === RSV1 && opcode <= BINARY && { mode: 'plain' as const }),
  })),
)

const RESERVED_OPCODES: readonly FrameCase[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) =>
  [true, false].map((fin) => ({
    section: '5.2',
    name: `the reserved opcode ${opcode}${fin ? '' : ' without FIN'}`,
    frames: [text('before'), bytesOf({ opcode, payload: 'x', fin }), text('after')],
    messages: ['before'],
    ending: PROTOCOL_ERROR,
  })),
)

const SIZES = [0, 1, 125, 126, 127, 128, 255, 256, 65_535, 65_536, 65_537, 262_143, 262_144]

const LENGTHS: readonly FrameCase[] = [
  ...SIZES.flatMap((size) => [
    {
      section: '5.2',
      name: `a text of ${size} bytes`,
      frames: [text('x'.repeat(size)), BYE],
      messages: ['x'.repeat(size)],
      ending: closes(1000),
    },
    {
      section: '5.2',
      name: `${size} bytes`,
      frames: [bytesOf({ opcode: BINARY, payload: Buffer.alloc(size, 0xa5) }), BYE],
      messages: [Buffer.alloc(size, 0xa5)],
      ending: closes(1000),
    },
  ]),
  // A sender must use the shortest form. The RFC does not say what a receiver does with a longer one; wshub accepts it.
  ...([16, 64] as const).flatMap((form: LengthForm) =>
    [0, 1, 125].map((size) => ({
      section: '5.2',
      name: `a length of ${size} in ${form} bits`,
      frames: [text('x'.repeat(size), { form }), BYE],
      messages: ['x'.repeat(size)],
      ending: closes(1000),
    })),
  ),
  {
    section: '5.2',
    name: 'a length of 200 in 64 bits',
    frames: [text('x'.repeat(200), { form: 64 }), BYE],
    messages: ['x'.repeat(200)],
    ending: closes(1000),
  },
  ...[262_145n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n].map((length) => ({
    section: '10.4',
    name: `a frame that says it has ${length} bytes is refused at its head`,
    frames: [text('before'), text('', { form: 64, length })],
    messages: ['before'],
    ending: TOO_BIG,
  })),
  // The most significant bit must be 0, and the RFC names no code. wshub treats the length as too large.
  ...[2n ** 63n, 2n ** 64n - 1n].map((length) => ({
    section: '5.2',
    name: `a length of ${length}, whose highest bit is set`,
    frames: [text('', { form: 64, length })],
    ending: TOO_BIG,
  })),
]

const CONTROL: readonly FrameCase[] = [
  ...[0, 1, 125].map((size) => ({
    section: '5.5.2',
    name: `a ping of ${size} bytes is answered with its own bytes`,
    frames: [bytesOf({ opcode: PING, payload: Buffer.alloc(size, 0xfe) }), BYE],
    pongs: [Buffer.alloc(size, 0xfe)],
    ending: closes(1000),
  })),
  {
    section: '5.5.3',
    name: 'ten pings get ten pongs in order',
    frames: [...Array(10).keys()].map((n) => bytesOf({ opcode: PING, payload: String(n) })),
    pongs: [...Array(10).keys()].map(String),
    ending: STAYS_OPEN,
  },
  {
    section: '5.5.3',
    name: 'unsolicited pongs are ignored',
    frames: [bytesOf({ opcode: PONG, payload: 'x' }), bytesOf({ opcode: PONG }), text('on')],
    messages: ['on'],
    ending: STAYS_OPEN,
  },
  ...[8, PING, PONG].flatMap((opcode) => [
    {
      section: '5.5',
      name: `opcode ${opcode} without FIN`,
      frames: [bytesOf({ opcode, fin: false }), bytesOf({ opcode: CONTINUATION })],
      ending: PROTOCOL_ERROR,
    },
    ...[16, 64].map((form) => ({
      section: '5.5',
      name: `opcode ${opcode} with a length in ${form} bits`,
      frames: [bytesOf({ opcode, payload: 'xx', form: form as LengthForm })],
      ending: PROTOCOL_ERROR,
    })),
    {
      section: '5.5',
      name: `opcode ${opcode} with 126 bytes`,
      frames: [bytesOf({ opcode, payload: Buffer.concat([Buffer.of(3, 232), Buffer.alloc(124, 'x')]) })],
      ending: PROTOCOL_ERROR,
    },
  ]),
]

/** Cases about frames, without those of texts, closes and compression. */
export const FRAMES: readonly FrameCase[] = [
  ...EXAMPLES,
  ...UNMASKED,
  ...MASKS,
  ...RESERVED_BITS,
  ...RESERVED_OPCODES,
  ...LENGTHS,
  ...CONTROL,
  ...FRAGMENTS,
  ...CUT,
]

import type { FrameCase } from './case.js'
import { closes, CLOSES_WITHOUT_CODE, fails } from './verdict.js'
import { bytesOf, CLOSE, PING } from '../support/client-frame.js'
import { close, closeBody, text } from './wire.js'

const PROTOCOL_ERROR = fails(1002)
const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(' ', ''), 'hex')

/** Codes that an endpoint may send: section 7.4.1, those that IANA has added since (1012 to 1014), and section 7.4.2. */
const GOOD = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4401, 4999]

/** Codes that no frame may have: unused, reserved for local reports, undefined, or for TLS failures. */
const BAD = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 9999, 32_768, 65_535]

const CODES: readonly FrameCase[] = [
  ...GOOD.flatMap((code) =>
    ['', 'a reason'].map((reason) => ({
      section: '7.4',
      name: `the code ${code} ${reason ? 'with' : 'without'} a reason comes back`,
      frames: [text('before'), close(code, reason), text('after')],
      messages: ['before'],
      ending: closes(code, reason),
    })),
  ),
  ...BAD.map((code) => ({
    section: '7.4',
    name: `the code ${code}`,
    frames: [text('before'), close(code), text('after')],
    messages: ['before'],
    ending: PROTOCOL_ERROR,
  })),
]

const REASONS: readonly FrameCase[] = [
  ...['é', '水', '😀', '\u0000', '\r\n\u001b[31m'].map((reason) => ({
    section: '5.5.1',
    name: `the reason ${JSON.stringify(reason)} comes back`,
    frames: [close(1000, reason)],
    ending: closes(1000, reason),
  })),
  {
    section: '5.5',
    name: 'a reason of 123 bytes, the longest possible',
    frames: [close(4000, 'x'.repeat(123))],
    ending: closes(4000, 'x'.repeat(123)),
  },
  {
    section: '5.5',
    name: 'a reason of 124 bytes',
    frames: [close(4000, 'x'.repeat(124))],
    ending: PROTOCOL_ERROR,
  },
  ...['ff', 'c0 af', 'ed a0 80', 'f4 90 80 80', 'e2 82', '61 62 80'].map((reason) => ({
    section: '8.1',
    name: `a reason of the bytes ${reason}`,
    frames: [text('before'), close(1000, hex(reason))],
    messages: ['before'],
    ending: fails(1007),
  })),
  {
    section: '7.4',
    name: 'a code that may not be sent, with a reason that is no UTF-8: the code is read first',
    frames: [close(1005, hex('ff'))],
    ending: PROTOCOL_ERROR,
  },
]

const OTHERS: readonly FrameCase[] = [
  {
    section: '7.1.5',
    name: 'a close frame without a body is answered with one without a body',
    frames: [bytesOf({ opcode: CLOSE })],
    ending: CLOSES_WITHOUT_CODE,
  },
  {
    section: '5.5.1',
    name: 'a body of one byte',
    frames: [bytesOf({ opcode: CLOSE, payload: Buffer.of(3) })],
    ending: PROTOCOL_ERROR,
  },
  {
    section: '5.5.1',
    name: 'frames after a close frame are not read',
    frames: [
      close(1001, 'leaving'),
      text('after'),
      bytesOf({ opcode: PING, payload: 'p' }),
      bytesOf({ opcode: 3, rsv: 7, mask: null }),
      close(4000),
    ],
    ending: closes(1001, 'leaving'),
  },
  {
    section: '5.5.1',
    name: 'frames after a close frame in the same packet are not read',
    frames: [Buffer.concat([text('before'), close(1000), text('after'), Buffer.alloc(1000, 0xff)])],
    messages: ['before'],
    ending: closes(1000),
  },
  {
    section: '5.5.1',
    name: 'answers to earlier messages are sent before the close frame',
    frames: [Buffer.concat([bytesOf({ opcode: PING, payload: 'p' }), text('a'), text('b'), close(1000, 'bye')])],
    messages: ['a', 'b'],
    pongs: ['p'],
    ending: closes(1000, 'bye'),
  },
  {
    section: '7.1.7',
    name: 'nothing is read after a failure, not even a close frame',
    frames: [bytesOf({ opcode: 3 }), text('after'), close(1000)],
    ending: PROTOCOL_ERROR,
  },
  {
    section: '5.2',
    name: 'a close frame with the long form of a short length',
    frames: [bytesOf({ opcode: CLOSE, payload: closeBody(1000), form: 16 })],
    ending: PROTOCOL_ERROR,
  },
]

/** The closing handshake. */
export const CLOSES: readonly FrameCase[] = [...CODES, ...REASONS, ...OTHERS]

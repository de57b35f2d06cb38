import type { FrameCase } from './case.js'
import { closes, fails, STAYS_OPEN } from './verdict.js'
import { BINARY, bytesOf, CONTINUATION, PING, TEXT } from '../support/client-frame.js'
import { close, fragments, text } from './wire.js'

const BYE = close(1000)
const NO_TEXT = fails(1007)
const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(' ', ''), 'hex')

/** The first and last characters of each encoded length, and those next to the surrogates (RFC 3629 section 4). */
const CHARACTERS: readonly (readonly [name: string, bytes: string])[] = [
  ['U+0000', '00'],
  ['U+007F', '7f'],
  ['U+0080', 'c2 80'],
  ['U+07FF', 'df bf'],
  ['U+0800', 'e0 a0 80'],
  ['U+0FFF', 'e0 bf bf'],
  ['U+1000', 'e1 80 80'],
  ['U+CFFF', 'ec bf bf'],
  ['U+D7FF', 'ed 9f bf'],
  ['U+E000', 'ee 80 80'],
  ['U+FEFF, a byte order mark', 'ef bb bf'],
  ['U+FFFD', 'ef bf bd'],
  ['U+FFFE', 'ef bf be'],
  ['U+FFFF', 'ef bf bf'],
  ['U+10000', 'f0 90 80 80'],
  ['U+3FFFF', 'f0 bf bf bf'],
  ['U+40000', 'f1 80 80 80'],
  ['U+FFFFF', 'f3 bf bf bf'],
  ['U+100000', 'f4 80 80 80'],
  ['U+10FFFF', 'f4 8f bf bf'],
]

/** Bytes that are not UTF-8 (RFC 3629 sections 3, 4 and 10). */
const BROKEN: readonly (readonly [name: string, bytes: string])[] = [
  ['a lone continuation byte', '80'],
  ['the last continuation byte', 'bf'],
  ['six continuation bytes', '80 bf 80 bf 80 bf'],
  ['C0, which begins nothing', 'c0'],
  ['C1, which begins nothing', 'c1'],
  ['an overlong U+0000 in two bytes', 'c0 80'],
  ['an overlong slash in two bytes', 'c0 af'],
  ['an overlong U+007F in two bytes', 'c1 bf'],
  ['an overlong U+0000 in three bytes', 'e0 80 80'],
  ['an overlong slash in three bytes', 'e0 80 af'],
  ['an overlong U+07FF in three bytes', 'e0 9f bf'],
  ['an overlong U+0000 in four bytes', 'f0 80 80 80'],
  ['an overlong slash in four bytes', 'f0 80 80 af'],
  ['an overlong U+FFFF in four bytes', 'f0 8f bf bf'],
  ['the first surrogate, U+D800', 'ed a0 80'],
  ['the last high surrogate, U+DBFF', 'ed af bf'],
  ['the first low surrogate, U+DC00', 'ed b0 80'],
  ['the last surrogate, U+DFFF', 'ed bf bf'],
  ['a pair of surrogates', 'ed a0 80 ed b0 80'],
  ['U+110000', 'f4 90 80 80'],
  ['U+1FFFFF', 'f7 bf bf bf'],
  ['F5, which begins nothing', 'f5 80 80 80'],
  ['a character of five bytes', 'f8 88 80 80 80'],
  ['a character of six bytes', 'fc 84 80 80 80 80'],
  ['FE', 'fe'],
  ['FF', 'ff'],
  ['the byte order mark of UTF-16', 'fe ff'],
  ['two bytes of which one is missing', 'c3'],
  ['three bytes of which one is missing', 'e2 82'],
  ['three bytes of which two are missing', 'e2'],
  ['four bytes of which one is missing', 'f0 9f 98'],
  ['four bytes of which two are missing', 'f0 9f'],
  ['four bytes of which three are missing', 'f0'],
  ['two bytes of which the second begins another', 'c3 c3 a9'],
  ['three bytes of which the second is a letter', 'e2 28 a1'],
  ['three bytes of which the third is a letter', 'e2 82 28'],
  ['four bytes of which the second is a letter', 'f0 28 8c bc'],
  ['four bytes of which the third is a letter', 'f0 90 28 bc'],
  ['four bytes of which the fourth is a letter', 'f0 90 8c 28'],
  ['a letter in Latin-1', '63 61 66 e9'],
]

/** Validators often use another algorithm for long texts than for short ones. */
const AMONG = [0, 40]
const amid = (bytes: Buffer, letters: number): Buffer =>
  Buffer.concat([Buffer.alloc(letters, 'a'), bytes, Buffer.alloc(letters, 'z')])

const WHOLE: readonly FrameCase[] = CHARACTERS.flatMap(([name, bytes]) =>
  AMONG.map((letters) => {
    const payload = amid(hex(bytes), letters)
    return {
      section: '5.6',
      name: `${name} among ${2 * letters} letters`,
      frames: [text(payload), BYE],
      messages: [payload.toString()],
      ending: closes(1000),
    }
  }),
)

const INVALID: readonly FrameCase[] = BROKEN.flatMap(([name, bytes]) =>
  AMONG.map((letters) => ({
    section: '8.1',
    name: `${name} among ${2 * letters} letters`,
    frames: [text('before'), text(amid(hex(bytes), letters)), text('after')],
    messages: ['before'],
    ending: NO_TEXT,
  })),
)

const SAMPLE = Buffer.from('κόσμε-ß-水-😀-\u{10ffff}')

/** A fragment may end inside a character (section 5.6: only the whole message is UTF-8). */
const SPLIT: readonly FrameCase[] = [...SAMPLE.keys()].map((at) => ({
  section: '5.6',
  name: `a text in two fragments, split after ${at} of ${SAMPLE.length} bytes`,
  frames: [...fragments(TEXT, [SAMPLE.subarray(0, at), SAMPLE.subarray(at)]), BYE],
  messages: [SAMPLE.toString()],
  ending: closes(1000),
}))

const SPLIT_INVALID: readonly FrameCase[] = BROKEN.flatMap(([name, text16]) => {
  const bytes = hex(text16)
  return [...bytes.keys()].slice(1).map((at) => ({
    section: '8.1',
    name: `${name}, split after ${at} bytes`,
    frames: fragments(TEXT, [bytes.subarray(0, at), bytes.subarray(at)]),
    ending: NO_TEXT,
  }))
})

const OTHERS: readonly FrameCase[] = [
  {
    section: '5.6',
    name: 'every byte of a text in a fragment of its own',
    frames: [
      ...fragments(
        TEXT,
        Array.from(SAMPLE, (byte) => Uint8Array.of(byte)),
      ),
      BYE,
    ],
    messages: [SAMPLE.toString()],
    ending: closes(1000),
  },
  {
    section: '5.6',
    name: 'what is no UTF-8 may be sent as bytes',
    frames: [bytesOf({ opcode: BINARY, payload: hex('c0 af ed a0 80 ff') }), BYE],
    messages: [hex('c0 af ed a0 80 ff')],
    ending: closes(1000),
  },
  {
    section: '5.6',
    name: 'nor need the fragments of bytes be UTF-8',
    frames: [...fragments(BINARY, [hex('c3'), hex('28')]), BYE],
    messages: [hex('c3 28')],
    ending: closes(1000),
  },
  {
    section: '8.1',
    name: 'the end of one text does not lend the next one its beginning',
    frames: [text(hex('e2 82')), text(hex('ac'))],
    ending: NO_TEXT,
  },
  // A receiver may fail at the first invalid byte, or when the message is complete. wshub fails when it is complete.
  {
    section: '8.1',
    name: 'a fragment that can not become UTF-8 waits for the end of its message',
    frames: [
      bytesOf({ opcode: TEXT, payload: hex('ff'), fin: false }),
      bytesOf({ opcode: PING, payload: 'p' }),
      bytesOf({ opcode: CONTINUATION, payload: 'a' }),
    ],
    pongs: ['p'],
    ending: NO_TEXT,
  },
  {
    section: '8.1',
    name: 'and is forgotten where the client ends the stream before',
    frames: [bytesOf({ opcode: TEXT, payload: hex('ff'), fin: false })],
    ending: STAYS_OPEN,
  },
  {
    section: '8.1',
    name: 'a text of which only the last of 100,000 bytes is wrong',
    frames: [text(Buffer.concat([Buffer.alloc(99_999, 'x'), hex('c3')]))],
    ending: NO_TEXT,
  },
]

/** Text messages and UTF-8. */
export const TEXTS: readonly FrameCase[] = [...WHOLE, ...INVALID, ...SPLIT, ...SPLIT_INVALID, ...OTHERS]

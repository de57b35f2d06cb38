import type { FrameCase } from './case.js'
import { closes, fails } from './verdict.js'
import { BINARY, bytesOf, RSV1, TEXT } from '../support/client-frame.js'
import { close, deflated, fragments, text } from './wire.js'

const BYE = close(1000)
const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(' ', ''), 'hex')
const LIMIT = 262_144

/** A message in one compressed frame. */
const packed = (payload: Uint8Array, opcode = TEXT): Buffer => bytesOf({ opcode, rsv: RSV1, payload })
const mode = 'deflate' as const

export const BOMBS: readonly FrameCase[] = [
  {
    section: '10.4',
    name: 'a message that inflates to one byte more than the largest',
    frames: [text('before'), packed(deflated(Buffer.alloc(LIMIT + 1))), text('after')],
    messages: ['before'],
    ending: fails(1009),
    mode,
  },
  {
    section: '10.4',
    name: '64 MiB in 64 KiB',
    frames: [packed(deflated(Buffer.alloc(64 * 1024 * 1024)), BINARY)],
    ending: fails(1009),
    mode,
  },
  {
    section: '10.4',
    name: 'a bomb in fragments of one byte is refused at the fragment that exceeds the limit',
    frames: [
      Buffer.concat(
        fragments(
          BINARY,
          Array.from(deflated(Buffer.alloc(LIMIT + 1)), (b) => Uint8Array.of(b)),
          RSV1,
        ),
      ),
    ],
    ending: fails(1009),
    mode,
  },
  {
    section: '10.4',
    name: 'a bomb whose message never ends',
    frames: [bytesOf({ opcode: BINARY, payload: deflated(Buffer.alloc(8 * LIMIT)), rsv: RSV1, fin: false })],
    ending: fails(1009),
    mode,
  },
  {
    section: '10.4',
    name: 'compressed bytes that are too many before they are inflated',
    frames: [bytesOf({ opcode: BINARY, rsv: RSV1, length: BigInt(LIMIT + 1) })],
    ending: fails(1009),
    mode,
  },
  {
    section: '10.4',
    name: 'an endless series of empty blocks',
    frames: [packed(Buffer.concat([...Array.from({ length: 50_000 }, () => hex('00 00 00 ff ff')), hex('00')])), BYE],
    messages: [''],
    ending: closes(1000),
    mode,
  },
]

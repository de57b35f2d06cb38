import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import type { Stream } from '../conformance/stream.js'
import type { Mode } from '../conformance/target.js'
import {
  BINARY,
  bytesOf,
  CLOSE,
  CONTINUATION,
  type FrameParts,
  PING,
  PONG,
  RSV1,
  RSV2,
  TEXT,
} from '../support/client-frame.js'
import { deflated, closeBody } from '../conformance/wire.js'
import type { Terms } from './oracle.js'
import { character } from '../support/characters.js'

/** A generated stream: the bytes, and what the server has agreed to. */
export interface Plan extends Stream {
  readonly terms: Terms
}

/** The message limit of the target, in bytes: small, so that streams reach it often. */
export const LIMIT = 4096
/** The most fragments of a message. */
const PARTS = 16_384

/** A hub, an offer of compression, and the terms that the server accepts. */
const ENTRANCES: readonly (readonly [
  mode: Mode,
  offer: string | undefined,
  compressed: boolean,
  windowBits: number,
])[] = [
  ['plain', undefined, false, 15],
  ['plain', 'permessage-deflate', false, 15],
  ['deflate', undefined, false, 15],
  ['deflate', 'permessage-deflate; server_max_window_bits=10', false, 15],
  ['deflate', 'permessage-deflate', true, 15],
  ['deflate', 'permessage-deflate; client_max_window_bits', true, 15],
  ['deflate', 'permessage-deflate; client_max_window_bits=9', true, 9],
]

const entrance = fc.oneof(
  { weight: 3, arbitrary: fc.constant(ENTRANCES[0]) },
  { weight: 3, arbitrary: fc.constant(ENTRANCES[4]) },
  { weight: 2, arbitrary: fc.constantFrom(...ENTRANCES) },
) as fc.Arbitrary<(typeof ENTRANCES)[number]>

/** A value of `arbitrary` once in `times` cases, otherwise `undefined`. */
const rarely = <T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const mask = fc.uint8Array({ minLength: 4, maxLength: 4 })
const bytes = (maxLength: number): fc.Arbitrary<Buffer> => fc.uint8Array({ maxLength }).map((data) => Buffer.from(data))
const characters = fc.string({ unit: character, maxLength: 40 }).map((text) => Buffer.from(text))
/** Lengths on both sides of each boundary: of a frame's head, of the message limit, of a memory page. */
const length = fc.constantFrom(125, 126, 127, 128, 1000, LIMIT - 1, LIMIT, LIMIT + 1, 65_535, 65_536)
const letters = length.map((size) => Buffer.alloc(size, 'abc'))

/** Bytes that are rarely UTF-8: overlong, beyond the last character, a lone surrogate, truncated, or random. */
const noText = fc.oneof(
  fc
    .tuple(
      characters,
      fc.constantFrom('c0af', 'e080af', 'f08fbfbf', 'f4908080', 'eda080', 'edbfbf', 'c3', 'e282', 'f09f98', '80', 'ff'),
      characters,
    )
    .map(([before, hex, after]) => Buffer.concat([before, Buffer.from(hex, 'hex'), after])),
  bytes(4),
)

const text = fc.oneof({ weight: 8, arbitrary: characters }, { weight: 1, arbitrary: letters })
const binary = fc.oneof({ weight: 8, arbitrary: bytes(40) }, { weight: 1, arbitrary: letters })
const payload = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(fc.constant(TEXT), text) },
  { weight: 8, arbitrary: fc.tuple(fc.constant(BINARY), binary) },
  { weight: 1, arbitrary: fc.tuple(fc.constant(TEXT), noText) },
)

/** The bytes of a piece; `compressed` says whether compression was agreed on. */
type Piece = (compressed: boolean) => Buffer
const always = (arbitrary: fc.Arbitrary<Buffer>): fc.Arbitrary<Piece> => arbitrary.map((one) => () => one)

/** A ping or a pong. */
const control = fc
  .record({ opcode: fc.constantFrom(PING, PONG), payload: bytes(125), mask })
  .map((parts) => bytesOf(parts))

/** One frame with an invalid head. */
const slip = rarely(
  16,
  fc.record({
    at: fc.nat({ max: 3 }),
    head: fc.constantFrom<Partial<FrameParts>>(
      { rsv: RSV1 },
      { rsv: RSV2 },
      { rsv: 0 },
      { mask: null },
      { fin: true },
      { fin: false },
      { opcode: TEXT },
      { opcode: CONTINUATION },
    ),
  }),
)

/** A message, in any number of fragments and with control frames among them. */
const message = fc
  .record({
    payload,
    cuts: fc.array(fc.nat({ max: 45 }), { maxLength: 4 }),
    masks: fc.array(mask, { minLength: 6, maxLength: 6 }),
    among: fc.array(fc.tuple(fc.nat({ max: 4 }), control), { maxLength: 2 }),
    packing: fc.constantFrom(undefined, undefined, 'whole', 'whole', 'final', 'stored'),
    /** Whether to compress although compression was not agreed on: once in 41 messages. */
    stray: fc.nat({ max: 40 }).map((n) => n === 40),
    slip,
  })
  .map(({ payload: [opcode, plain], cuts, masks, among, packing, stray, slip: slipped }): Piece => (compressed) => {
    const packed = compressed || stray ? packing : undefined
    const data = packed ? pack(plain, packed) : plain
    const edges = [0, ...cuts.map((cut) => Math.min(cut, data.length)).toSorted((a, b) => a - b), data.length]
    const frames = edges.slice(1).map((end, at) => {
      const last = at === edges.length - 2
      const right = { opcode: at === 0 ? opcode : CONTINUATION, fin: last, rsv: packed && at === 0 ? RSV1 : 0 }
      const parts = slipped?.at === at ? { ...right, ...slipped.head } : right
      const frame = bytesOf({ payload: data.subarray(edges[at], end), mask: masks[at] as Uint8Array, ...parts })
      const before = among.filter(([place]) => place === at + 1 && !last).map(([, one]) => one)
      return Buffer.concat([frame, ...before])
    })
    return Buffer.concat(frames)
  })

// A final block is padded to a byte; the next byte is the rest of an empty block (RFC 7692 7.2.3.4).
function pack(plain: Buffer, how: string): Buffer {
  if (how === 'final') return Buffer.concat([deflateRawSync(plain, { windowBits: 9 }), Buffer.of(0)])
  if (how === 'whole') return deflated(plain, 9)
  return deflateRawSync(plain, { level: 0, windowBits: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
}

const reason = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.string({ unit: character, maxLength: 20 }).map((one) => Buffer.from(one)),
  noText,
  fc.constantFrom(123, 124).map((size) => Buffer.alloc(size, 'r')),
)
const code = fc.oneof(
  fc.constantFrom(1000, 1001, 3000, 4000, 4401),
  fc.constantFrom(999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1011, 1012, 1014, 1015, 1016, 2999, 3000, 4999, 5000),
  fc.nat({ max: 65_535 }),
)
/** A close frame, not always a valid one. */
const closeFrame = fc
  .oneof(
    { weight: 6, arbitrary: fc.tuple(code, reason).map((said) => closeBody(...said)) },
    { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
    { weight: 1, arbitrary: bytes(3) },
  )
  .chain((body) => mask.map((key) => bytesOf({ opcode: CLOSE, payload: body, mask: key })))

/** Any frame. */
const frame = fc
  .record({
    opcode: fc.nat({ max: 15 }),
    fin: fc.boolean(),
    rsv: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 7 }) }),
    mask: fc.oneof({ weight: 7, arbitrary: mask }, { weight: 1, arbitrary: fc.constant(null) }),
    payload: bytes(130),
    form: fc.constantFrom(undefined, 7 as const, 16 as const, 64 as const),
    length: rarely(8, fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 200n }))),
  })
  .map(({ form, length: said, ...parts }) =>
    bytesOf({ ...parts, ...(form && { form }), ...(said !== undefined && { length: said }) }),
  )

/** Compressed data that must be refused: bombs, malformed data, messages that refer to the one before. */
const trap = fc
  .oneof(
    fc.constantFrom(LIMIT - 1, LIMIT, LIMIT + 1, 5 * LIMIT, 100 * LIMIT).map((size) => [deflated(Buffer.alloc(size))]),
    bytes(20).map((data) => [data]),
    fc.tuple(bytes(8), bytes(8)),
    characters.map(leaning),
  )
  .chain((payloads) => mask.map((key) => ({ payloads, key })))
  .map(({ payloads, key }) =>
    Buffer.concat(payloads.map((data) => bytesOf({ opcode: BINARY, rsv: RSV1, payload: data, mask: key }))),
  )

/** The same message compressed twice with one window: the second consists of a reference to the first. */
function leaning(said: Buffer): Buffer[] {
  const once = deflated(said)
  const twice = deflateRawSync(said, {
    dictionary: said.length > 0 ? said : Buffer.of(0),
    finishFlush: constants.Z_SYNC_FLUSH,
  })
  return [once, twice.subarray(0, -4)]
}

const piece = fc.oneof(
  { weight: 24, arbitrary: message },
  { weight: 6, arbitrary: always(control) },
  { weight: 4, arbitrary: always(closeFrame) },
  { weight: 2, arbitrary: always(frame) },
  { weight: 2, arbitrary: always(trap) },
  { weight: 1, arbitrary: always(bytes(30)) },
)

/** A change of one byte of the stream. */
const damage = rarely(5, fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })))

/** Streams of frames: valid ones, invalid ones, and valid ones with a changed byte, split into packets anywhere. */
export const streams: fc.Arbitrary<Plan> = fc
  .record({
    entrance,
    frames: fc.array(piece, { maxLength: 8 }),
    damage,
    end: rarely(5, fc.nat()),
    cuts: fc.array(fc.nat(), { maxLength: 4 }),
    early: fc.boolean(),
  })
  .map(({ entrance: [mode, offer, compressed, windowBits], frames, early, ...wounds }) => {
    const whole = Buffer.concat(frames.map((one) => one(compressed)))
    if (wounds.damage && whole.length > 0) {
      const at = wounds.damage[0] % whole.length
      whole[at] = (whole[at] ?? 0) ^ wounds.damage[1]
    }
    const kept = wounds.end === undefined ? whole : whole.subarray(0, wounds.end % (whole.length + 1))
    const terms = { compressed, windowBits, limit: LIMIT, parts: PARTS }
    return { mode, offer, early, terms, pieces: split(kept, wounds.cuts) }
  })

/** A stream of these bytes after a handshake, with the compression that was agreed on. */
export function planOf(mode: Mode, whole: Buffer): Plan {
  const compressed = mode === 'deflate'
  const terms = { compressed, windowBits: 15, limit: LIMIT, parts: PARTS }
  return { mode, offer: compressed ? 'permessage-deflate' : undefined, terms, pieces: [whole] }
}

function split(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts.map((cut) => cut % (whole.length + 1)).toSorted((a, b) => a - b), whole.length]
  return edges.slice(1).map((end, at) => whole.subarray(edges[at], end))
}

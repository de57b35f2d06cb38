import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { character } from '../support/characters.js'

/** What a hub with a router does with a binary frame. */
export type EnvelopePrediction =
  | { readonly raw: Buffer }
  | { readonly refused: string | number | undefined }
  | { readonly type: string; readonly payload: unknown; readonly bytes: Buffer }

const MAGIC = Buffer.from('77736801', 'hex')

const id = fc.oneof(fc.string(), fc.integer(), fc.constantFrom(Infinity, 2 ** 53, 0.5, null, true, [], {}))
/** Types of the app: `a` and a suffix. */
const type = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: character, maxLength: 8 }).map((name) => `a${name}`) },
  { weight: 1, arbitrary: fc.constantFrom(1, null, undefined, ['a']) },
)
const envelope = fc
  .record({ type, payload: fc.jsonValue(), id, bytes: fc.jsonValue(), room: fc.string() }, { requiredKeys: [] })
  .map((value) => Buffer.from(JSON.stringify(value)))
const text = fc.oneof(
  { weight: 8, arbitrary: envelope },
  { weight: 2, arbitrary: fc.json().map((json) => Buffer.from(json)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: envelope.map((json) => Buffer.concat([Buffer.from('efbbbf', 'hex'), json])) },
)
const magic = fc.oneof(
  { weight: 12, arbitrary: fc.constant(MAGIC) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...['', '77', '777368', '77736802', '76736801'].map((hex) => Buffer.from(hex, 'hex'))),
  },
)
/** The length field for a real length: mostly the same, sometimes a false one. */
const lie = fc.oneof(
  { weight: 8, arbitrary: fc.constant<(length: number) => number>((length) => length) },
  { weight: 2, arbitrary: fc.constantFrom(1, -1, 2, -2, 3).map((by) => (length: number) => Math.max(0, length + by)) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 24).map((length) => () => length) },
  { weight: 1, arbitrary: fc.nat({ max: 2 ** 32 - 1 }).map((length) => () => length) },
)

/** A binary frame that is an envelope with bytes, or close to one. */
export const binaryFrames = fc
  .record({
    magic,
    lie,
    text,
    bytes: fc.uint8Array({ maxLength: 40 }),
    cut: fc.option(fc.nat({ max: 20 }), { freq: 12 }),
  })
  .map(({ magic: start, lie: lieOf, text: json, bytes, cut }) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(lieOf(json.length))
    const frame = Buffer.concat([start, length, json, bytes])
    return frame.subarray(0, cut ?? frame.length)
  })

/** The outcome of a frame according to docs/protocol.md, computed without the codec of wshub. */
export function predictEnvelope(frame: Buffer): EnvelopePrediction {
  if (!frame.subarray(0, 4).equals(MAGIC)) return { raw: frame }
  const length = frame.length < 8 ? 0 : frame.readUInt32BE(4)
  const json = frame.subarray(8, 8 + length)
  if (length === 0 || json.length < length || !isUtf8(json)) return { refused: undefined }
  const value = parsed(json.toString())
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { refused: undefined }
  const { type: name, payload, id: sent } = value as { type?: unknown; payload?: unknown; id?: unknown }
  const isUsable = typeof sent === 'string' || (typeof sent === 'number' && Math.abs(sent) < 2 ** 53)
  if (typeof name !== 'string' || (sent !== undefined && !isUsable)) return { refused: isUsable ? sent : undefined }
  return { type: name, payload, bytes: frame.subarray(8 + length) }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

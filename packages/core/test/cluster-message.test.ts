import fc from 'fast-check'
import { type Address, type Command } from '../src/rooms/address.js'
import { encodeFrame } from '../src/broadcast/frame.js'
import { encodeMessage, type ClusterMessage, decodeMessage } from '../src/cluster/cluster-message.js'
import { character } from '../../../test/support/characters.js'

const ADDRESS: Address = { scope: 'room', names: ['a'], except: new Set() }
const FRAME = encodeFrame(0x81, 'hello')
const PARCEL: ClusterMessage = { id: undefined, address: ADDRESS, frame: FRAME }
const LABEL = '{"scope":"room","names":["a"],"except":[]}'

const scope = fc.constantFrom(
  'hub' as const,
  'room' as const,
  'user' as const,
  'session' as const,
  'connection' as const,
)
const names = fc.array(fc.string({ unit: character }), { maxLength: 4 })
const id = fc.option(fc.uuid(), { nil: undefined })
const address = fc.record({ scope, names, except: names.map((ids) => new Set(ids)) })
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('disconnect' as const),
    code: fc.integer({ min: 3000, max: 4999 }),
    reason: fc.string({ maxLength: 30 }),
  }),
  fc.record({ do: fc.constantFrom('join' as const, 'leave' as const), room: fc.string({ minLength: 1 }) }),
)

test('a packed message unpacks to an equal one', () => {
  const payload = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => encodeFrame(0x82, bytes))
  const parcel: fc.Arbitrary<ClusterMessage> = fc.oneof(
    fc.record({ id, address, frame: payload }),
    fc.record({ id, address, frame: payload, volatile: fc.oneof(fc.constant(true as const), fc.string()) }),
    fc.record({ id, address, command }),
  )
  fc.assert(fc.property(parcel, (one) => expect(decodeMessage(encodeMessage(one))).toEqual(one)))
})

test('a packed message is read at any position of a larger buffer', () => {
  const packed = encodeMessage(PARCEL)
  const larger = Buffer.concat([Buffer.from('before'), packed, Buffer.from('after')])
  const view = new Uint8Array(larger.buffer, larger.byteOffset + 6, packed.length)
  expect(decodeMessage(view)).toEqual(PARCEL)
})

test('every truncated message is dropped, unless only its frame is truncated', () => {
  const packed = encodeMessage(PARCEL)
  const whole = packed.length - FRAME.length
  for (let length = 0; length <= whole; length += 1) expect(decodeMessage(packed.subarray(0, length))).toBeUndefined()
  expect(decodeMessage(packed)).toBeDefined()
})

test('an event that is truncated or longer than its length field is dropped', () => {
  const packed = encodeMessage({ id: undefined, address: ADDRESS, event: Buffer.from('{"type":"said","room":"a"') })
  for (let length = 0; length < packed.length; length += 1)
    expect(decodeMessage(packed.subarray(0, length))).toBeUndefined()
  expect(decodeMessage(Buffer.concat([packed, Buffer.from('}')]))).toBeUndefined()
  expect(decodeMessage(packed)).toBeDefined()
})

test.each([
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22])],
  ['no JSON', Buffer.from('{"type":')],
  ['no object', Buffer.from('[')],
  ['two values', Buffer.from('{"type":"a"}{"type":"b"')],
])('an event that is %s is dropped', (_, event) => {
  expect(decodeMessage(encodeMessage({ id: undefined, address: ADDRESS, event }))).toBeUndefined()
})

test.each([false, 1, null, {}])('a frame that is volatile in the way %j is dropped', (volatile) => {
  expect(decodeMessage(encodeMessage({ ...PARCEL, volatile: volatile as never }))).toBeUndefined()
})

test.each([0, 2, 255])('version %i is dropped', (version) => {
  const packed = encodeMessage(PARCEL)
  packed[0] = version
  expect(decodeMessage(packed)).toBeUndefined()
})

test('random bytes are dropped without an error', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => expect(decodeMessage(bytes)).toBeUndefined()))
  const labelled = fc.jsonValue().map((value) => parcelOf(JSON.stringify(value)))
  fc.assert(fc.property(labelled, (bytes) => expect(decodeMessage(bytes)).toBeUndefined()))
})

test.each([
  ['no label', ''],
  ['no JSON', '{'],
  ['no object', '"room"'],
  ['null', 'null'],
  ['another scope', '{"scope":"__proto__","names":["a"],"except":[]}'],
  ['no names', '{"scope":"room","except":[]}'],
  ['names that are none', '{"scope":"room","names":[1],"except":[]}'],
  ['a name in place of names', '{"scope":"room","names":"a","except":[]}'],
  ['no exceptions', '{"scope":"room","names":["a"]}'],
  ['neither frame nor command', LABEL, Buffer.alloc(0)],
  ['another command', withCommand({ do: 'shutdown' }), Buffer.alloc(0)],
  ['a disconnect without code', withCommand({ do: 'disconnect', reason: '' }), Buffer.alloc(0)],
  ['a disconnect without reason', withCommand({ do: 'disconnect', code: 4401 }), Buffer.alloc(0)],
  ['a join without room', withCommand({ do: 'join' }), Buffer.alloc(0)],
  [
    'a disconnect whose code cannot be sent',
    withCommand({ do: 'disconnect', code: 1006, reason: '' }),
    Buffer.alloc(0),
  ],
  ['a disconnect whose code is none', withCommand({ do: 'disconnect', code: 99.5, reason: '' }), Buffer.alloc(0)],
  [
    'a disconnect with a long reason',
    withCommand({ do: 'disconnect', code: 4401, reason: 'x'.repeat(124) }),
    Buffer.alloc(0),
  ],
])('a message with %s is dropped', (_, label, rest: Buffer = FRAME) => {
  expect(decodeMessage(parcelOf(label, rest))).toBeUndefined()
})

test('a header with 100,000 nested levels is dropped', () => {
  expect(decodeMessage(parcelOf('['.repeat(100_000) + ']'.repeat(100_000)))).toBeUndefined()
})

test('a header whose length field is too large is dropped', () => {
  const bytes = parcelOf(withCommand({ do: 'join', room: 'a' }), Buffer.alloc(0))
  expect(decodeMessage(bytes)).toBeDefined()
  bytes.writeUInt32BE(bytes.readUInt32BE(1) + 1, 1)
  expect(decodeMessage(bytes)).toBeUndefined()
})

test('a header length of 4 GiB allocates no memory', () => {
  expect(decodeMessage(Buffer.from([1, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]))).toBeUndefined()
})

function withCommand(what: object): string {
  return JSON.stringify({ scope: 'room', names: ['a'], except: [], command: what })
}

function parcelOf(label: string, rest: Buffer = FRAME): Buffer {
  const head = Buffer.alloc(5)
  head[0] = 1
  head.writeUInt32BE(Buffer.byteLength(label), 1)
  return Buffer.concat([head, Buffer.from(label), rest])
}

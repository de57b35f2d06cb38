import fc from 'fast-check'
import { decodeBinaryEnvelope, encodeBinaryEnvelope, isBinaryEnvelope } from '../src/protocol/index.js'

const MAGIC = [0x77, 0x73, 0x68, 0x01]

/** A frame that says that its envelope has so many bytes. */
function frameOf(length: number, rest: Uint8Array): Buffer {
  const head = Buffer.from([...MAGIC, 0, 0, 0, 0])
  head.writeUInt32BE(length, 4)
  return Buffer.concat([head, rest])
}

test('text and bytes are decoded unchanged from any position of a larger buffer', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 })
  fc.assert(
    fc.property(text, fc.uint8Array(), fc.nat(20), (envelope, bytes, before) => {
      const frame = encodeBinaryEnvelope(envelope, bytes)
      const packet = Buffer.concat([Buffer.alloc(before, 0x77), frame, Buffer.alloc(7, 0x77)])
      const found = decodeBinaryEnvelope(packet.subarray(before, before + frame.length))
      expect(found?.text).toBe(envelope)
      expect([...(found?.bytes ?? [])]).toEqual([...bytes])
    }),
  )
})

test('the frame of an envelope and bytes is the magic, the length of the envelope, the envelope and the bytes', () => {
  const frame = encodeBinaryEnvelope('{"type":"é"}', Uint8Array.of(1, 2))
  expect(Buffer.from(frame)).toEqual(frameOf(13, Buffer.from('{"type":"é"}\x01\x02', 'utf8')))
})

test('the bytes are a view of the frame', () => {
  const frame = encodeBinaryEnvelope('{}', Uint8Array.of(1, 2))
  expect(decodeBinaryEnvelope(frame)?.bytes.buffer).toBe(frame.buffer)
})

test('a typed array of larger elements is encoded as its bytes', () => {
  const words = new Uint16Array([0x0201, 0x0403]) as unknown as Uint8Array
  expect([...(decodeBinaryEnvelope(encodeBinaryEnvelope('{}', words))?.bytes ?? [])]).toEqual([1, 2, 3, 4])
})

test('an envelope at the end of its frame is decoded with 0 bytes', () => {
  expect(decodeBinaryEnvelope(encodeBinaryEnvelope('{}', new Uint8Array()))?.bytes.length).toBe(0)
})

test.each([
  ['0', frameOf(0, Buffer.from('{}'))],
  ['that is one more than there is', frameOf(3, Buffer.from('{}'))],
  ['of 2^32 - 1', frameOf(0xff_ff_ff_ff, Buffer.from('{}'))],
  ['that cuts a character', frameOf(10, Buffer.from('{"type":"é"}'))],
  ['of something that is not UTF-8', frameOf(2, Buffer.from([0xc3, 0x28]))],
  ['that is cut', Buffer.from([...MAGIC, 0, 0, 0])],
  ['without an envelope', Buffer.from([...MAGIC, 0, 0, 0, 1])],
])('a frame with a length %s holds no envelope', (_, frame) => {
  expect(isBinaryEnvelope(frame)).toBe(true)
  expect(decodeBinaryEnvelope(frame)).toBeUndefined()
})

test.each([[[]], [[0x77, 0x73, 0x68]], [[0x77, 0x73, 0x68, 0x02, 0, 0, 0, 1, 0x7b]]])(
  'a frame that begins with %j is no envelope',
  (bytes) => {
    expect(isBinaryEnvelope(Uint8Array.from(bytes))).toBe(false)
    expect(decodeBinaryEnvelope(Uint8Array.from(bytes))).toBeUndefined()
  },
)

test('no frame makes the decoder read outside of it or throw', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(0xff_ff_ff_ff), (rest, length) => {
      const frame = frameOf(length, rest)
      const packet = Buffer.concat([frame, Buffer.from('{"type":"behind"}')])
      const found = decodeBinaryEnvelope(packet.subarray(0, frame.length))
      expect(found === undefined || Buffer.byteLength(found.text) + found.bytes.length === rest.length).toBe(true)
    }),
  )
})

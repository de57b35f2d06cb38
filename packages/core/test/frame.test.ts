import { constants, inflateRawSync } from 'node:zlib'
import { assertRaw, encodeFrame, Frame } from '../src/broadcast/frame.js'
import { encodeBinaryEnvelope } from '../src/protocol/index.js'

// RFC 6455 section 5.2: the length of a payload takes 7, 16 or 64 bits, always as few as possible.

const LENGTHS: [length: number, head: number[]][] = [
  [0, [0]],
  [1, [1]],
  [125, [125]],
  [126, [126, 0x00, 0x7e]],
  [65_535, [126, 0xff, 0xff]],
  [65_536, [127, 0, 0, 0, 0, 0, 1, 0, 0]],
]

describe.each(LENGTHS)('a payload of %i bytes', (length, head) => {
  test('a frame of bytes', () => {
    const payload = Buffer.alloc(length, 7)
    expect(encodeFrame(0x82, payload)).toEqual(Buffer.concat([Buffer.from([0x82, ...head]), payload]))
    expect(new Frame(payload).bytes(false)).toEqual(encodeFrame(0x82, payload))
  })

  test('a frame of ASCII text', () => {
    const payload = 'x'.repeat(length)
    expect(encodeFrame(0x81, payload)).toEqual(Buffer.concat([Buffer.from([0x81, ...head]), Buffer.from(payload)]))
    expect(new Frame(payload).bytes(false)).toEqual(encodeFrame(0x81, payload))
  })

  test('a frame of text with several bytes a character counts bytes, not characters', () => {
    const payload = `${'é'.repeat(length >> 1)}${'x'.repeat(length & 1)}`
    expect(encodeFrame(0x81, payload)).toEqual(Buffer.concat([Buffer.from([0x81, ...head]), Buffer.from(payload)]))
  })

  test('a payload from another server is unchanged', () => {
    for (const payload of ['x'.repeat(length), Buffer.alloc(length, 7)]) {
      const bytes = new Frame(payload).bytes(false)
      expect(Frame.received(bytes)?.bytes(false)).toBe(bytes)
    }
  })
})

test('the characters outside the basic plane take four bytes, a lone surrogate becomes U+FFFD', () => {
  expect(encodeFrame(0x81, '😀')).toEqual(Buffer.from([0x81, 4, 0xf0, 0x9f, 0x98, 0x80]))
  expect(encodeFrame(0x81, '\ud800')).toEqual(Buffer.from([0x81, 3, 0xef, 0xbf, 0xbd]))
})

test('a view of a larger buffer gives its own bytes alone', () => {
  const view = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)
  expect(encodeFrame(0x82, view)).toEqual(Buffer.from([0x82, 3, 1, 2, 3]))
})

test('a frame is made once, plain and compressed', () => {
  const one = new Frame('x'.repeat(2000), { threshold: 1024, level: 6 })
  expect(one.bytes(false)).toBe(one.bytes(false))
  expect(one.bytes(true)).toBe(one.bytes(true))
  expect(one.bytes(true)[0]).toBe(0xc1)
  expect(one.bytes(false)[0]).toBe(0x81)
})

test.each([
  ['nothing', []],
  ['half a head', [0x81]],
  ['too few bytes', [0x81, 2, 0x61]],
  ['too many bytes', [0x81, 1, 0x61, 0x62]],
  ['a length that is cut', [0x81, 126, 0]],
  ['a long length that is cut', [0x81, 127, 0, 0, 0, 0]],
  ['a masked frame', [0x81, 0x81, 0, 0, 0, 0, 0x61]],
  ['a masked frame as long as the longest head', [0x82, 0x84, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['a fragment', [0x01, 1, 0x61]],
  ['a continuation', [0x80, 1, 0x61]],
  ['a compressed frame', [0xc1, 1, 0x61]],
  ['a close frame', [0x88, 2, 3, 0xe8]],
  ['a ping', [0x89, 0]],
  ['text that is no UTF-8', [0x81, 2, 0xc3, 0x28]],
  ['text that ends within a character', [0x81, 2, 0xe2, 0x82]],
  ['a surrogate as UTF-8', [0x81, 3, 0xed, 0xa0, 0x80]],
  ['a length of 16 bits that 7 would hold', [0x81, 126, 0, 1, 0x61]],
  ['a length of 64 bits that 7 would hold', [0x81, 127, 0, 0, 0, 0, 0, 0, 0, 1, 0x61]],
  ['a length of 64 bits that 16 would hold', [0x82, 127, 0, 0, 0, 0, 0, 0, 0, 200, ...Buffer.alloc(200)]],
  ['a length of more than 48 bits', [0x82, 127, 0, 1, 0, 0, 0, 0, 0, 1, 0x61]],
  ['a length of 64 bits with the mask bit', [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, ...Buffer.alloc(65_536)]],
  ['a length in 64 bits that is not there', [0x82, 127, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
])('%s is no frame of another server', (_, bytes) => {
  expect(Frame.received(Buffer.from(bytes))).toBeUndefined()
})

test('a frame of another server is compressed for clients that negotiated compression', () => {
  const bytes = new Frame('x'.repeat(2000)).bytes(false)
  const received = Frame.received(bytes, { threshold: 1024, level: 6 })
  expect(received?.bytes(true)).toEqual(new Frame('x'.repeat(2000), { threshold: 1024, level: 6 }).bytes(true))
})

/** What a client makes of a compressed frame (RFC 7692 section 7.2.2) of at most 125 bytes. */
function inflated(bytes: Buffer): Buffer {
  const data = Buffer.concat([bytes.subarray(2), Buffer.from([0, 0, 0xff, 0xff])])
  return inflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH })
}

describe('compression', () => {
  const compression = { threshold: 20, level: 6 }
  // No UTF-8, so that it shows where bytes are taken for text.
  const noText = Buffer.from(Array.from({ length: 64 }, (_, index) => 0x80 + (index % 4)))

  test('text comes back as it was', () => {
    const text = 'é😀'.repeat(50)
    const bytes = new Frame(text, compression).bytes(true)
    expect(bytes[0]).toBe(0xc1)
    expect(bytes[1]).toBe(bytes.length - 2)
    expect(inflated(bytes).toString()).toBe(text)
  })

  test('bytes come back as they were, also those of another server', () => {
    const plain = new Frame(noText, compression)
    const received = Frame.received(plain.bytes(false), compression)
    for (const one of [plain, received]) {
      const bytes = one?.bytes(true) ?? Buffer.alloc(0)
      expect(bytes[0]).toBe(0xc2)
      expect(inflated(bytes)).toEqual(noText)
    }
  })

  test('compression begins at the threshold, counted in bytes', () => {
    for (const text of ['x'.repeat(19), 'é'.repeat(9)]) {
      const below = new Frame(text, compression)
      expect(below.bytes(true)).toEqual(encodeFrame(0x81, text))
      expect(below.bytes(false)).toBe(below.bytes(true))
    }
    for (const text of ['x'.repeat(20), 'é'.repeat(10)]) expect(new Frame(text, compression).bytes(true)[0]).toBe(0xc1)
  })

  test('a higher compression level makes frames smaller', () => {
    const text = 'to be or not to be, '.repeat(5)
    const sizes = [0, 9].map((level) => new Frame(text, { threshold: 0, level }).bytes(true).length)
    expect(sizes[0]).toBeGreaterThan(text.length)
    expect(sizes[1]).toBeLessThan(text.length / 2)
  })

  test('compression applies only to clients that negotiated it, and only if the hub has it on', () => {
    expect(new Frame(noText, compression).bytes(false)).toEqual(encodeFrame(0x82, noText))
    expect(new Frame(noText).bytes(true)).toEqual(encodeFrame(0x82, noText))
  })
})

test.each([
  ['an ArrayBuffer', new Uint8Array([1, 2, 3, 4]).buffer],
  ['a DataView', new DataView(new Uint8Array([0, 1, 2, 3, 4]).buffer, 1)],
  ['floats', new Float32Array(new Uint8Array([1, 2, 3, 4]).buffer)],
  ['a Buffer', Buffer.from([1, 2, 3, 4])],
])('%s leaves with its own bytes', (_, payload) => {
  expect([...new Frame(payload as Uint8Array).bytes(false)]).toEqual([0x82, 4, 1, 2, 3, 4])
})

test('bytes that begin as an envelope does are not sent raw by a hub with a router', () => {
  const bytes = encodeBinaryEnvelope('{"type":"x"}', Buffer.from([1]))
  expect(() => assertRaw(bytes, true)).toThrow(/^Bytes that begin with 77 73 68 01 can not be sent raw/)
  expect(() => assertRaw(bytes, false)).not.toThrow()
  expect(() => assertRaw(Buffer.from([1]), true)).not.toThrow()
})

test.each([
  [42, 'number'],
  [null, 'null'],
  [undefined, 'undefined'],
  [{ byteLength: 300 }, 'object'],
  [true, 'boolean'],
])('%p is no message, and the error names it', (payload, what) => {
  expect(() => new Frame(payload as unknown as string)).toThrow(`A message must be a string or bytes, not ${what}.`)
})

import { Frame, frame } from '../src/outbox/frame.js'

// RFC 6455 section 5.2: the length of a payload stands in 7, 16 or 64 bits, and always in the fewest.

const LENGTHS: [length: number, head: number[]][] = [
  [0, [0]],
  [1, [1]],
  [125, [125]],
  [126, [126, 0x00, 0x7e]],
  [65_535, [126, 0xff, 0xff]],
  [65_536, [127, 0, 0, 0, 0, 0, 1, 0, 0]],
]

describe.each(LENGTHS)('a payload of %i bytes', (length, head) => {
  test('as bytes', () => {
    const payload = Buffer.alloc(length, 7)
    expect(frame(0x82, payload)).toEqual(Buffer.concat([Buffer.from([0x82, ...head]), payload]))
    expect(new Frame(payload).bytes(false)).toEqual(frame(0x82, payload))
  })

  test('as ASCII', () => {
    const payload = 'x'.repeat(length)
    expect(frame(0x81, payload)).toEqual(Buffer.concat([Buffer.from([0x81, ...head]), Buffer.from(payload)]))
    expect(new Frame(payload).bytes(false)).toEqual(frame(0x81, payload))
  })

  test('as text of several bytes a character: bytes count, not characters', () => {
    const payload = `${'é'.repeat(length >> 1)}${'x'.repeat(length & 1)}`
    expect(frame(0x81, payload)).toEqual(Buffer.concat([Buffer.from([0x81, ...head]), Buffer.from(payload)]))
  })

  test('comes back from another server as it was', () => {
    for (const payload of ['x'.repeat(length), Buffer.alloc(length, 7)]) {
      const bytes = new Frame(payload).bytes(false)
      expect(Frame.received(bytes)?.bytes(false)).toBe(bytes)
    }
  })
})

test('the characters outside the basic plane take four bytes, a lone surrogate becomes U+FFFD', () => {
  expect(frame(0x81, '😀')).toEqual(Buffer.from([0x81, 4, 0xf0, 0x9f, 0x98, 0x80]))
  expect(frame(0x81, '\ud800')).toEqual(Buffer.from([0x81, 3, 0xef, 0xbf, 0xbd]))
})

test('a view of a larger buffer gives its own bytes alone', () => {
  const view = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)
  expect(frame(0x82, view)).toEqual(Buffer.from([0x82, 3, 1, 2, 3]))
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
  ['a fragment', [0x01, 1, 0x61]],
  ['a continuation', [0x80, 1, 0x61]],
  ['a compressed frame', [0xc1, 1, 0x61]],
  ['a close frame', [0x88, 2, 3, 0xe8]],
  ['a ping', [0x89, 0]],
  ['a length in 64 bits that is not there', [0x82, 127, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
])('%s is no frame of another server', (_, bytes) => {
  expect(Frame.received(Buffer.from(bytes))).toBeUndefined()
})

test('a frame of another server is compressed here for who wants it', () => {
  const bytes = new Frame('x'.repeat(2000)).bytes(false)
  const received = Frame.received(bytes, { threshold: 1024, level: 6 })
  expect(received?.bytes(true)).toEqual(new Frame('x'.repeat(2000), { threshold: 1024, level: 6 }).bytes(true))
})

test.each([
  ['an ArrayBuffer', new Uint8Array([1, 2, 3, 4]).buffer],
  ['a DataView', new DataView(new Uint8Array([0, 1, 2, 3, 4]).buffer, 1)],
  ['floats', new Float32Array(new Uint8Array([1, 2, 3, 4]).buffer)],
  ['a Buffer', Buffer.from([1, 2, 3, 4])],
])('%s leaves with its own bytes', (_, payload) => {
  expect([...new Frame(payload as Uint8Array).bytes(false)]).toEqual([0x82, 4, 1, 2, 3, 4])
})

test.each([42, null, undefined, { byteLength: 300 }, true])('%p is no message', (payload) => {
  expect(() => new Frame(payload as unknown as string)).toThrow(/a message must be a string or bytes, not/i)
})

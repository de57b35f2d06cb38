import { encodeFrame, Frame } from '../src/broadcast/frame.js'

// A text of a broadcast is encoded straight into the batch of each connection: it has no buffer of its own.

const COMPRESSION = { threshold: 20, level: 6 }
const TEXTS = ['', 'hello', 'é😀'.repeat(100)]

afterEach(() => jest.restoreAllMocks())

/** Counts the buffers that are made and the texts whose bytes are counted. */
function watchBuffers() {
  return { made: jest.spyOn(Buffer, 'allocUnsafe'), counted: jest.spyOn(Buffer, 'byteLength') }
}

function copyOf(frame: Frame, compressed: boolean): Buffer {
  const target = Buffer.alloc(frame.size(compressed) + 2)
  frame.copyTo(target, 1, compressed)
  expect([target.at(0), target.at(-1)]).toEqual([0, 0])
  return target.subarray(1, -1)
}

describe.each([
  ['without compression', undefined, false],
  ['without compression, for a connection with it', undefined, true],
  ['with compression, for a connection without it', COMPRESSION, false],
])('a frame %s', (_, compression, compressed) => {
  test.each(TEXTS)('the text %j is copied without a buffer of its own, and its bytes are counted once', (text) => {
    const { made, counted } = watchBuffers()
    const frame = new Frame(text, compression)
    const copies = [copyOf(frame, compressed), copyOf(frame, compressed)]
    expect([made.mock.calls.length, counted.mock.calls.length]).toEqual([0, 1])
    expect(copies).toEqual([encodeFrame(0x81, text), encodeFrame(0x81, text)])
  })
})

test('a compressed text is copied as it was compressed', () => {
  const frame = new Frame('x'.repeat(100), COMPRESSION)
  expect(copyOf(frame, true)).toEqual(frame.bytes(true))
  expect(copyOf(frame, false)).toEqual(encodeFrame(0x81, 'x'.repeat(100)))
})

test('bytes are copied as they are', () => {
  const frame = new Frame(Buffer.from([1, 2, 3]))
  expect(copyOf(frame, false)).toEqual(Buffer.from([0x82, 3, 1, 2, 3]))
})

test.each([
  ['a text of ASCII is copied as Latin-1', 'hello', 'latin1'],
  ['a text with several bytes a character is encoded as UTF-8', 'é', 'utf8'],
])('%s', (_, text, encoding) => {
  const frame = new Frame(text)
  const target = Buffer.alloc(frame.size(false))
  const write = jest.spyOn(target, 'write')
  frame.copyTo(target, 0, false)
  expect(write).toHaveBeenCalledWith(text, 2, encoding)
})

test('a text that was framed before is not encoded again', () => {
  const frame = new Frame('hello')
  const bytes = frame.bytes(false)
  const target = Buffer.alloc(frame.size(false))
  const write = jest.spyOn(target, 'write')
  frame.copyTo(target, 0, false)
  expect(write).not.toHaveBeenCalled()
  expect(target.equals(bytes)).toBe(true)
})

test('the payload of a frame is what was sent: the text, or the same bytes and no copy', () => {
  const bytes = Buffer.from([1, 2, 3])
  expect(new Frame(bytes).payload).toBe(bytes)
  expect(new Frame('hello').payload).toBe('hello')
})

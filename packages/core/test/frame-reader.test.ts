import { type MessageConsumer, readFrames } from '../src/connection/frame-reader.js'
import {
  BINARY,
  bytesOf,
  CLOSE,
  CONTINUATION,
  type FrameParts,
  PING,
  PONG,
  RSV1,
  TEXT,
} from '../../../test/support/client-frame.js'

// Whole frames are read without the WebSocket library. Every other frame must stay unchanged.

/** Messages as they were read, with the bytes of their payloads, and how often dataReceived was called before them. */
class Reading implements MessageConsumer {
  readonly messages: (string | Buffer)[] = []
  readonly sizes: number[] = []
  readonly packetsBefore: number[] = []
  readonly pongs: Buffer[] = []

  dataReceived(): void {
    this.packetsBefore.push(this.messages.length)
  }
  received(message: string | Buffer, bytes: number): void {
    this.messages.push(message)
    this.sizes.push(bytes)
  }
  ponged(data: Buffer): void {
    this.pongs.push(data)
  }
}

function read(packet: Buffer, limit = 100_000): { read: number; messages: (string | Buffer)[]; reading: Reading } {
  const reading = new Reading()
  const count = readFrames(packet, limit, reading)
  return { read: count, messages: reading.messages, reading }
}

const text = (payload: string | Uint8Array, more: Partial<FrameParts> = {}): Buffer =>
  bytesOf({ opcode: TEXT, payload, ...more })

const pong = (more: Partial<FrameParts> = {}): Buffer => bytesOf({ opcode: PONG, ...more })

/** Expects that a packet is not read, and stays as it is. */
function expectUnread(packet: Buffer, limit?: number): void {
  const before = Buffer.from(packet)
  expect(read(packet, limit)).toMatchObject({ read: 0, messages: [], reading: { packetsBefore: [] } })
  expect(packet.equals(before)).toBe(true)
}

describe('a whole frame', () => {
  const lengths = [...Array(140).keys(), 255, 256, 257, 4095, 65_534, 65_535]

  test.each([TEXT, BINARY])('with opcode %d is read at every length of up to 16 bits', (opcode) => {
    for (const length of lengths) {
      const payload = Buffer.from(Array.from({ length }, (_, at) => at % 128))
      const packet = bytesOf({ opcode, payload })
      const expected = opcode === TEXT ? payload.toString('latin1') : payload
      expect(read(packet)).toMatchObject({ read: packet.length, messages: [expected], reading: { sizes: [length] } })
    }
  })

  test('a whole frame is unmasked with each byte of its mask', () => {
    for (let length = 0; length < 10; length += 1) {
      const payload = 'abcdefghi'.slice(0, length)
      for (const mask of [
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 4, 0],
        [0, 0, 0, 8],
        [255, 254, 253, 252],
      ]) {
        expect(read(text(payload, { mask: Uint8Array.from(mask) })).messages).toEqual([payload])
      }
    }
  })

  test('a whole text frame is decoded with characters of one to four bytes, and keeps its byte order mark', () => {
    for (const payload of ['\u007F', '\u0080', 'é', '\u07FF', '\u0800', '\uFEFFa', '€uro', '\u{10000}', '😀', '\0']) {
      expect(read(text(payload)).messages).toEqual([payload])
    }
  })

  test('a binary message is a view of its packet, and an empty one does not keep the packet in memory', () => {
    const packet = Buffer.concat([bytesOf({ opcode: BINARY, payload: Buffer.of(1, 2) }), bytesOf({ opcode: BINARY })])
    const [full, empty] = read(packet).messages as Buffer[]
    expect(full?.buffer).toBe(packet.buffer)
    expect(empty?.length).toBe(0)
    expect(empty?.buffer).not.toBe(packet.buffer)
  })

  test('a whole frame is read if its payload has at most the size limit of messages', () => {
    for (const length of [0, 5, 200]) {
      expect(read(text('x'.repeat(length)), length).read).toBeGreaterThan(0)
      expectUnread(text('x'.repeat(length + 1)), length)
    }
  })
})

describe('several frames', () => {
  const frames = [
    text('one'),
    bytesOf({ opcode: BINARY, payload: Buffer.of(2) }),
    text(''),
    text('ü'.repeat(70)),
    text('5'),
  ]
  const contents = ['one', Buffer.of(2), '', 'ü'.repeat(70), '5']
  const stream = Buffer.concat(frames)

  test('several frames are read up to the last complete one, wherever the packet ends', () => {
    let whole = 0
    let end = frames[0]?.length ?? 0
    for (let cut = 0; cut <= stream.length; cut += 1) {
      if (cut === end) {
        whole += 1
        end += frames[whole]?.length ?? Infinity
      }
      const packet = Buffer.from(stream.subarray(0, cut))
      const { read: count, messages } = read(packet)
      expect(messages).toEqual(contents.slice(0, whole))
      expect(count).toBe(Buffer.concat(frames.slice(0, whole)).length)
      expect(packet.subarray(count)).toEqual(stream.subarray(count, cut))
    }
  })

  test('several frames of one packet count once as activity, before the first is received', () => {
    expect(read(Buffer.from(stream)).reading.packetsBefore).toEqual([0])
  })

  test.each<[string, Buffer]>([
    ['a ping', bytesOf({ opcode: PING, payload: 'p' })],
    ['a close frame', bytesOf({ opcode: CLOSE })],
    ['a fragment', text('a', { fin: false })],
    ['invalid UTF-8', text(Buffer.of(0xc3, 0x28))],
    ['a message that is too long', text('x'.repeat(101))],
  ])('several frames are read up to %s, and later bytes remain masked', (_, other) => {
    const rest = Buffer.concat([other, text('behind')])
    const packet = Buffer.concat([text('one'), text('two'), rest])
    expect(read(packet, 100)).toMatchObject({ read: packet.length - rest.length, messages: ['one', 'two'] })
    expect(packet.subarray(-rest.length)).toEqual(rest)
  })
})

describe('a pong', () => {
  test('a pong without a payload is read between messages, and does not count as a message', () => {
    const packet = Buffer.concat([pong(), text('one'), pong(), pong(), text('two'), pong()])
    const { read: count, reading } = read(packet)
    expect(count).toBe(packet.length)
    expect(reading.pongs).toEqual(Array.from({ length: 4 }, () => Buffer.alloc(0)))
    expect(reading).toMatchObject({ messages: ['one', 'two'], packetsBefore: [0] })
  })

  test.each<[string, Buffer]>([
    ['a payload', pong({ payload: 'p' })],
    ['no mask', pong({ mask: null })],
    ['a reserved bit', pong({ rsv: RSV1 })],
    ['no FIN bit', pong({ fin: false })],
    ['half of its mask', pong().subarray(0, 5)],
    ['a longer form than its length needs', pong({ form: 16 })],
  ])('a pong with %s is not read', (_, packet) => {
    const before = Buffer.from(packet)
    expect(read(packet)).toMatchObject({ read: 0, reading: { pongs: [], packetsBefore: [] } })
    expect(packet.equals(before)).toBe(true)
  })
})

describe('no frame is read', () => {
  test('a frame is not read if its first byte is not that of a whole text or binary frame', () => {
    const readFirsts: number[] = []
    for (let first = 0; first < 256; first += 1) {
      const packet = text('abc')
      packet[0] = first
      if (read(packet).read === packet.length) readFirsts.push(first)
      else expectUnread(packet)
    }
    expect(readFirsts).toEqual([0x81, 0x82])
  })

  test('a frame is not read without a mask, with a length in 64 bits, or if it is incomplete', () => {
    const ends: number[] = []
    for (let second = 0; second < 256; second += 1) {
      const packet = bytesOf({ opcode: BINARY, payload: Buffer.alloc(125) })
      packet[1] = second
      ends.push(read(packet).read)
    }
    expect(ends.slice(0x80, 0x80 + 126)).toEqual(Array.from({ length: 126 }, (_, length) => 6 + length))
    expect(new Set([...ends.slice(0, 0x80), ...ends.slice(0x80 + 126)])).toEqual(new Set([0]))
  })

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['a longer form than its length needs', text('x'.repeat(125), { form: 16 })],
    ['64 bits of length', text('x'.repeat(10), { form: 64 })],
    [
      '64 bits of length that begin as 16 do',
      bytesOf({ opcode: BINARY, payload: Buffer.alloc(200), form: 64, length: 0x7en << 48n }),
    ],
    ['65,536 bytes', text('x'.repeat(65_536))],
    ['no mask', text('abc', { mask: null })],
    ['a reserved bit', text('abc', { rsv: RSV1 })],
    ['the rest of a message', bytesOf({ opcode: CONTINUATION, payload: 'abc' })],
    ['half of a character', text(Buffer.from('é').subarray(0, 1))],
    ['a byte that continues no character', text(Buffer.of(0x80))],
    ['a surrogate', text(Buffer.of(0xed, 0xa0, 0x80))],
    ['an overlong character', text(Buffer.of(0xc0, 0x80))],
    ['a byte that UTF-8 never has', text(Buffer.of(0x61, 0xff, 0x61, 0x61, 0x61))],
  ])('a frame is not read with %s', (_, packet) => expectUnread(packet))
})

import { Frame } from '../src/broadcast/frame.js'
import { newTraffic } from '../src/observability/traffic.js'
import { FlushBatch } from '../src/broadcast/flush-batch.js'
import { Outbox, type FrameSink } from '../src/broadcast/outbox.js'
import { RoomTails } from '../src/broadcast/room-tails.js'

/** A socket whose kernel buffer is full. */
class Stuck implements FrameSink {
  writable = true
  writableNeedDrain = false
  writableLength = 0
  #drained: (() => void) | undefined

  write(bytes: Buffer): void {
    this.writableLength += bytes.length
    this.writableNeedDrain = true
  }

  once(_: 'drain', listener: () => void): void {
    this.#drained = listener
  }

  /** Empties the kernel buffer. */
  drain(): void {
    this.writableLength = 0
    this.writableNeedDrain = false
    this.#drained?.()
  }
}

function outbox(limit: number) {
  const sink = new Stuck()
  const held = { bytes: 0, dropped: 0 }
  const charge = (bytes: number): void => void (held.bytes += bytes)
  const dropped = (count: number): void => void (held.dropped += count)
  const counts = { charge, dropped, traffic: newTraffic(), stalled: new Set<object>() }
  const options = { limit, compressed: false, ...counts, tails: new RoomTails() }
  return { sink, held, box: new Outbox(new FlushBatch(() => undefined, options), sink) }
}

function takes(box: Outbox, frame: Frame): boolean {
  return box.push(frame) !== undefined
}

/** A frame of so many bytes with its head; at least two. */
function frameOf(size: number): Frame {
  const made = new Frame(Buffer.alloc(size < 128 ? size - 2 : size - 4))
  if (made.bytes(false).length !== size) throw new Error(`There is no frame of ${size} bytes.`)
  return made
}

test('outbox and socket together hold at most the limit in bytes', () => {
  const { sink, box } = outbox(1000)
  expect(takes(box, frameOf(400))).toBe(true)
  box.flush()
  expect(sink.writableLength).toBe(400)
  expect(takes(box, frameOf(601))).toBe(false)
  expect(takes(box, frameOf(600))).toBe(true)
  expect(box.size + sink.writableLength).toBe(1000)
  expect(takes(box, frameOf(2))).toBe(false)
  expect(box.size + sink.writableLength).toBe(1000)
})

test('a refused message is not queued, and a later one that fits is sent', () => {
  const { sink, box } = outbox(1000)
  box.push(frameOf(1000))
  box.flush()
  expect(takes(box, frameOf(2))).toBe(false)
  sink.writableLength = 998
  expect(takes(box, frameOf(2))).toBe(true)
  expect(takes(box, frameOf(2))).toBe(false)
})

test('a message larger than the limit is accepted if nothing else waits, and no other message after it', () => {
  const { box } = outbox(1000)
  expect(takes(box, frameOf(5000))).toBe(true)
  expect(takes(box, frameOf(2))).toBe(false)
})

test('bytes that a socket has not written are counted until it has written them or is closed', () => {
  const { sink, box, held } = outbox(1000)
  const push = (size: number): void => {
    box.push(frameOf(size))
    box.flush()
  }
  push(100)
  push(50)
  expect(held.bytes).toBe(150)
  sink.drain()
  expect(held.bytes).toBe(0)
  push(20)
  expect(held.bytes).toBe(20)
  box.end()
  expect(held.bytes).toBe(0)
})

test('drained waits while more than half of the limit waits in the socket, and for nothing otherwise', async () => {
  const { sink, box } = outbox(100)
  box.push(frameOf(50))
  await box.whenDrained()
  box.push(frameOf(10))
  let room = false
  const drained = box.whenDrained().then(() => (room = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(room).toBe(false)
  sink.drain()
  await drained
})

/** A connection whose socket holds 100 bytes and takes no more. */
function jammed() {
  const parts = outbox(1000)
  parts.box.push(frameOf(100))
  parts.box.flush()
  return parts
}

const unkeyed = { slot: undefined, room: undefined }
const keyed = (slot: string, room = 'a') => ({ slot, room })

describe('a volatile message', () => {
  test('a volatile message is sent like any other while the socket takes more', () => {
    const { box, sink, held } = outbox(1000)
    box.pushVolatile(frameOf(10), unkeyed)
    box.flush()
    expect(sink.writableLength).toBe(10)
    expect(held).toEqual({ bytes: 10, dropped: 0 })
  })

  test('a volatile message without a key is dropped and counted if the socket is full', () => {
    const { box, sink, held } = jammed()
    for (let n = 0; n < 5; n += 1) box.pushVolatile(frameOf(10), unkeyed)
    expect(held.dropped).toBe(5)
    sink.drain()
    box.flush()
    expect(sink.writableLength).toBe(0)
  })

  test('a volatile message with a key waits until the socket takes more, and a newer one replaces it', () => {
    const { box, sink, held } = jammed()
    for (const size of [10, 20, 30]) box.pushVolatile(frameOf(size), keyed('p'))
    box.pushVolatile(frameOf(15), keyed('q'))
    expect(held).toEqual({ bytes: 100 + 30 + 15 + 4, dropped: 2 })
    expect(box.size).toBe(30 + 15 + 4)
    sink.drain()
    box.flush()
    expect(sink.writableLength).toBe(45)
    expect(held).toEqual({ bytes: 45, dropped: 2 })
  })

  test('a volatile message that does not fit when the socket takes more waits again', () => {
    const { box, sink, held } = jammed()
    box.push(frameOf(900))
    box.pushVolatile(frameOf(200), keyed('p'))
    sink.drain()
    expect(sink.writableLength).toBe(900)
    expect(held.dropped).toBe(0)
    sink.drain()
    box.flush()
    expect(sink.writableLength).toBe(200)
  })

  test('a waiting volatile message of a room is dropped if the connection leaves the room', () => {
    const { box, sink, held } = jammed()
    box.pushVolatile(frameOf(10), keyed('p', 'a'))
    box.pushVolatile(frameOf(20), keyed('q', 'b'))
    box.forgetVolatile('a')
    sink.drain()
    box.flush()
    expect(sink.writableLength).toBe(20)
    expect(held.dropped).toBe(1)
  })

  test('a waiting volatile message is released and counted if the socket closes', () => {
    const { box, held } = jammed()
    box.pushVolatile(frameOf(10), keyed('p'))
    box.end()
    expect(held).toEqual({ bytes: 0, dropped: 1 })
  })

  test('volatile messages take at most a quarter of the limit, and the oldest is dropped first', () => {
    const { box, sink, held } = jammed()
    for (let n = 0; n < 10; n += 1) box.pushVolatile(frameOf(98), keyed(String(n)))
    expect(box.size).toBe(200)
    expect(held.dropped).toBe(8)
    sink.drain()
    box.flush()
    expect(sink.writableLength).toBe(2 * 98)
  })
})

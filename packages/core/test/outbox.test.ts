import { Frame } from '../src/broadcast/frame.js'
import { newTraffic } from '../src/observability/traffic.js'
import { Outbox, type FrameSink, FlushBatch } from '../src/broadcast/outbox.js'

/** A socket whose kernel takes nothing any more. */
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

  /** The kernel takes everything. */
  drain(): void {
    this.writableLength = 0
    this.writableNeedDrain = false
    this.#drained?.()
  }
}

function outbox(limit: number) {
  const sink = new Stuck()
  const held = { bytes: 0 }
  const charge = (bytes: number): void => void (held.bytes += bytes)
  return {
    sink,
    held,
    box: new Outbox(
      new FlushBatch(() => undefined, { limit, compressed: false, charge, traffic: newTraffic(), stalled: new Set() }),
      sink,
    ),
  }
}

/** A frame of so many bytes, its head included; two are the least. */
function frameOf(size: number): Frame {
  const made = new Frame(Buffer.alloc(size < 128 ? size - 2 : size - 4))
  if (made.bytes(false).length !== size) throw new Error(`There is no frame of ${size} bytes.`)
  return made
}

test('outbox and socket together hold the limit to the byte, and not a byte more', () => {
  const { sink, box } = outbox(1000)
  expect(box.push(frameOf(400))).toBe(true)
  box.flush()
  expect(sink.writableLength).toBe(400)
  expect(box.push(frameOf(601))).toBe(false)
  expect(box.push(frameOf(600))).toBe(true)
  expect(box.size + sink.writableLength).toBe(1000)
  expect(box.push(frameOf(2))).toBe(false)
  expect(box.size + sink.writableLength).toBe(1000)
})

test('a refused message is not queued, and a later one that fits is sent', () => {
  const { sink, box } = outbox(1000)
  box.push(frameOf(1000))
  box.flush()
  expect(box.push(frameOf(2))).toBe(false)
  sink.writableLength = 998
  expect(box.push(frameOf(2))).toBe(true)
  expect(box.push(frameOf(2))).toBe(false)
})

test('a single message may be larger where nothing waits, and then nothing else goes in', () => {
  const { box } = outbox(1000)
  expect(box.push(frameOf(5000))).toBe(true)
  expect(box.push(frameOf(2))).toBe(false)
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
  await box.drained()
  box.push(frameOf(10))
  let room = false
  const drained = box.drained().then(() => (room = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(room).toBe(false)
  sink.drain()
  await drained
})

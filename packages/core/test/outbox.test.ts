import type { Frame } from '../src/broadcast/frame.js'
import type { Outbox } from '../src/broadcast/outbox.js'
import { frameOf, stuckOutbox } from './stuck-outbox.js'

function takes(box: Outbox, frame: Frame): boolean {
  return box.push(frame) !== undefined
}

test('outbox and socket together hold at most the limit in bytes', () => {
  const { sink, box } = stuckOutbox(1000)
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
  const { sink, box } = stuckOutbox(1000)
  box.push(frameOf(1000))
  box.flush()
  expect(takes(box, frameOf(2))).toBe(false)
  sink.writableLength = 998
  expect(takes(box, frameOf(2))).toBe(true)
  expect(takes(box, frameOf(2))).toBe(false)
})

test('a message larger than the limit is accepted if nothing else waits, and no other message after it', () => {
  const { box } = stuckOutbox(1000)
  expect(takes(box, frameOf(5000))).toBe(true)
  expect(takes(box, frameOf(2))).toBe(false)
})

test('bytes that a socket has not written are counted until it has written them or is closed', () => {
  const { sink, box, held } = stuckOutbox(1000)
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

test('messages that fill the limit exactly leave in one write', () => {
  const { sink, box } = stuckOutbox(1000)
  box.push(frameOf(400))
  box.push(frameOf(600))
  expect([sink.writes, box.size]).toEqual([0, 1000])
  box.flush()
  expect([sink.writes, sink.writableLength]).toEqual([1, 1000])
})

test('what waits for a socket that was lost is not written', () => {
  const { sink, box } = stuckOutbox(1000)
  box.push(frameOf(10))
  sink.writable = false
  box.flush()
  expect([sink.writes, box.size]).toEqual([0, 0])
})

test('an outbox whose socket has closed takes messages up to the limit, and writes none', async () => {
  const { sink, box, held } = stuckOutbox(1000)
  box.end()
  expect(takes(box, frameOf(900))).toBe(true)
  expect(takes(box, frameOf(200))).toBe(true)
  box.push(frameOf(400))
  await box.whenDrained()
  box.push(frameOf(10))
  box.flush()
  expect([sink.writes, box.size]).toEqual([0, 0])
  expect(held).toEqual({ bytes: 0, dropped: 0 })
})

test('drained waits while more than half of the limit waits in the socket, and for nothing otherwise', async () => {
  const { sink, box } = stuckOutbox(100)
  box.push(frameOf(50))
  await box.whenDrained()
  expect(sink.writes).toBe(0)
  box.push(frameOf(10))
  let room = false
  const drained = box.whenDrained().then(() => (room = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(room).toBe(false)
  sink.drain()
  await drained
})

test('drained does not wait for a socket that holds more than half of the limit, but emits no drain', async () => {
  const { sink, box } = stuckOutbox(100)
  sink.write = (bytes) => void (sink.writableLength += bytes.length)
  box.push(frameOf(60))
  await box.whenDrained()
  expect(sink.writableLength).toBe(60)
})

test('drained does not wait for a full socket that has sent half of what it held', async () => {
  const { sink, box } = stuckOutbox(100)
  box.push(frameOf(40))
  box.flush()
  sink.writableLength = 0
  box.push(frameOf(20))
  await box.whenDrained()
  expect([sink.writableLength, sink.writableNeedDrain]).toEqual([20, true])
})

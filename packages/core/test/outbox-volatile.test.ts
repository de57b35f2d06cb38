import { frameOf, stuckOutbox } from './stuck-outbox.js'

/** A connection whose socket holds 100 bytes and takes no more. */
function blocked() {
  const parts = stuckOutbox(1000)
  parts.box.push(frameOf(100))
  parts.box.flush()
  return parts
}

const unkeyed = { slot: undefined, room: undefined }
const keyed = (slot: string, room = 'a') => ({ slot, room })

test('a volatile message is sent like any other while the socket takes more', () => {
  const { box, sink, held } = stuckOutbox(1000)
  expect(box.pushVolatile(frameOf(10), unkeyed)).toBe(true)
  box.flush()
  expect(sink.writableLength).toBe(10)
  expect(held).toEqual({ bytes: 10, dropped: 0 })
})

test('a volatile message without a key is dropped and counted if the socket is full', () => {
  const { box, sink, held } = blocked()
  for (let n = 0; n < 5; n += 1) expect(box.pushVolatile(frameOf(10), unkeyed)).toBe(false)
  expect(held.dropped).toBe(5)
  sink.drain()
  box.flush()
  expect(sink.writableLength).toBe(0)
})

test('a volatile message that exceeds the limit is dropped and counted while the socket emits no drain', () => {
  const { box, sink, held } = stuckOutbox(1000)
  sink.write = (bytes) => void (sink.writableLength += bytes.length)
  box.push(frameOf(900))
  expect(box.pushVolatile(frameOf(200), keyed('p'))).toBe(false)
  expect(held.dropped).toBe(1)
  expect(box.size).toBe(0)
})

test('a volatile message is sent after a write that the kernel has taken whole', () => {
  const { box, sink, held } = stuckOutbox(1000)
  sink.write = () => void (sink.writableNeedDrain = true)
  box.push(frameOf(100))
  box.flush()
  expect(box.pushVolatile(frameOf(10), unkeyed)).toBe(true)
  expect(held.dropped).toBe(0)
})

test('a volatile message with a key waits until the socket takes more, and a newer one replaces it', () => {
  const { box, sink, held } = blocked()
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
  const { box, sink, held } = blocked()
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
  const { box, sink, held } = blocked()
  box.pushVolatile(frameOf(10), keyed('p', 'a'))
  box.pushVolatile(frameOf(20), keyed('q', 'b'))
  box.forgetVolatile('a')
  sink.drain()
  box.flush()
  expect(sink.writableLength).toBe(20)
  expect(held.dropped).toBe(1)
})

test('a waiting volatile message is released and counted if the socket closes', () => {
  const { box, held } = blocked()
  box.pushVolatile(frameOf(10), keyed('p'))
  box.end()
  expect(held).toEqual({ bytes: 0, dropped: 1 })
})

test('volatile messages take at most a quarter of the limit, and the oldest is dropped first', () => {
  const { box, sink, held } = blocked()
  for (let n = 0; n < 10; n += 1) box.pushVolatile(frameOf(98), keyed(String(n)))
  expect(box.size).toBe(200)
  expect(held.dropped).toBe(8)
  sink.drain()
  box.flush()
  expect(sink.writableLength).toBe(2 * 98)
})

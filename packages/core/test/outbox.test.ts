import { Frame } from '../src/outbox/frame.js'
import { Outbox, type Sink, Turn } from '../src/outbox/outbox.js'

/** A socket whose kernel takes nothing any more. */
class Stuck implements Sink {
  writable = true
  writableLength = 0

  write(bytes: Buffer): void {
    this.writableLength += bytes.length
  }
}

function outbox(limit: number): { readonly sink: Stuck; readonly box: Outbox } {
  const sink = new Stuck()
  return { sink, box: new Outbox(new Turn(() => undefined, { limit, compressed: false }), sink) }
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

test('what was refused is not there, and what fits later goes out', () => {
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

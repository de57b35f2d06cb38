import { Frame } from '../src/broadcast/frame.js'
import { FlushBatch } from '../src/broadcast/flush-batch.js'
import type { FrameSink } from '../src/broadcast/frame-sink.js'
import { Outbox } from '../src/broadcast/outbox.js'
import { RoomTails } from '../src/broadcast/room-tails.js'
import { newTraffic } from '../src/observability/traffic.js'

/** A socket whose kernel buffer is full. */
export class Stuck implements FrameSink {
  writable = true
  writableNeedDrain = false
  writableLength = 0
  writes = 0
  #drained: (() => void) | undefined

  write(bytes: Buffer): void {
    this.writes += 1
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

/** An outbox above such a socket, and what it has counted: bytes of the socket, and dropped messages. */
export function stuckOutbox(limit: number) {
  const sink = new Stuck()
  const held = { bytes: 0, dropped: 0 }
  const charge = (bytes: number): void => void (held.bytes += bytes)
  const dropped = (count: number): void => void (held.dropped += count)
  const counts = { charge, dropped, traffic: newTraffic(), stalled: new Set<object>() }
  const options = { limit, compressed: false, ...counts, tails: new RoomTails() }
  return { sink, held, box: new Outbox(new FlushBatch(() => undefined, options), sink) }
}

/** A frame of so many bytes with its head; at least two. */
export function frameOf(size: number): Frame {
  const made = new Frame(Buffer.alloc(size < 128 ? size - 2 : size - 4))
  if (made.bytes(false).length !== size) throw new Error(`There is no frame of ${size} bytes.`)
  return made
}

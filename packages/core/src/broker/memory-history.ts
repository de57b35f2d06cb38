import { randomBytes } from 'node:crypto'
import type { AppendOptions, Entry, HistoryWindow, Lost, Position, Replay } from './broker.js'

/** What the histories of a process may hold together; beyond it those that were silent for longest are forgotten. */
const MOST_BYTES = 64 * 1024 * 1024
/** What a kept message costs beside its own bytes, roughly. */
const COST = 128

interface Kept extends Entry {
  readonly time: number
}

interface Stream {
  epoch: string
  offset: number
  ttl: number
  /** When the last message came. */
  time: number
  size: number
  entries: Kept[]
}

/** Streams in this process's memory. Bounded: by each topic's window, by time, and by bytes in all. */
export class MemoryHistory {
  // In the order of their last message: who was silent for longest comes first.
  readonly #streams = new Map<string, Stream>()
  readonly #now: () => number
  readonly #most: number
  #size = 0

  /** @param most bytes in all; @param now milliseconds */
  constructor(most = MOST_BYTES, now: () => number = Date.now) {
    this.#most = most
    this.#now = now
  }

  /** Topics that are kept. */
  get topics(): number {
    return this.#streams.size
  }

  /** Bytes that are kept, with what they cost beside. */
  get size(): number {
    return this.#size
  }

  append(topic: string, bytes: Uint8Array, { size, ttl, beyond }: AppendOptions): Position {
    const stream = this.#touch(topic, ttl)
    if (stream.offset < beyond) Object.assign(stream, { epoch: newEpoch(), offset: beyond })
    stream.offset += 1
    stream.entries.push({ offset: stream.offset, bytes, time: stream.time })
    this.#grow(stream, bytes.byteLength + COST)
    this.#forget(stream)
    while (stream.entries.length > size || this.#isOld(stream.entries[0], ttl) || this.#isTooMuch(stream)) {
      this.#trim(stream)
    }
    return { offset: stream.offset, epoch: stream.epoch }
  }

  since(topic: string, from: Position | number, { size, ttl }: HistoryWindow): Replay {
    const stream = this.#streams.get(topic) ?? this.#touch(topic, ttl)
    const position = { offset: stream.offset, epoch: stream.epoch }
    const alive = stream.entries.filter((entry) => !this.#isOld(entry, ttl))
    if (typeof from === 'number') return { position, entries: from > 0 ? alive.slice(-from) : [] }
    const lost = lostAt(from, position, { size, oldest: alive[0]?.offset })
    return lost
      ? { position, entries: [], lost }
      : { position, entries: alive.filter(({ offset }) => offset > from.offset) }
  }

  restart(topic: string): void {
    const stream = this.#streams.get(topic)
    if (stream) stream.epoch = newEpoch()
  }

  #touch(topic: string, ttl: number): Stream {
    const known = this.#streams.get(topic)
    const time = this.#now()
    const stream = known ?? { epoch: newEpoch(), offset: 0, ttl, time, size: 0, entries: [] }
    Object.assign(stream, { ttl, time })
    this.#streams.delete(topic)
    this.#streams.set(topic, stream)
    if (!known) this.#grow(stream, COST)
    this.#forget(stream)
    return stream
  }

  /** Whether one topic alone holds more than all may: then it keeps what came last. */
  #isTooMuch({ entries }: Stream): boolean {
    return this.#size > this.#most && entries.length > 1
  }

  #isOld(entry: Kept | undefined, ttl: number): boolean {
    return entry !== undefined && entry.time + ttl < this.#now()
  }

  #trim(stream: Stream): void {
    const [first] = stream.entries.splice(0, 1)
    if (first) this.#grow(stream, -first.bytes.byteLength - COST)
  }

  #grow(stream: Stream, by: number): void {
    stream.size += by
    this.#size += by
  }

  /** Forgets streams that are over, and more where there is too much in all; never the one that is in use. */
  #forget(current: Stream): void {
    for (const [topic, stream] of this.#streams) {
      if (stream === current || (this.#size <= this.#most && stream.time + stream.ttl >= this.#now())) return
      this.#streams.delete(topic)
      this.#size -= stream.size
    }
  }
}

/** A name that no other life of a stream has. */
export function newEpoch(): string {
  return randomBytes(12).toString('base64url')
}

/** Why nothing can be replayed after a position; `undefined` where all of it is there. */
function lostAt(
  from: Position,
  now: Position,
  { size, oldest = Infinity }: { readonly size: number; readonly oldest: number | undefined },
): Lost | undefined {
  if (from.epoch !== now.epoch || from.offset > now.offset) return 'epoch'
  if (from.offset === now.offset || oldest <= from.offset + 1) return undefined
  return now.offset - from.offset > size ? 'too_far' : 'expired'
}

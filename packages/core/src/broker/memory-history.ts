import { randomBytes } from 'node:crypto'
import {
  EMPTY_POSITION,
  type AppendOptions,
  type Entry,
  type LinkPosition,
  type Lost,
  type Position,
  type Replay,
  type SinceOptions,
} from './broker.js'

/** Told of new epochs. */
export interface MemoryHistoryHost {
  restarted(topic: string, position: Position): void
}

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
  tag: string
  start: Position
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
  readonly #host: MemoryHistoryHost
  #size = 0

  /** @param most bytes in all; @param now milliseconds */
  constructor(host: MemoryHistoryHost, most = MOST_BYTES, now: () => number = Date.now) {
    this.#host = host
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

  append(topic: string, bytes: Uint8Array, { size, ttl, known }: AppendOptions): LinkPosition {
    const stream = this.#touch(topic, ttl, known)
    if (stream.offset < known.offset) this.#turn(topic, stream, known)
    const previous = stream.tag
    stream.offset += 1
    stream.tag = newTag()
    stream.entries.push({ offset: stream.offset, tag: stream.tag, bytes, time: stream.time })
    this.#grow(stream, bytes.byteLength + COST)
    this.#forget(stream)
    while (stream.entries.length > size || this.#isOld(stream.entries[0], ttl) || this.#isTooMuch(stream)) {
      this.#trim(stream)
    }
    return { ...headOf(stream), previous }
  }

  since(topic: string, from: Position | number, { size, ttl, known }: SinceOptions): Replay {
    const stream = this.#streams.get(topic)
    if (!stream) return { position: EMPTY_POSITION, entries: [], more: false }
    if (known && stream.offset < known.offset) this.#turn(topic, stream, known)
    const position = headOf(stream)
    const alive = stream.entries.filter((entry) => !this.#isOld(entry, ttl))
    const more = false
    if (typeof from === 'number') return { position, entries: from > 0 ? alive.slice(-from) : [], more }
    const start = from.epoch === '' && stream.start.offset === 0 ? { ...from, epoch: stream.epoch } : from
    const lost = lostAt(start, position, { size, oldest: alive[0]?.offset })
    return lost
      ? { position, entries: [], more, lost, start: position }
      : { position, entries: alive.filter(({ offset }) => offset > from.offset), more }
  }

  restart(topic: string, expected: string): Position {
    const stream = this.#streams.get(topic)
    if (!stream) return EMPTY_POSITION
    if (stream.epoch === expected) this.#turn(topic, stream, headOf(stream))
    return headOf(stream)
  }

  head(topic: string): Position {
    const stream = this.#streams.get(topic)
    return stream ? headOf(stream) : EMPTY_POSITION
  }

  #turn(topic: string, stream: Stream, known: Position): void {
    stream.offset = Math.max(stream.offset, known.offset)
    stream.epoch = newEpoch(this.#now(), [stream.epoch, known.epoch])
    stream.start = headOf(stream)
    this.#host.restarted(topic, stream.start)
  }

  #touch(topic: string, ttl: number, from: Position): Stream {
    const known = this.#streams.get(topic)
    const time = this.#now()
    const { offset, tag } = from
    const epoch = newEpoch(time, [from.epoch])
    const stream = known ?? { epoch, offset, tag, start: from, ttl, time, size: 0, entries: [] }
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

function headOf({ offset, epoch, tag }: Stream): Position {
  return { offset, epoch, tag }
}

function newTag(): string {
  return randomBytes(4).toString('hex')
}

/** An epoch that is later than all of these. */
function newEpoch(now: number, known: readonly string[]): string {
  const generation = Math.max(Math.floor(now / 1000), ...known.map((epoch) => Number(epoch.slice(0, 10)))) + 1
  return `${String(generation).padStart(10, '0')}${randomBytes(3).toString('hex')}`
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

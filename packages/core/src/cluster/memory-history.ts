import { randomBytes } from 'node:crypto'
import type { StoredStream, StreamSlot } from '../history/store-model/stored-stream.js'
import { append, headOf, restart, since, type Appended, type StoreTime } from '../history/store-model/stream-store.js'
import type { AppendOptions, HistoryWindow, Position, Replay, SinceOptions } from './broker-history.js'

/** Receives the new epochs that no message announces. */
export interface MemoryHistoryHost {
  restarted(topic: string, position: Position): void
}

/** The most bytes of all histories of a process. Beyond it, the histories without a message for longest are forgotten. */
const MAX_BYTES = 64 * 1024 * 1024
/** The approximate bytes that a kept message and a topic cost in addition to their own. */
const ENTRY_BYTES = 256
const TOPIC_BYTES = 1024
/**
 * How long a stream keeps its position after its last message has expired, ms. A room that was silent for less continues
 * without a gap.
 */
const HEAD_MS = 24 * 60 * 60 * 1000

interface Slot extends StreamSlot<Uint8Array> {
  stream: StoredStream<Uint8Array> | undefined
  ttl: number
  /** When the last message was kept or the last epoch began, ms. */
  ms: number
  /** The bytes that it holds, overhead included. */
  size: number
}

/** Streams in this process's memory. Bounded by each topic's window, by time, and by bytes in all. */
export class MemoryHistory {
  // In the order of their last message, the oldest first.
  readonly #slots = new Map<string, Slot>()
  // Streams without messages that keep their position.
  readonly #heads = new Map<string, Slot>()
  readonly #host: MemoryHistoryHost
  readonly #now: () => number
  readonly #maxBytes: number
  #size = 0
  #tag = randomBytes(4).readUInt32BE()

  /** @param most bytes in all; @param now milliseconds */
  constructor(host: MemoryHistoryHost, most = MAX_BYTES, now: () => number = Date.now) {
    this.#host = host
    this.#maxBytes = most
    this.#now = now
  }

  /** The number of topics that are kept. */
  get topics(): number {
    return this.#slots.size + this.#heads.size
  }

  /** The bytes that are kept, overhead included. */
  get size(): number {
    return this.#size
  }

  append(topic: string, bytes: Uint8Array, { size, ttl, known }: AppendOptions): Appended {
    const slot = this.#slotOf(topic)
    const moment = this.#moment()
    // A copy: a slice of a pooled buffer would keep the whole pool in memory.
    const message = { bytes: new Uint8Array(bytes), length: bytes.byteLength, size, known }
    const appended = append(slot, message, moment)
    Object.assign(slot, { ttl, ms: moment.ms })
    this.#trim(slot, moment.ms)
    this.#keep(topic, slot)
    return appended
  }

  since(topic: string, from: Position | number, options: SinceOptions): Replay {
    const slot = this.#slotOf(topic)
    const { began, ...replay } = since(slot, { ...options, from }, this.#moment())
    if (began) this.#began(topic, Object.assign(slot, { ttl: options.ttl }), began)
    return replay
  }

  restart(topic: string, expected: string, { ttl }: HistoryWindow): Position {
    const slot = this.#slotOf(topic)
    const { position, began } = restart(slot, expected, this.#moment())
    if (began) this.#began(topic, Object.assign(slot, { ttl }), began)
    return position
  }

  /** Remembers everything. @returns a function that restores it, as a store does from a backup */
  save(): () => void {
    const size = this.#size
    const [slots, heads] = [copySlots(this.#slots), copySlots(this.#heads)]
    return () => {
      this.#slots.clear()
      this.#heads.clear()
      for (const [topic, slot] of slots) this.#slots.set(topic, slot)
      for (const [topic, head] of heads) this.#heads.set(topic, head)
      this.#size = size
    }
  }

  head(topic: string): Position {
    return headOf(this.#slotOf(topic))
  }

  #slotOf(topic: string): Slot {
    return this.#slots.get(topic) ?? this.#heads.get(topic) ?? { stream: undefined, ttl: 0, ms: 0, size: 0 }
  }

  #moment(): StoreTime {
    this.#tag = (this.#tag + 1) >>> 0
    return { ms: this.#now(), tag: this.#tag.toString(16).padStart(8, '0'), random: randomBytes(3).toString('hex') }
  }

  #began(topic: string, slot: Slot, position: Position): void {
    slot.ms = this.#now()
    this.#keep(topic, slot)
    this.#host.restarted(topic, position)
  }

  /** Removes expired entries except the newest of them (see `append`), and entries beyond the bytes that one topic may hold. */
  #trim(slot: Slot, ms: number): void {
    const { stream, ttl } = slot
    if (!stream) return
    const { entries } = stream
    const living = entries.findIndex((entry) => entry.ms + ttl >= ms)
    if (living > 1) entries.splice(0, living - 1)
    while (entries.length > 1 && sizeOf(stream) > this.#maxBytes) entries.shift()
  }

  /** Counts what a topic holds, and makes it the topic that was used last. */
  #keep(topic: string, slot: Slot): void {
    this.#count(topic, slot)
    this.#heads.delete(topic)
    this.#slots.delete(topic)
    this.#slots.set(topic, slot)
    this.#forget(slot)
  }

  #count(topic: string, slot: Slot): void {
    const size = TOPIC_BYTES + 2 * topic.length + (slot.stream ? sizeOf(slot.stream) : 0)
    this.#size += size - slot.size
    slot.size = size
  }

  /** Forgets expired messages, and others if there are too many bytes in all; never those of the stream in use. */
  #forget(current: Slot): void {
    const now = this.#now()
    this.#dropHeads(() => this.#size > this.#maxBytes && this.#heads.size * TOPIC_BYTES > this.#maxBytes / 2)
    for (const [topic, slot] of this.#slots) {
      if (slot === current || (this.#size <= this.#maxBytes && slot.ms + slot.ttl >= now)) break
      if (slot.stream) slot.stream.entries = []
      this.#count(topic, slot)
      this.#slots.delete(topic)
      this.#heads.set(topic, slot)
    }
    this.#dropHeads(({ ms, ttl }) => this.#size > this.#maxBytes || ms + ttl + HEAD_MS < now)
  }

  #dropHeads(isOver: (head: Slot) => boolean): void {
    for (const [topic, head] of this.#heads) {
      if (!isOver(head)) return
      this.#heads.delete(topic)
      this.#size -= head.size
      head.size = 0
    }
  }
}

function sizeOf({ entries, total }: StoredStream<Uint8Array>): number {
  return total - (entries[0]?.before ?? total) + entries.length * ENTRY_BYTES
}

function copySlots(slots: ReadonlyMap<string, Slot>): Map<string, Slot> {
  const copies = new Map<string, Slot>()
  for (const [topic, { stream, ...slot }] of slots) {
    copies.set(topic, { ...slot, stream: stream && { ...stream, entries: [...stream.entries] } })
  }
  return copies
}

import type { HistoryWindow, Position } from '../../cluster/broker-history.js'
import { isEmpty } from '../position.js'
import type { LastNumber } from './sender-numbers.js'

/** The message before the first one of an epoch. */
export interface Start {
  readonly offset: number
  readonly tag: string
}

/** A kept message. */
export interface StoredEntry<Bytes> {
  readonly offset: number
  readonly tag: string
  readonly bytes: Bytes
  /** When it was appended, milliseconds. */
  readonly ms: number
  /** Bytes that were appended to the stream before it. */
  readonly before: number
}

/** One stream. Its entries have consecutive offsets; the last one is the head unless all were removed. */
export interface StoredStream<Bytes> {
  epoch: string
  offset: number
  tag: string
  /** The start of the current epoch. Its offset is 0 if there was no stream before the epoch. */
  start: Start
  /** All bytes that were ever appended. */
  total: number
  entries: StoredEntry<Bytes>[]
  /** The last numbers of its servers, the latest first. Absent if its messages have no numbers. */
  numbers?: readonly LastNumber[]
}

/** The slot of a stream. It is empty before the first append and after a loss. */
export interface StreamSlot<Bytes> {
  stream: StoredStream<Bytes> | undefined
}

/**
 * How a position compares with a stream. `ok`: the stream has all messages after it; `over`: its epoch has ended; `rewound`:
 * the store was rolled back and has lost it; `gone`: messages after it were trimmed or have expired.
 */
export type Verdict = 'ok' | 'over' | 'rewound' | 'gone'

/** Compares a position with a stream. */
export function verdict<Bytes>(
  stream: StoredStream<Bytes>,
  from: Position,
  { size, ttl, ms }: HistoryWindow & { readonly ms: number },
): Verdict {
  const order = compare(stream, from)
  if (order !== 'present') return order
  if (from.offset === stream.offset) return from.tag === stream.tag ? 'ok' : 'rewound'
  const tag = from.offset === stream.start.offset ? stream.start.tag : entryAt(stream, from.offset)?.tag
  if (tag !== undefined && tag !== from.tag) return 'rewound'
  const next = entryAt(stream, from.offset + 1)
  const isWhole = tag !== undefined && next !== undefined && next.ms + ttl >= ms
  return isWhole && stream.offset - from.offset <= size ? 'ok' : 'gone'
}

/** Whether a server knows a position that the store does not have: the store has lost it. */
export function lacks<Bytes>(stream: StoredStream<Bytes>, known: Position): boolean {
  if (isEmpty(known)) return false
  // The current epoch began without a stream before it, although the server knows of one.
  if (known.epoch < stream.epoch) return stream.start.offset === 0
  return verdict(stream, known, { size: Infinity, ttl: Infinity, ms: 0 }) === 'rewound'
}

function compare<Bytes>({ epoch, offset, start }: StoredStream<Bytes>, from: Position): Verdict | 'present' {
  if (isEmpty(from)) return start.offset === 0 ? 'present' : 'over'
  if (from.epoch > epoch || (from.epoch === epoch && from.offset > offset)) return 'rewound'
  return from.epoch < epoch ? 'over' : 'present'
}

export function positionOf<Bytes>({ offset, epoch, tag }: StoredStream<Bytes>): Position {
  return { offset, epoch, tag }
}

export function startOf<Bytes>({ epoch, start }: StoredStream<Bytes>): Position {
  return { ...start, epoch }
}

export function indexOf<Bytes>({ entries }: StoredStream<Bytes>, offset: number): number {
  return Math.max(0, offset - (entries[0]?.offset ?? offset))
}

export function entryAt<Bytes>(stream: StoredStream<Bytes>, offset: number): StoredEntry<Bytes> | undefined {
  const entry = stream.entries[indexOf(stream, offset)]
  return entry?.offset === offset ? entry : undefined
}

import {
  EMPTY_POSITION,
  type HistoryWindow,
  type Lost,
  type Page,
  type Position,
} from '../../cluster/broker-history.js'
import { isEmpty, isLater, nextEpoch } from '../position.js'
import { isOvertaken, isSameNumber, type MessageNumber, withNumber } from './sender-numbers.js'
import {
  entryAt,
  indexOf,
  lacks,
  positionOf,
  startOf,
  type StoredEntry,
  type StoredStream,
  type StreamSlot,
  verdict,
} from './stored-stream.js'

// The decisions of a store about one stream. Each function is one atomic step; the Lua scripts of the Redis broker decide
// in the same way. Nothing here reads a clock or makes a random number: the caller provides both.

/** The clock and the random values that a step uses. */
export interface StoreTime {
  /** The clock of the store, milliseconds. */
  readonly ms: number
  /** 8 hexadecimal digits that no other step of the store has (its microseconds, modulo 2^32). */
  readonly tag: string
  /** 6 hexadecimal digits for the name of an epoch, if the step begins one. */
  readonly random: string
}

/** The arguments of an append. */
export interface NewMessage<Bytes> {
  readonly bytes: Bytes
  readonly length: number
}

/** The result of an append. */
export interface Appended {
  readonly position: Position
  /** The tag of the message before, which is sent with the message; empty if there is none. */
  readonly previous: string
}

/** The start of a read and the limits of its answer; see `SinceOptions`. */
export interface Query extends HistoryWindow {
  readonly from: Position | number
  readonly known?: Position
  readonly page?: Page
  readonly maxBytes?: number
}

interface Asked {
  readonly query: Query
  readonly ms: number
}

/** The answer of a read; see `Replay`. */
export interface StoreReplay<Bytes> {
  readonly position: Position
  readonly entries: readonly StoredEntry<Bytes>[]
  readonly more: boolean
  readonly lost?: Lost
  readonly start?: Position
  /** The start of the epoch that this step began, if it began one. The subscribers get an announcement. */
  readonly began?: Position
}

/** The position of a stream's head; `EMPTY_POSITION` if there is no stream. */
export function headOf<Bytes>({ stream }: StreamSlot<Bytes>): Position {
  return stream ? positionOf(stream) : EMPTY_POSITION
}

/**
 * Keeps a message. One entry more than `size` stays, so that a position right before the window can be verified by its tag.
 * If the store lacks `known`, it begins an epoch first; the message itself announces the epoch to the subscribers.
 */
export function append<Bytes>(
  slot: StreamSlot<Bytes>,
  { bytes, length, size, known }: NewMessage<Bytes> & Pick<HistoryWindow, 'size'> & { readonly known: Position },
  moment: StoreTime,
): Appended {
  const stream = slot.stream ?? create(slot, known, moment)
  if (lacks(stream, known)) beginEpoch(stream, known, moment)
  const previous = stream.tag
  stream.offset += 1
  stream.tag = moment.tag
  stream.entries.push({ offset: stream.offset, tag: stream.tag, bytes, ms: moment.ms, before: stream.total })
  stream.total += length
  if (stream.entries.length > size + 1) stream.entries.splice(0, stream.entries.length - size - 1)
  return { position: positionOf(stream), previous }
}

/**
 * Keeps a message as `append` does, unless the stream has it already or has a later one of the same server. In that case the
 * client library has sent the append again, or a later append has overtaken it, and nothing changes.
 * @returns without `previous` if the server's last message in the stream is this one; `undefined` if it is not kept now
 */
export function appendInOrder<Bytes>(
  slot: StreamSlot<Bytes>,
  message: Parameters<typeof append<Bytes>>[1] & MessageNumber,
  moment: StoreTime,
): Appended | { readonly position: Position; readonly previous?: never } | undefined {
  const { stream } = slot
  const numbers = stream?.numbers ?? []
  if (stream && isSameNumber(numbers[0], message)) return { position: positionOf(stream) }
  if (isOvertaken(numbers, message)) return undefined
  const appended = append(slot, message, moment)
  if (slot.stream) slot.stream.numbers = withNumber(numbers, message, Math.floor(moment.ms / 1000))
  return appended
}

/** The messages after a position. A server's own read has `known` and may begin an epoch. */
export function since<Bytes>(slot: StreamSlot<Bytes>, query: Query, moment: StoreTime): StoreReplay<Bytes> {
  const { stream } = slot
  if (!stream) return sinceNothing(slot, query, moment)
  const { from, known } = query
  const asked = { query, ms: moment.ms }
  if (known && (lacks(stream, known) || (typeof from !== 'number' && lacks(stream, from)))) {
    beginEpoch(stream, typeof from === 'number' || isLater(known, from) ? known : from, moment)
    return { ...(typeof from === 'number' ? last(stream, from, asked) : over(stream, asked)), began: startOf(stream) }
  }
  return typeof from === 'number' ? last(stream, from, asked) : entriesAfter(stream, from, asked)
}

/**
 * Begins an epoch if `expected` is still the current one; otherwise another server has begun one already. A later epoch
 * ends too if it began without a stream before it, because a server or client at `EMPTY_POSITION` would take it for the
 * continuation. `expected` is `''` if the server found no stream. If there still is none, an epoch begins for that reason.
 */
export function restart<Bytes>(
  slot: StreamSlot<Bytes>,
  expected: string,
  moment: StoreTime,
): { readonly position: Position; readonly began?: Position } {
  const { stream } = slot
  if (!stream) return expected === '' ? beginAfterNothing(slot, moment) : { position: EMPTY_POSITION }
  const position = positionOf(stream)
  if (stream.epoch !== expected && (stream.epoch < expected || stream.start.offset > 0)) return { position }
  beginEpoch(stream, position, moment)
  return { position: positionOf(stream), began: startOf(stream) }
}

function sinceNothing<Bytes>(slot: StreamSlot<Bytes>, query: Query, moment: StoreTime): StoreReplay<Bytes> {
  const { from, known } = query
  const nothing = { position: EMPTY_POSITION, entries: [], more: false }
  if (!known) {
    if (typeof from === 'number' || isEmpty(from)) return nothing
    return { ...nothing, lost: 'epoch', start: EMPTY_POSITION }
  }
  const highest = typeof from === 'number' || isLater(known, from) ? known : from
  if (isEmpty(highest)) return nothing
  const position = positionOf(create(slot, highest, moment))
  const answer = { position, entries: [], more: false, began: position }
  return typeof from === 'number' ? answer : { ...answer, lost: 'epoch', start: position }
}

function entriesAfter<Bytes>(stream: StoredStream<Bytes>, from: Position, { query, ms }: Asked): StoreReplay<Bytes> {
  const position = positionOf(stream)
  const found = verdict(stream, from, { ...query, ms })
  if (found === 'over' || found === 'rewound') return over(stream, { query, ms })
  if (found === 'ok' && bytesAfter(stream, from.offset) <= (query.maxBytes ?? Infinity)) {
    return { position, ...pageOf(stream, from.offset, query) }
  }
  const lost = found === 'ok' || stream.offset - from.offset > query.size ? 'too_far' : 'expired'
  return { position, entries: [], more: false, lost, start: position }
}

/**
 * The answer to a position in an epoch that has ended. A server gets all messages of the current epoch if the store has
 * kept them all; otherwise it continues from the head of the stream.
 */
function over<Bytes>(stream: StoredStream<Bytes>, { query, ms }: Asked): StoreReplay<Bytes> {
  const [position, start] = [positionOf(stream), startOf(stream)]
  if (query.known && verdict(stream, start, { ...query, ms }) === 'ok') {
    return { position, ...pageOf(stream, start.offset, query), lost: 'epoch', start }
  }
  return { position, entries: [], more: false, lost: 'epoch', start: position }
}

/** The last messages that have not expired and, if `maxBytes` is set, fit into it. `page` does not apply. */
function last<Bytes>(stream: StoredStream<Bytes>, count: number, { query, ms }: Asked): StoreReplay<Bytes> {
  const entries = count > 0 ? stream.entries.slice(-Math.min(count, query.size)) : []
  const end = entries.findLastIndex(
    (entry) => entry.ms + query.ttl < ms || stream.total - entry.before > (query.maxBytes ?? Infinity),
  )
  return { position: positionOf(stream), entries: entries.slice(end + 1), more: false }
}

function pageOf<Bytes>(
  stream: StoredStream<Bytes>,
  offset: number,
  { page }: Query,
): { readonly entries: StoredEntry<Bytes>[]; readonly more: boolean } {
  const entries = stream.entries.slice(indexOf(stream, offset + 1))
  const [first] = entries
  if (!page || !first) return { entries, more: false }
  const end = entries.findIndex((_, index) => {
    const bytes = (entries[index + 1]?.before ?? stream.total) - first.before
    return index > 0 && (index >= page.messages || bytes > page.bytes)
  })
  return end < 0 ? { entries, more: false } : { entries: entries.slice(0, end), more: true }
}

function bytesAfter<Bytes>(stream: StoredStream<Bytes>, offset: number): number {
  const next = entryAt(stream, offset + 1)
  return next ? stream.total - next.before : 0
}

function create<Bytes>(
  slot: StreamSlot<Bytes>,
  { epoch, offset, tag }: Position,
  moment: StoreTime,
): StoredStream<Bytes> {
  const next = nextEpoch([epoch], Math.floor(moment.ms / 1000), moment.random)
  slot.stream = { epoch: next, offset, tag, start: { offset, tag }, total: 0, entries: [] }
  return slot.stream
}

/** There is no stream, and unkept messages were delivered: the epoch begins after a message that does not exist. */
function beginAfterNothing<Bytes>(slot: StreamSlot<Bytes>, moment: StoreTime): { position: Position; began: Position } {
  const position = positionOf(create(slot, { epoch: '', offset: 1, tag: moment.tag }, moment))
  return { position, began: position }
}

function beginEpoch<Bytes>(stream: StoredStream<Bytes>, known: Position, moment: StoreTime): void {
  stream.epoch = nextEpoch([stream.epoch, known.epoch], Math.floor(moment.ms / 1000), moment.random)
  stream.start = { offset: stream.offset, tag: stream.tag }
}

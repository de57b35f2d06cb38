import type { Position } from '../cluster/broker-history.js'
import { isLater } from './position.js'
import type { UnkeptMessage } from './unkept-ids.js'

// The deliveries of a server to the members of one room, as plain data. The log identifies a message by its position. It
// identifies a message that was delivered without one by its ordinal among all such messages of this server.

interface Range {
  /** The number of the range among those of its room, from 0. */
  readonly number: number
  /** The epoch of the messages, and the tag of the last one. */
  epoch: string
  tag: string
  /** The offset before the first message. */
  readonly after: number
  /** The offset of the last message. */
  last: number
}

/** A moment among the deliveries of a server in a room. */
export interface DeliveryMark {
  readonly range: number
  readonly offset: number
  /** The ordinal of the last message that was delivered to the room without a position. */
  readonly unkept: number
  /** How many messages this server has emitted to the room. */
  readonly emitted: number
}

/** From one moment to another. */
export interface Span {
  readonly since: DeliveryMark
  readonly until: DeliveryMark
}

/** The deliveries of a server in a room since its first member joined. */
export interface DeliveryLog {
  /** A gap ends a range and begins the next. Empty until the members have a position in the stream. */
  ranges: Range[]
  /** See `DeliveryMark`. */
  unkept: number
  /** See `DeliveryMark`. */
  emitted: number
}

/** The properties by which the log finds a message. */
export interface Logged {
  readonly position: Pick<Position, 'epoch' | 'offset'>
  /** Set if the message was delivered without a position. */
  readonly unkept: UnkeptMessage | undefined
}

/** The most ranges that are remembered. Messages of older ones count as not delivered. */
const MAX_RANGES = 4
/** The most omissions of one member that are kept apart. */
const MAX_OMISSIONS = 4

/** @param unkept the ordinal of the last message that this server has delivered without a position, in any room */
export function newDeliveryLog({ unkept, emitted }: Pick<DeliveryMark, 'unkept' | 'emitted'>): DeliveryLog {
  return { ranges: [], unkept, emitted }
}

/** The moment now. */
export function markOf({ ranges, unkept, emitted }: DeliveryLog): DeliveryMark {
  const { number: range = 0, last: offset = -1 } = ranges.at(-1) ?? {}
  return { range, offset, unkept, emitted }
}

/** The position now; `undefined` until the members have one in the stream. */
export function reachedPosition({ ranges }: DeliveryLog): Position | undefined {
  const current = ranges.at(-1)
  return current && { epoch: current.epoch, offset: current.last, tag: current.tag }
}

/** Whether nothing was delivered between two moments. */
export function isQuiet({ since, until }: Span): boolean {
  return since.range === until.range && since.offset === until.offset && since.unkept === until.unkept
}

/** The members have a position in the stream. */
export function beginLog(log: DeliveryLog, { epoch, offset, tag }: Position): void {
  if (log.ranges.length === 0) log.ranges = [{ number: 0, epoch, tag, after: offset, last: offset }]
}

/** A message with a position is delivered, to all members or to those that do not have it. */
export function reach({ ranges }: DeliveryLog, { epoch, offset, tag }: Position): void {
  const current = ranges.at(-1)
  if (current) Object.assign(current, { epoch, tag, last: offset })
}

/** A message is delivered without a position. */
export function showUnkept(log: DeliveryLog, { ordinal }: UnkeptMessage): void {
  log.unkept = ordinal
}

/**
 * Whether a message without a position goes to a member that joined at a moment. It does not if it was emitted before the
 * join: the store may have kept it already, and the client may have it from another server.
 */
export function isMeant({ ordinal, emission }: UnkeptMessage, since: DeliveryMark): boolean {
  return since.unkept < ordinal && since.emitted < emission
}

/** Members get a gap and continue from a position. */
export function skipRange({ ranges }: DeliveryLog, { epoch, offset, tag }: Position): void {
  const current = ranges.at(-1)
  if (!current) return
  // The new epoch begins directly after the last delivered message: the earlier messages are the same in both epochs.
  if (current.last === offset && current.tag === tag) current.epoch = epoch
  else ranges.push({ number: current.number + 1, epoch, tag, after: offset, last: offset })
  if (ranges.length > MAX_RANGES) ranges.shift()
}

/**
 * Whether a member gets a message at its position after the message was delivered without one: the member joined after the
 * emission and before that delivery. A client that joined after the delivery may have got the message on another
 * connection; it gets a gap, because the epoch ends.
 */
export function isOwedLater({ ordinal, emission }: UnkeptMessage, since: DeliveryMark): boolean {
  return since.unkept < ordinal && since.emitted >= emission
}

/** Messages of the room that a member was not sent, because its client has all messages up to a position. */
export interface Omission {
  /** The moment at which the omission begins: earlier messages were sent. */
  readonly since: DeliveryMark
  readonly upTo: Position
}

/** Whether a message that was delivered before a moment belongs to an omission. */
export function isOmitted(
  log: DeliveryLog,
  { position, unkept }: Logged,
  { all, until }: { readonly all: readonly Omission[]; readonly until: DeliveryMark },
): boolean {
  const { epoch, offset } = position
  return all.some(
    ({ since, upTo }) =>
      !unkept &&
      (epoch < upTo.epoch || (epoch === upTo.epoch && offset <= upTo.offset)) &&
      includes(log, { position, unkept }, { since, until }),
  )
}

/** Adds an omission of a member. If there are too many, the two oldest become one, which may also cover messages between them. */
export function withOmission(all: readonly Omission[], one: Omission): Omission[] {
  const [first, second, ...rest] = [...all, one]
  if (!first || !second || rest.length < MAX_OMISSIONS - 1) return [...all, one]
  return [{ since: first.since, upTo: isLater(first.upTo, second.upTo) ? first.upTo : second.upTo }, ...rest]
}

/** Whether a member that joined at one moment got a message before another moment. */
export function includes({ ranges }: DeliveryLog, { position, unkept }: Logged, { since, until }: Span): boolean {
  if (unkept && isMeant(unkept, since)) return unkept.ordinal <= until.unkept
  // Members that joined after the delivery without a position did not get the message.
  if (unkept && since.unkept >= unkept.ordinal) return false
  const { epoch, offset } = position
  return ranges.some(
    (range) =>
      range.epoch === epoch &&
      range.after < offset &&
      offset <= range.last &&
      isBefore(since, range.number, offset) &&
      !isBefore(until, range.number, offset),
  )
}

function isBefore(mark: DeliveryMark, range: number, offset: number): boolean {
  return mark.range < range || (mark.range === range && mark.offset < offset)
}

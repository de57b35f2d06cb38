import type { LinkPosition, Position } from '../../cluster/broker-history.js'
import { isEmpty, isLater, isSame, plainPosition } from '../position.js'
import {
  type Effects,
  type HeldMessage,
  type Identified,
  MAX_HELD,
  MAX_READ_AHEAD,
  type ReadAnswer,
  type ReadEntry,
  type Reading,
  type Sent,
  type StreamState,
} from './state.js'

// The steps that make up the events in events.ts.

/** Ticks to wait after the loss of an epoch before another loss causes a read. The first tick may come at once. */
const SETTLING_TICKS = 2

type SentMessage<M, T> = Exclude<Sent<M, T>, { readonly task: T }>

/** Runs the steps of one event, then ends the turns that are over. */
export function perform<M extends Identified, T>(
  state: StreamState<M, T>,
  run?: (effects: Effects<M, T>) => unknown,
): Effects<M, T> {
  const effects: Effects<M, T> = []
  run?.(effects)
  endTurns(state, effects)
  return effects
}

/** Begins a read from the room's position, or notes that another read must follow the current one. */
export function ask<M, T>(state: StreamState<M, T>, effects: Effects<M, T>): void {
  if (state.reading) {
    state.again = true
    return
  }
  const { high: known, life, unpersisted, outages } = state
  const from = state.last ?? 0
  Object.assign(state, { again: false, wanted: undefined, retry: false, delayed: false })
  state.reading = { from, known, unpersisted, outages }
  for (const sent of state.sent) if ('position' in sent) sent.sought = true
  effects.push({ type: 'read', life, from, known })
}

/** The link shows a reason for a read: a missing message, another epoch, or a stream that was rolled back. */
export function want<M, T>(state: StreamState<M, T>, position: Position, effects: Effects<M, T>): void {
  if (state.reading) state.wanted = position
  else if (state.last) askFor(state, position, effects)
}

/** Begins a read because of a position from the link. Right after the loss of an epoch, a read for another one waits. */
export function askFor<M, T>(state: StreamState<M, T>, position: Position, effects: Effects<M, T>): void {
  if (state.settling > 0 && state.last?.epoch !== position.epoch) state.delayed = true
  else ask(state, effects)
}

/**
 * The store answered a request that carried the highest known position: the answered position continues that one, or
 * belongs to a new epoch. If another answer has changed `high` meanwhile, the store may lack that position, and this answer
 * does not count.
 * @param asked the position that the request carried
 */
export function positionAnswered<M, T>(state: StreamState<M, T>, position: Position, asked: Position): void {
  if (!isEmpty(position) && isSame(asked, state.high)) state.high = plainPosition(position)
}

/** Whether a message of the link is the one right after a position. */
export function isNext(last: Position, link: LinkPosition): boolean {
  if (isEmpty(last)) return link.offset === 1 && link.previous === ''
  return link.epoch === last.epoch && link.offset === last.offset + 1 && link.previous === last.tag
}

/** Whether a read returned this message before it came over the link. */
export function wasReadAhead<M, T>({ last, readAhead }: StreamState<M, T>, { epoch, offset, tag }: Position): boolean {
  if (last?.epoch !== epoch) return false
  const at = readAhead.findIndex((one) => one.offset === offset && one.tag === tag)
  readAhead.splice(0, at + 1)
  return at >= 0
}

/** Holds a message that is not the next one, and requests the messages in between. */
export function seek<M, T>(state: StreamState<M, T>, held: HeldMessage<M>, effects: Effects<M, T>): void {
  state.held.push(held)
  if (state.held.length > MAX_HELD) state.held.shift()
  want(state, held.link, effects)
}

/** Delivers held messages that are the next ones now. */
export function drainHeld<M extends Identified, T>(state: StreamState<M, T>, effects: Effects<M, T>): void {
  const next = () => state.held.findIndex(({ link }) => state.last && isNext(state.last, link))
  for (let at = next(); at >= 0; at = next()) {
    for (const { message, link } of state.held.splice(at, 1)) show(state, { message, position: link }, effects)
  }
}

/** The next message arrived over the link. */
export function show<M extends Identified, T>(
  state: StreamState<M, T>,
  { message, position }: { readonly message: M | undefined; readonly position: Position },
  effects: Effects<M, T>,
): void {
  moveTo(state, position)
  state.readAhead = []
  deliver(state, message, effects)
}

/** Advances the members from their position to the end of a read. */
export function catchUp<M extends Identified, T>(
  state: StreamState<M, T>,
  { answer, reading }: { readonly answer: ReadAnswer<M>; readonly reading: Reading },
  effects: Effects<M, T>,
): void {
  if (!state.last) beginAt(state, answer.position, effects)
  else if (answer.lost) lose(state, { ...answer, reason: answer.lost }, effects)
  else advance(state, { answer, from: reading.from || state.last, last: state.last }, effects)
  drainHeld(state, effects)
  // Held messages that still do not follow are older than the read, or the next read returns them.
  if (!answer.more) state.held = []
}

/** Kept messages can't be read at the moment: their turns end, without a position. */
export function release<M, T>(state: StreamState<M, T>): void {
  for (const sent of state.sent) if ('position' in sent) sent.released = true
}

/** A read lacks messages that were kept before it began: the store has lost them. */
export function releaseLost<M, T>(state: StreamState<M, T>): void {
  for (const sent of state.sent) if ('position' in sent && sent.sought && !isOver(state, sent)) sent.released = true
}

/** A message that was emitted here and whose turn has not ended. */
export function find<M extends Identified, T>({ sent }: StreamState<M, T>, id: string): SentMessage<M, T> | undefined {
  return sent.find((one): one is SentMessage<M, T> => 'message' in one && one.message.id === id)
}

function beginAt<M, T>(state: StreamState<M, T>, position: Position, effects: Effects<M, T>): void {
  moveTo(state, position)
  effects.push({ type: 'begin', position: plainPosition(position) })
}

function lose<M extends Identified, T>(
  state: StreamState<M, T>,
  {
    position,
    start = position,
    entries,
    reason,
  }: ReadAnswer<M> & { readonly reason: NonNullable<ReadAnswer<M>['lost']> },
  effects: Effects<M, T>,
): void {
  moveTo(state, start)
  if (reason === 'epoch') state.settling = SETTLING_TICKS
  effects.push({ type: 'gap', reason, position: plainPosition(start) })
  read(state, { epoch: position.epoch, entries }, effects)
}

function advance<M extends Identified, T>(
  state: StreamState<M, T>,
  { answer, from, last }: { readonly answer: ReadAnswer<M>; readonly from: Position; readonly last: Position },
  effects: Effects<M, T>,
): void {
  const { epoch } = answer.position
  const entries = epoch === last.epoch || isEmpty(last) ? following({ from, last }, answer.entries) : undefined
  if (entries) read(state, { epoch, entries }, effects)
  // If the members have not moved, the store contradicts itself: read again later. If the link has moved them, read at once.
  else if (isSame(from, last)) state.retry = true
  else state.again = true
}

/** The entries of a read after `last`, which the members reached over the link; `undefined` if the read contradicts that. */
function following<M>(
  { from, last }: { readonly from: Position; readonly last: Position },
  entries: readonly ReadEntry<M>[],
): readonly ReadEntry<M>[] | undefined {
  if (isSame(from, last)) return entries
  const at = entries.findIndex(({ offset }) => offset === last.offset)
  if (at >= 0) return entries[at]?.tag === last.tag ? entries.slice(at + 1) : undefined
  return last.offset > (entries.at(-1)?.offset ?? from.offset) ? [] : undefined
}

function read<M extends Identified, T>(
  state: StreamState<M, T>,
  { epoch, entries }: { readonly epoch: string; readonly entries: readonly ReadEntry<M>[] },
  effects: Effects<M, T>,
): void {
  for (const { offset, tag, message } of entries) {
    moveTo(state, { offset, epoch, tag })
    state.readAhead.push({ offset, tag })
    deliver(state, message, effects)
  }
  if (state.readAhead.length > MAX_READ_AHEAD) state.readAhead.splice(0, state.readAhead.length - MAX_READ_AHEAD)
}

function moveTo<M, T>(state: StreamState<M, T>, position: Position): void {
  if (state.last?.epoch !== position.epoch) state.readAhead = []
  state.last = plainPosition(position)
  if (state.wanted && isSame(state.wanted, position)) state.wanted = undefined
}

/** Delivers the message at the room's current position. */
function deliver<M extends Identified, T>(
  state: StreamState<M, T>,
  message: M | undefined,
  effects: Effects<M, T>,
): void {
  const { last: position } = state
  if (!position) return
  if (!message) return void effects.push({ type: 'unreadable', position })
  const sent = message.id === undefined ? undefined : find(state, message.id)
  // Also if it was delivered before, which `RoomStream` finds out by its id: members are at this position now.
  effects.push({ type: 'deliver', message, position })
  if (sent) sent.shown = true
  // Tasks that wait for this message run before the next message is delivered.
  endTurns(state, effects)
}

/** Ends finished turns, in order. Whether a turn is finished is not stored: it follows from the room's position. */
function endTurns<M, T>(state: StreamState<M, T>, effects: Effects<M, T>): void {
  for (let first = state.sent[0]; first && isOver(state, first); first = state.sent[0]) {
    state.sent.shift()
    if ('task' in first) effects.push({ type: 'run', task: first.task })
    else if (!first.shown) withoutPosition(state, first, effects)
  }
}

function isOver<M, T>({ active, last }: StreamState<M, T>, sent: Sent<M, T>): boolean {
  if ('task' in sent || sent.shown || sent.refused || sent.released) return true
  const { position } = sent
  if (!position || !active) return position !== undefined
  return last !== undefined && !isLater(position, last)
}

/** Handles a message whose turn has ended although the room has not reached it. */
function withoutPosition<M, T>(
  state: StreamState<M, T>,
  { message, refused, released, unkept }: SentMessage<M, T>,
  effects: Effects<M, T>,
): void {
  if (!refused && !released) return
  if (unkept === 'deliver') {
    // It counts from now on, not from when it was refused: a read that began before does not know of it. A kept
    // message counts too, because the store may have lost it since.
    state.unpersisted += 1
    effects.push({ type: 'deliverUnkept', message })
  } else if (refused && unkept === 'fail') effects.push({ type: 'fail', message })
}

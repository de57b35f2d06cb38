import { EMPTY_POSITION, type LinkPosition, type Position } from '../../cluster/broker-history.js'
import { isLater, isSame } from '../position.js'
import {
  ask,
  askFor,
  catchUp,
  drainHeld,
  find,
  positionAnswered,
  isNext,
  perform,
  release,
  releaseLost,
  seek,
  show,
  want,
  wasReadAhead,
} from './steps.js'
import type { Identified, ReadAnswer, Effects, StreamState, Unkept } from './state.js'

// The machine of one room's stream on one server. Every function is an event: it changes the state in place and returns
// the actions that `RoomStream` performs, in order. It has no clock and makes no random numbers. A message is delivered
// here if it is the next one on the link, by its epoch, its offset and the tag of the message before it, or if a read
// returns it. The answer to an append delivers nothing.

/** Ticks without another unkept message until an epoch ends. A tick is half a second. */
const QUIET_TICKS = 2

/** The room has its first member here, and the topic is being subscribed. */
export function start<M extends Identified, T>(state: StreamState<M, T>): Effects<M, T> {
  if (state.active) return []
  state.active = true
  return perform(state, (effects) => ask(state, effects))
}

/** The topic is subscribed: this server may have missed earlier messages. */
export function subscribed<M extends Identified, T>(state: StreamState<M, T>): Effects<M, T> {
  return perform(state, (effects) => state.active && ask(state, effects))
}

/** The last member has left. Pending appends continue; see `isIdle`. */
export function stop<M extends Identified, T>(state: StreamState<M, T>): Effects<M, T> {
  Object.assign(state, { active: false, last: undefined, verified: false, reading: undefined, again: false })
  Object.assign(state, { settling: 0, delayed: false })
  Object.assign(state, { wanted: undefined, blind: false, retry: false, held: [], readAhead: [], life: state.life + 1 })
  return perform(state)
}

/** The room has no history any more: the tasks that wait for messages run. The state must not be used afterwards. */
export function remove<M extends Identified, T>(state: StreamState<M, T>): Effects<M, T> {
  const tasks = state.sent.flatMap((sent) => ('task' in sent ? [sent.task] : []))
  state.sent = []
  stop(state)
  return tasks.map((task) => ({ type: 'run', task }))
}

/** A message is emitted here. @param unkept applies if the store does not confirm it */
export function emitted<M extends Identified, T>(state: StreamState<M, T>, message: M, unkept: Unkept): Effects<M, T> {
  const { bringing, high } = state
  // Only one pending append carries `high`. Its answer, or the lack of one, shows whether the store has lost something.
  const isBrought = bringing !== undefined && isSame(bringing.known, high)
  const known = isBrought ? EMPTY_POSITION : high
  if (!isBrought) state.bringing = { id: message.id, known }
  state.sent.push({ message, unkept })
  return [{ type: 'append', message, known }]
}

/** Runs a task after all messages emitted here before it: at once if none is pending. */
export function runAfterSent<M extends Identified, T>(state: StreamState<M, T>, task: T): Effects<M, T> {
  state.sent.push({ task })
  return perform(state)
}

/** The store has kept a message. It is delivered by the link or a read. */
export function appended<M extends Identified, T>(
  state: StreamState<M, T>,
  id: string,
  position: Position,
): Effects<M, T> {
  const sent = find(state, id)
  const { bringing } = state
  if (bringing?.id === id) {
    positionAnswered(state, position, bringing.known)
    state.bringing = undefined
  }
  if (sent) sent.position = position
  // The first read has failed, so the members' position is unknown: the message ends its turn without one and is not lost.
  if (sent && state.blind) sent.released = true
  return perform(state)
}

/** The store has refused a message, or not confirmed it in time; it may still have kept it. */
export function refused<M extends Identified, T>(state: StreamState<M, T>, id: string): Effects<M, T> {
  const sent = find(state, id)
  if (state.bringing?.id === id) state.bringing = undefined
  if (sent && !sent.position) sent.refused = true
  return perform(state)
}

/** A message arrived over the link. @param message `undefined` if this server can't read its bytes */
export function linked<M extends Identified, T>(
  state: StreamState<M, T>,
  message: M | undefined,
  link: LinkPosition,
): Effects<M, T> {
  if (!state.active) return []
  return perform(state, (effects) => {
    if (state.last && isNext(state.last, link)) show(state, { message, position: link }, effects)
    else if (!wasReadAhead(state, link)) seek(state, { message, link }, effects)
    drainHeld(state, effects)
  })
}

/** A new epoch was announced. */
export function announced<M extends Identified, T>(state: StreamState<M, T>, position: Position): Effects<M, T> {
  if (!state.active || state.last?.epoch === position.epoch) return []
  return perform(state, (effects) => want(state, position, effects))
}

/** The store has answered a read. @param life `state.life` when the read began */
export function answered<M extends Identified, T>(
  state: StreamState<M, T>,
  life: number,
  answer: ReadAnswer<M>,
): Effects<M, T> {
  const { reading } = state
  if (life !== state.life || !reading) return []
  Object.assign(state, { reading: undefined, blind: false })
  positionAnswered(state, answer.position, reading.known)
  return perform(state, (effects) => {
    const before = state.last
    if (state.active) catchUp(state, { answer, reading }, effects)
    if (!answer.more) {
      releaseLost(state)
      if (reading.outages === state.outages) state.verified = state.active
      endIfUnpersisted(state, reading.unpersisted, answer.position.epoch)
    }
    if (state.again || (answer.more && state.last !== before)) ask(state, effects)
    else if (state.wanted) askFor(state, state.wanted, effects)
  })
}

/** A read has failed. Kept messages that could not be read are delivered without their positions. */
export function readFailed<M extends Identified, T>(state: StreamState<M, T>, life: number): Effects<M, T> {
  if (life !== state.life || !state.reading) return []
  state.reading = undefined
  state.retry = true
  state.blind = !state.last
  release(state)
  return perform(state)
}

/** The store has answered a restart. It counts only if it shows a later epoch than the expected one. */
export function restarted<M extends Identified, T>(state: StreamState<M, T>, position: Position): Effects<M, T> {
  const { restarting, unpersisted, high } = state
  state.restarting = undefined
  if (restarting && position.epoch > restarting.expected) {
    if (restarting.unpersisted === unpersisted) state.unpersisted = 0
    // Members in an earlier epoch get a gap.
    if (position.epoch > high.epoch) state.high = position
  }
  return perform(state, (effects) => state.active && ask(state, effects))
}

/** The store has not answered a restart; the next tick tries again. */
export function restartFailed<M, T>(state: StreamState<M, T>): void {
  state.restarting = undefined
}

/** The link is lost or restored: the position is not verified until the store confirms it. */
export function linkChanged<M, T>(state: StreamState<M, T>): void {
  state.outages += 1
  state.verified = false
}

/** The store answered a request for the stream's position. @param outages `state.outages` at the request */
export function headChecked<M extends Identified, T>(
  state: StreamState<M, T>,
  head: Position,
  outages: number,
): Effects<M, T> {
  if (!state.active) return []
  if (!state.last || !isSame(head, state.last) || isLater(state.high, head)) {
    return perform(state, (effects) => ask(state, effects))
  }
  if (outages === state.outages) state.verified = true
  return []
}

/** Half a second has passed: retries what has failed, and reads kept messages that do not arrive. */
export function tick<M extends Identified, T>(state: StreamState<M, T>): Effects<M, T> {
  state.settling = Math.max(0, state.settling - 1)
  if (state.reading || state.restarting !== undefined) return []
  const [first] = state.sent
  const isLate = first !== undefined && 'late' in first && first.late
  if (first && 'position' in first) first.late = true
  return perform(state, (effects) => {
    const isEnding = countDown(state, effects)
    const isSettled = state.delayed && state.settling === 0
    if (isLate || isSettled || state.retry || (state.unpersisted > 0 && !isEnding)) ask(state, effects)
  })
}

/** Whether the next tick may have something to do. */
export function needsTick<M, T>(state: StreamState<M, T>): boolean {
  return state.retry || state.settling > 0 || state.delayed || state.unpersisted > 0 || state.sent.length > 0
}

/** Whether the state can be dropped: it has no members, no pending requests and no unpersisted messages. */
export function isIdle<M, T>(state: StreamState<M, T>): boolean {
  return !state.active && state.sent.length === 0 && state.unpersisted === 0 && state.restarting === undefined
}

/** If unkept messages were delivered before the read began, the epoch that it found must end, by this or another server. */
function endIfUnpersisted<M, T>(state: StreamState<M, T>, unpersisted: number, expected: string): void {
  if (unpersisted === 0 || unpersisted !== state.unpersisted || state.restarting !== undefined) return
  // The epoch of the first read counts: another server may have begun a later one because of the same outage.
  if (state.ending?.unpersisted !== unpersisted) state.ending = { unpersisted, expected, ticks: QUIET_TICKS }
}

/** Counts a tick, and ends the epoch if it was the last tick to wait. @returns whether an epoch is about to end */
function countDown<M, T>(state: StreamState<M, T>, effects: Effects<M, T>): boolean {
  const { ending, unpersisted } = state
  if (ending?.unpersisted !== unpersisted) return ((state.ending = undefined), false)
  state.ending = ending.ticks > 1 ? { ...ending, ticks: ending.ticks - 1 } : undefined
  if (state.ending) return true
  const { expected } = ending
  state.restarting = { unpersisted, expected }
  effects.push({ type: 'restart', expected })
  return true
}

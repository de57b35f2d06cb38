import type { Position } from '../cluster/broker-history.js'
import { isLater } from './position.js'
import type { Said } from './recovery-merge.js'

// After a failed recovery, the client has all messages up to its position, and a server that is behind would send some of
// them again. The filter holds messages until the server reaches that position. If the tag there is the client's, the
// client has them all. If it is another one, the store was rolled back, and the client gets them. It also gets them if
// the server does not reach the position in time: a message may then arrive twice, but none is lost.

/** How long messages are held, ms. */
export const MAX_HOLD_MS = 5000

/** The frames that are held back from a client whose recovery has failed. Plain data. */
export interface DuplicateFilter<Held extends Said> {
  /** The client has all messages up to here. */
  readonly position: Position
  /** Everything since the first message that the client may have; empty if there is none. */
  held: Held[]
  /** When they are sent at the latest, ms; `undefined` before the first one is held. */
  until: number | undefined
}

/** The result of an event. */
export interface Filtered<Held> {
  /** The frames to send to the client now, in order. */
  readonly sent: readonly Held[]
  /** Whether the filter has no further use. */
  readonly isOver: boolean
  /** Set if the client has the messages that were held, so that they are not sent. */
  readonly isKnown?: true
}

const NOTHING_SENT: Filtered<never> = { sent: [], isOver: false }

/** @param until when frames that are held since an earlier recovery must be sent, ms; `undefined` if there are none */
export function newFilter<Held extends Said>(position: Position, until?: number): DuplicateFilter<Held> {
  return { position, held: [], until }
}

/** The frames that were held back from the client during the failed recovery. */
export interface Failed<Held extends Said> {
  readonly frames: readonly Held[]
  /** How many of them came before the room reached the client's position; `undefined` if the room did not reach it. */
  readonly known: number | undefined
}

/** The recovery has failed. */
export function takeOver<Held extends Said>(
  state: DuplicateFilter<Held>,
  { frames, known }: Failed<Held>,
  now: number,
): Filtered<Held> {
  if (known !== undefined) {
    return { sent: frames.filter((one, at) => at >= known || !one.position), isOver: true, isKnown: true }
  }
  const isSuspect = frames.some(({ position }) => position !== undefined)
  if (!isSuspect) return { sent: frames, isOver: false }
  hold(state, frames, now)
  return frames.some((one) => isBehind(state, one)) ? releaseHeld(state) : expire(state, now)
}

/** Takes a frame of the room for the client. */
export function filter<Held extends Said>(state: DuplicateFilter<Held>, said: Held, now: number): Filtered<Held> {
  // The client can't have a frame without a position, but such a frame must not overtake held ones.
  if (!said.position && state.held.length === 0) return { sent: [said], isOver: false }
  hold(state, [said], now)
  return isBehind(state, said) ? releaseHeld(state) : NOTHING_SENT
}

/** The room has reached a position on this server, and everything up to there was handed to this filter. */
export function reached<Held extends Said>(
  state: DuplicateFilter<Held>,
  { epoch, offset, tag }: Position,
): Filtered<Held> {
  const { position } = state
  if (epoch !== position.epoch || offset !== position.offset) return NOTHING_SENT
  if (tag !== position.tag) return releaseHeld(state)
  const { held } = state
  if (held.length === 0) return { sent: [], isOver: true }
  state.held = []
  return { sent: held.filter((one) => !one.position), isOver: true, isKnown: true }
}

/** Time has passed. */
export function expire<Held extends Said>(state: DuplicateFilter<Held>, now: number): Filtered<Held> {
  return state.held.length > 0 && state.until !== undefined && state.until <= now ? releaseHeld(state) : NOTHING_SENT
}

/** Sends the held frames and ends the filter: the client may lack them, they are too many, or they were held too long. */
export function releaseHeld<Held extends Said>(state: DuplicateFilter<Held>): Filtered<Held> {
  return { sent: state.held.splice(0), isOver: true }
}

function hold<Held extends Said>(state: DuplicateFilter<Held>, frames: readonly Held[], now: number): void {
  state.held.push(...frames)
  state.until ??= now + MAX_HOLD_MS
}

/** Whether the position of a frame is after that of the client. */
function isBehind({ position }: DuplicateFilter<Said>, said: Said): boolean {
  return said.position !== undefined && isLater(said.position, position)
}

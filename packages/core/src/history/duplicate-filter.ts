import type { Position } from '../cluster/broker-history.js'
import { isLater } from './position.js'
import type { Said } from './recovery-merge.js'

// A recovery has failed. The client has all messages up to its position, and a server that is behind would send it some
// of them again. They are held until the server reaches that position: if the tag there is that of the client, the
// client has them all. If it is another one, the store was set back, and the client gets them. It also gets them if
// the server does not reach the position in time: then a message may come twice, but none is lost.

/** How long messages are held, ms. */
export const MAX_HOLD_MS = 5000

/** What is held from a client whose recovery has failed. Plain data. */
export interface DuplicateFilter<Held extends Said> {
  /** The client has all messages up to here. */
  readonly position: Position
  /** Everything since the first message that the client may have; empty if there is none. */
  held: Held[]
  /** When they are sent at the latest, ms; `undefined` before the first one. */
  until: number | undefined
}

/** What an event comes to. */
export interface Filtered<Held> {
  /** What the client is sent now, in order. */
  readonly sent: readonly Held[]
  /** Whether the filter has no further use. */
  readonly isOver: boolean
  /** Whether messages are not sent, because the client has them. */
  readonly isKnown?: true
}

const NOTHING_SENT: Filtered<never> = { sent: [], isOver: false }

/** @param until if frames are held since an earlier recovery: when they must be sent */
export function newFilter<Held extends Said>(position: Position, until?: number): DuplicateFilter<Held> {
  return { position, held: [], until }
}

/** What was held from the client during the failed recovery. */
export interface Failed<Held extends Said> {
  readonly frames: readonly Held[]
  /** How many of them came before the room reached the client's position; `undefined` if it did not. */
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

/** Something is said to the client in the room. */
export function filter<Held extends Said>(state: DuplicateFilter<Held>, said: Held, now: number): Filtered<Held> {
  // Without a position it is none that the client has, but it must not overtake what is held.
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

/** Sends what is held, and ends the filter: the messages are not those of the client, or too many. */
export function releaseHeld<Held extends Said>(state: DuplicateFilter<Held>): Filtered<Held> {
  return { sent: state.held.splice(0), isOver: true }
}

function hold<Held extends Said>(state: DuplicateFilter<Held>, frames: readonly Held[], now: number): void {
  state.held.push(...frames)
  state.until ??= now + MAX_HOLD_MS
}

/** Whether something belongs behind the client's position. */
function isBehind({ position }: DuplicateFilter<Said>, said: Said): boolean {
  return said.position !== undefined && isLater(said.position, position)
}

import type { Position } from '../protocol/index.js'

export type { Position }

/** The position of a stream to which nothing was ever appended. It compares lower than every other position. */
export const EMPTY_POSITION: Position = Object.freeze({ offset: 0, epoch: '', tag: '' })

/** The position of a message on its way to subscribers, and the tag of the message before it. */
export interface LinkPosition extends Position {
  /** Empty if the message is the first of its stream. */
  readonly previous: string
}

/** How much of a topic is kept. */
export interface HistoryWindow {
  /** Messages. */
  readonly size: number
  /** Milliseconds. */
  readonly ttl: number
}

/** What comes with a message that is appended. */
export interface AppendOptions extends HistoryWindow {
  /**
   * The highest position that the store has given this server, `EMPTY_POSITION` if none. If the store does not have it,
   * the store has lost something and begins a new epoch.
   */
  readonly known: Position
}

/** The most that one answer may hold. At least one entry is returned if there is one. */
export interface Page {
  /** Messages. */
  readonly messages: number
  /** Bytes of messages. */
  readonly bytes: number
}

/** What comes with a question for the messages after a position. */
export interface SinceOptions extends HistoryWindow {
  /**
   * Set if a server asks for itself: the highest position that the store has given it. If the store lacks this position or
   * `from`, the store has lost something and begins a new epoch. Absent for positions of clients.
   */
  readonly known?: Position
  /** The most that the answer may hold. Default: everything of the window. */
  readonly page?: Page
  /** For clients: the answer is `too_far`, and nothing is read, if more bytes than this were appended after `from`. */
  readonly maxBytes?: number
}

/** A message that was kept. */
export interface Entry {
  readonly offset: number
  readonly tag: string
  readonly bytes: Uint8Array
}

/** The error of an append. */
export interface AppendFailure extends Error {
  /** `false` if the store has certainly not kept the message and never will. Absent if it may have kept it. */
  readonly kept?: false
}

/** Why the messages after a position are not complete: they are too old, of another epoch, or too many. */
export type Lost = 'expired' | 'epoch' | 'too_far'

/** What came after a position: all of it in order, or the reason why it is not complete. */
export interface Replay {
  /** The position of the stream now. */
  readonly position: Position
  /** In order. */
  readonly entries: readonly Entry[]
  /** Whether the page ended before `position`. */
  readonly more: boolean
  readonly lost?: Lost
  /**
   * With `lost`: the position from which `entries` continue, which is the start of the epoch or `position`. Clients get
   * no entries with `lost`.
   */
  readonly start?: Position
}

/**
 * The memory of a broker: one stream for each topic. What one server asks of a topic is done in the order in which it asks.
 * A new epoch that any of these methods begins is announced to every subscriber (`BrokerEvents.restarted`).
 */
export interface BrokerHistory {
  /**
   * Keeps a message and hands it, with its position, to every server that subscribed, this one included. Rejects if the
   * message is not known to be kept, with an {@link AppendFailure} if it is certain that it is not.
   */
  append(topic: string, bytes: Uint8Array, options: AppendOptions): Position | Promise<Position>
  /** What came after a position, or the last messages if a number is given; 0 asks for the position alone. */
  since(topic: string, from: Position | number, options: SinceOptions): Replay | Promise<Replay>
  /**
   * Begins a new epoch if `expected` is still the present one: messages went out that are not in the stream. Offsets go
   * on, and what was kept stays. @returns where the stream stands; `EMPTY_POSITION`, and nothing is written, if there is none
   */
  restart(topic: string, expected: string, window: HistoryWindow): Position | Promise<Position>
  /** Where streams stand, one position for each topic, `EMPTY_POSITION` if there is none. Cheap. */
  heads(topics: readonly string[]): readonly Position[] | Promise<readonly Position[]>
}

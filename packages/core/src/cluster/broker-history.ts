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

/** Options of an append. */
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

/** Options of a read. */
export interface SinceOptions extends HistoryWindow {
  /**
   * Set if a server reads for itself: the highest position that the store has given it. If the store lacks this position
   * or `from`, the store has lost something and begins a new epoch. Absent for positions of clients.
   */
  readonly known?: Position
  /** The most that the answer may hold. Default: everything of the window. */
  readonly page?: Page
  /**
   * For clients: the answer is `too_far`, and nothing is read, if more bytes than this were appended after `from`. If `from`
   * is a number, only the last messages that fit are returned.
   */
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

/** The messages after a position: all of them in order, or the reason why they are not complete. */
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
 * The histories of a broker: one stream for each topic. Calls of one server for a topic take effect in their order. A new
 * epoch that any of these methods begins is announced to every subscriber (`BrokerEvents.restarted`).
 */
export interface BrokerHistory {
  /**
   * Keeps a message and delivers it, with its position, to every server that subscribed, this one included. Rejects if it
   * is unknown whether the message was kept, and with `kept: false` ({@link AppendFailure}) if it certainly was not.
   */
  append(topic: string, bytes: Uint8Array, options: AppendOptions): Position | Promise<Position>
  /** Returns the messages after a position, or the last ones if `from` is a number; 0 returns the position alone. */
  since(topic: string, from: Position | number, options: SinceOptions): Replay | Promise<Replay>
  /**
   * Begins a new epoch if `expected` is still the current one, because messages were delivered that the stream lacks.
   * Offsets continue, and kept messages stay.
   * @returns the position of the stream; `EMPTY_POSITION`, and nothing is written, if there is no stream
   */
  restart(topic: string, expected: string, window: HistoryWindow): Position | Promise<Position>
  /**
   * Returns the positions of streams, one for each topic in order, `EMPTY_POSITION` for an empty stream. Hubs call it
   * often.
   */
  heads(topics: readonly string[]): readonly Position[] | Promise<readonly Position[]>
}

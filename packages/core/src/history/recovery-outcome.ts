import type { Position } from '../cluster/broker-history.js'
import type { GapReason } from './room-stream-host.js'

/** The answer to a recovery. */
export interface Recovered extends Position {
  /**
   * Whether the client was sent all messages for it from its position up to the position of this answer. Later messages
   * follow.
   */
  readonly recovered: boolean
  /** The reason if `recovered` is false. */
  readonly reason?: GapReason
  /** The id of the connection, to be named the next time. */
  readonly connection: string
}

/** Receives the result of a recovery. */
export interface RecoveryOutcome<Result = Recovered> {
  /** Resolves once the answer may be sent. Never rejects. */
  readonly until?: Promise<void> | undefined
  readonly answer: (recovered: Result) => void
  /** The recovery failed. Called before the held frames are sent. */
  readonly failed: (error: unknown) => void
}

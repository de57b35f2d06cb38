import type { Position } from '../cluster/broker-history.js'
import type { GapReason } from './room-stream-host.js'

/** What a client is told of its recovery. */
export interface Recovered extends Position {
  /**
   * Whether everything that was meant for the client after its position has been sent, up to the position of this answer.
   * What comes after that position follows.
   */
  readonly recovered: boolean
  /** Why it was not. */
  readonly reason?: GapReason
  /** The id of the connection, to be named the next time. */
  readonly connection: string
}

/** Where the result of a recovery goes. */
export interface RecoveryOutcome<Result = Recovered> {
  /** Resolves once the answer may be sent. Never rejects. */
  readonly until?: Promise<void> | undefined
  readonly answer: (recovered: Result) => void
  /** It has failed. Called before what was held back is sent. */
  readonly failed: (error: unknown) => void
}

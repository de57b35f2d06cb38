import type { Recovered } from '../protocol/index.js'

/** Receives the result of a recovery. */
export interface RecoveryOutcome<Result = Recovered> {
  /** Resolves once the answer may be sent. Never rejects. */
  readonly until?: Promise<void> | undefined
  readonly answer: (recovered: Result) => void
  /** The recovery failed. Called before the held frames are sent. */
  readonly failed: (error: unknown) => void
}

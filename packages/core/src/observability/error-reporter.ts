import { type Stage, warnProcess } from '../errors.js'
import { isThenable } from '../util/thenable.js'
import type { Counters } from './counters.js'

/** Where an error occurred. */
export interface ErrorContext<Connection> {
  readonly stage: Stage
  readonly connection: Connection | undefined
}

/** The app's own function for errors. */
export type OnError<Connection> = (error: unknown, context: ErrorContext<Connection>) => unknown

/** Reports each error of a hub to its `onError`, and counts it. */
export class ErrorReporter<Connection> {
  readonly #onError: OnError<Connection>
  readonly #counters: Counters

  constructor(onError: OnError<Connection>, counters: Counters) {
    this.#onError = onError
    this.#counters = counters
  }

  /** Never throws. */
  report(error: unknown, stage: Stage, connection?: Connection): void {
    this.#counters.failed += 1
    try {
      const result = this.#onError(error, { stage, connection })
      if (isThenable(result)) result.then(undefined, reportToProcess)
    } catch (failure) {
      reportToProcess(failure)
    }
  }
}

// An error of onError itself has no other place to go.
function reportToProcess(failure: unknown): void {
  warnProcess('onError failed', failure)
}

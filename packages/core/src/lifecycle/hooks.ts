import type { AsyncResource } from 'node:async_hooks'
import type { Stage } from '../errors.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import { isThenable } from '../util/thenable.js'

/** A connection in whose async context hooks run. */
export interface ScopedConnection {
  readonly scope: AsyncResource
}

/** Runs hooks of the app, in the async context of a connection. An error of a hook is reported. */
export class Hooks<Connection extends ScopedConnection> {
  readonly #errors: ErrorReporter<Connection>

  constructor(errors: ErrorReporter<Connection>) {
    this.#errors = errors
  }

  /** Runs a hook. Never throws; a promise never rejects. */
  run(stage: Stage, connection: Connection, hook: () => unknown): void | Promise<void> {
    try {
      const result = connection.scope.runInAsyncScope(hook)
      if (isThenable(result)) return this.#settle(stage, connection, result)
    } catch (error) {
      this.#errors.report(error, stage, connection)
    }
  }

  /** Reports an error that no caller gets. */
  report(error: unknown, stage: Stage, connection: Connection): void {
    this.#errors.report(error, stage, connection)
  }

  async #settle(stage: Stage, connection: Connection, result: PromiseLike<unknown>): Promise<void> {
    try {
      await result
    } catch (error) {
      this.#errors.report(error, stage, connection)
    }
  }
}

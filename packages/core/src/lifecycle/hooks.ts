import type { Connection } from '../api/connection.js'
import type { Stage } from '../errors.js'
import type { ReportError } from '../broadcast/broadcast-host.js'
import { isThenable } from '../util/thenable.js'

/** Runs what the app hung on a hub: in the connection's async context, and so that a failure hurts nobody else. */
export class Hooks<Data, Events extends object> {
  readonly #fail: ReportError<Data, Events>

  constructor(fail: ReportError<Data, Events>) {
    this.#fail = fail
  }

  /** Runs a hook; its failure is reported. Never throws; a promise, where the hook made one, never rejects. */
  run(stage: Stage, connection: Connection<Data, Events>, hook: () => unknown): void | Promise<void> {
    try {
      const result = connection.scope.runInAsyncScope(hook)
      if (isThenable(result)) return this.#settle(stage, connection, result)
    } catch (error) {
      this.#fail(error, stage, connection)
    }
  }

  /** Reports a failure that nobody else is told of. */
  report(error: unknown, stage: Stage, connection: Connection<Data, Events>): void {
    this.#fail(error, stage, connection)
  }

  async #settle(stage: Stage, connection: Connection<Data, Events>, result: PromiseLike<unknown>): Promise<void> {
    try {
      await result
    } catch (error) {
      this.#fail(error, stage, connection)
    }
  }
}

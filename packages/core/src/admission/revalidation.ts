import { HubError } from '../errors.js'
import { CloseCode } from '../protocol/index.js'
import type { ScopedConnection } from '../lifecycle/hooks.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import { isThenable } from '../util/thenable.js'
import { EVEN_SLICE_MS, TimerWheel } from '../lifecycle/timer-wheel.js'

/** Asks the app at intervals whether a connection may stay open. */
export interface RevalidationOptions<Connection> {
  /** Milliseconds between two checks of a connection; the first one comes within the same time. */
  readonly every: number
  /**
   * Whether a connection may stay open. `false` closes it with 4401. An error is reported to `onError`, and the connection
   * stays open until the next check: a short outage of a store must not close every connection. To close it nevertheless,
   * return `false` from a `catch`.
   * @default the handshake of the connection runs through the app again; 401, 403, 404, 410 and a redirect close it
   */
  readonly check?: ((connection: Connection) => boolean | Promise<boolean>) | undefined
}

interface CheckOptions<Connection> extends RevalidationOptions<Connection> {
  readonly check: NonNullable<RevalidationOptions<Connection>['check']>
}

/** A connection that is checked. */
export interface RevalidatedConnection extends ScopedConnection {
  close(code: number, reason: string): void
}

/** Checks the connections of a hub, each once in an interval and none while its last check has not settled. */
export class Revalidation<Connection extends RevalidatedConnection> {
  readonly #options: CheckOptions<Connection>
  readonly #errors: ErrorReporter<Connection>
  readonly #wheel: TimerWheel<Connection>
  readonly #asked = new Set<Connection>()

  constructor(options: CheckOptions<Connection>, errors: ErrorReporter<Connection>) {
    this.#options = options
    this.#errors = errors
    const visit = (connection: Connection): void => this.#ask(connection)
    this.#wheel = new TimerWheel({ round: options.every, sliceMs: EVEN_SLICE_MS, visit })
  }

  add(connection: Connection): void {
    this.#wheel.add(connection)
  }

  remove(connection: Connection): void {
    this.#wheel.remove(connection)
    this.#asked.delete(connection)
  }

  #ask(connection: Connection): void {
    const { check, every } = this.#options
    if (this.#asked.has(connection)) {
      const late = new HubError('revalidate_timeout', `revalidate.check has not settled within ${every} ms.`)
      return this.#errors.report(late, 'revalidate', connection)
    }
    try {
      const stays: unknown = connection.scope.runInAsyncScope(check, undefined, connection)
      if (isThenable(stays)) void this.#await(connection, stays)
      else decide(connection, stays)
    } catch (error) {
      this.#errors.report(error, 'revalidate', connection)
    }
  }

  async #await(connection: Connection, stays: PromiseLike<unknown>): Promise<void> {
    this.#asked.add(connection)
    try {
      decide(connection, await stays)
    } catch (error) {
      this.#errors.report(error, 'revalidate', connection)
    } finally {
      this.#asked.delete(connection)
    }
  }
}

// A check that returns nothing has not allowed the connection to stay.
function decide(connection: RevalidatedConnection, stays: unknown): void {
  if (!stays) connection.close(CloseCode.Unauthorized, 'revoked')
}

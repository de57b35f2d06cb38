import type { Connection } from '../api/connection.js'
import { HubError } from '../errors.js'
import { CloseCode } from '../protocol/index.js'
import type { ReportError } from '../broadcast/broadcast-host.js'
import { isThenable } from '../util/thenable.js'
import { TimerWheel } from '../lifecycle/timer-wheel.js'

/** Asks the app again and again whether its people may still be here. */
export interface Revalidate<Data, Events extends object> {
  /** Milliseconds between two checks of a connection; the first one comes within the same time. */
  readonly every: number
  /**
   * Whether a connection may stay. `false` closes it with 4401. What it throws reaches `onError`, and the connection
   * stays until the next check: a store that is down for a moment must not throw everybody out. Return `false` from a
   * `catch` where it should.
   */
  readonly check: (connection: Connection<Data, Events>) => boolean | Promise<boolean>
}

/** Checks the connections of a hub, each once in an interval and none while its last check is still under way. */
export class Revalidation<Data, Events extends object> {
  readonly #options: Revalidate<Data, Events>
  readonly #fail: ReportError<Data, Events>
  readonly #rounds: TimerWheel<Connection<Data, Events>>
  readonly #asked = new Set<Connection<Data, Events>>()

  constructor(options: Revalidate<Data, Events>, fail: ReportError<Data, Events>) {
    this.#options = options
    this.#fail = fail
    this.#rounds = new TimerWheel(options.every, (connection) => this.#ask(connection))
  }

  add(connection: Connection<Data, Events>): void {
    this.#rounds.add(connection)
  }

  remove(connection: Connection<Data, Events>): void {
    this.#rounds.remove(connection)
    this.#asked.delete(connection)
  }

  #ask(connection: Connection<Data, Events>): void {
    const { check, every } = this.#options
    if (this.#asked.has(connection)) {
      const late = new HubError('revalidate_timeout', `revalidate.check has not settled within ${every} ms.`)
      return this.#fail(late, 'revalidate', connection)
    }
    try {
      const stays: unknown = connection.scope.runInAsyncScope(check, undefined, connection)
      if (isThenable(stays)) void this.#await(connection, stays)
      else decide(connection, stays)
    } catch (error) {
      this.#fail(error, 'revalidate', connection)
    }
  }

  async #await(connection: Connection<Data, Events>, stays: PromiseLike<unknown>): Promise<void> {
    this.#asked.add(connection)
    try {
      decide(connection, await stays)
    } catch (error) {
      this.#fail(error, 'revalidate', connection)
    } finally {
      this.#asked.delete(connection)
    }
  }
}

// Whoever forgets to return something has not said that anybody may stay.
function decide(connection: { close(code: number, reason: string): void }, stays: unknown): void {
  if (!stays) connection.close(CloseCode.Unauthorized, 'revoked')
}

import type { AsyncResource } from 'node:async_hooks'
import { isThenable } from '../util/thenable.js'
import { after } from '../util/timers.js'
import type { Authorize, Authorizer, JoinQuery } from './authorizer.js'
import { authorizeTimedOut, notBoolean } from './join-errors.js'

/** Callbacks for the end of an authorisation. */
export interface AuthorizationOutcome {
  readonly decided: (allowed: boolean) => void
  /** `authorize` has thrown, or has not returned a boolean. */
  readonly failed: (error: unknown) => void
  /** `authorize` has not settled in time. */
  readonly timedOut: (error: Error) => void
}

/** A join that is to be authorised. */
export interface UnauthorizedJoin<Connection> extends Pick<JoinQuery, 'room' | 'payload'> {
  readonly connection: Connection
}

interface ScopedMember {
  /** The async context in which `authorize` runs. */
  readonly scope: AsyncResource
}

/** Decides by a room's `authorize` whether a client may join it. Clients can't join a room without one. */
export class JoinAuthorization<Connection extends ScopedMember> {
  readonly #authorizerOf: (room: string) => Authorizer<Connection> | undefined
  readonly #timeout: number

  /** @param timeout milliseconds that `authorize` may take */
  constructor(authorizerOf: (room: string) => Authorizer<Connection> | undefined, timeout: number) {
    this.#authorizerOf = authorizerOf
    this.#timeout = timeout
  }

  /** Asks the app. Calls `outcome` synchronously if `authorize` is synchronous. Never throws. */
  decide(join: UnauthorizedJoin<Connection>, outcome: AuthorizationOutcome): void {
    const authorizer = this.#authorizerOf(join.room)
    if (!authorizer) return outcome.decided(false)
    try {
      const { scope } = join.connection
      const result = scope.runInAsyncScope(() => callAuthorize(authorizer, join))
      if (isThenable(result)) void this.#await(result, outcome)
      else take(result, outcome)
    } catch (error) {
      outcome.failed(error)
    }
  }

  async #await(result: PromiseLike<unknown>, outcome: AuthorizationOutcome): Promise<void> {
    let isLate = false
    const late = (): void => {
      isLate = true
      outcome.timedOut(authorizeTimedOut(this.#timeout))
    }
    const deadline = after(this.#timeout, late, false)
    try {
      const allowed = await result
      if (!isLate) take(allowed, outcome)
    } catch (error) {
      if (!isLate) outcome.failed(error)
    } finally {
      deadline.cancel()
    }
  }
}

function take(result: unknown, { decided, failed }: AuthorizationOutcome): void {
  if (typeof result === 'boolean') decided(result)
  else failed(notBoolean(result))
}

function callAuthorize<Connection>(
  { authorize, pattern }: Authorizer<Connection>,
  { connection, room, payload }: UnauthorizedJoin<Connection>,
): unknown {
  // By the types of `createRoom`, `authorize` takes a match if there is a pattern, and otherwise `undefined`.
  const ask = authorize as Authorize<Connection, RegExpExecArray | undefined>
  return ask(connection, { room, match: pattern?.exec(room) ?? undefined, payload })
}

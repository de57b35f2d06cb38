import { performance } from 'node:perf_hooks'
import { isRevocation } from '../cluster/cluster-message.js'
import type { Identity } from './identity.js'
import { HubError } from '../errors.js'
import type { Address } from '../rooms/address.js'

/** Milliseconds for which a revocation is remembered: six times the default handshake timeout. */
const KEPT_MS = 60_000
/** Users and sessions that are remembered at most. */
const MAX_REVOCATIONS = 10_000

/**
 * Users and sessions that were disconnected recently. A handshake that began before the disconnect is refused, even if the app
 * has accepted it; one that begins later is a new login. A handshake that began before a revocation that was forgotten cannot be
 * checked any more, and is refused with `handshake_too_old`.
 */
export class Revocations {
  readonly #at = new Map<string, number>()
  readonly #now: () => number
  #forgotten = -Infinity

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Users and sessions that are remembered. */
  get size(): number {
    return this.#at.size
  }

  /** Remembers a disconnect if its code concerns the user or the session and not one connection. */
  add(address: Address, code: number): void {
    if (!isRevocation(address, code)) return
    const now = this.#now()
    for (const name of address.names) {
      const key = keyOf(address.scope, name)
      // Moved to the end: the order of the map is the order of time.
      this.#at.delete(key)
      this.#at.set(key, now)
    }
    this.#forget(now)
  }

  /**
   * Why a handshake may not become a connection, or `undefined` if it may.
   * @param begunAt when it began, on the clock of `performance.now()`
   * @returns HubError `revoked` (401), `handshake_too_old` (503)
   */
  against({ user, session }: Identity, begunAt: number): HubError | undefined {
    if (this.#at.size > 0) {
      this.#forget(this.#now())
      if (this.#revoked('user', user, begunAt) || this.#revoked('session', session, begunAt)) {
        return new HubError('revoked', 'The login has ended.')
      }
    }
    if (begunAt > this.#forgotten) return undefined
    return new HubError('handshake_too_old', 'The handshake has taken too long; try again.')
  }

  #revoked(scope: 'user' | 'session', name: string | undefined, begunAt: number): boolean {
    return name !== undefined && begunAt <= (this.#at.get(keyOf(scope, name)) ?? -Infinity)
  }

  #forget(now: number): void {
    for (const [key, at] of this.#at) {
      if (this.#at.size <= MAX_REVOCATIONS && now - at <= KEPT_MS) break
      this.#at.delete(key)
      this.#forgotten = at
    }
  }
}

function keyOf(scope: Address['scope'], name: string): string {
  return `${scope} ${name}`
}

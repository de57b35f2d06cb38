import { isObject } from './positions.js'
import { isOpen, type State } from './state.js'
import { MIN_REFRESH, REFRESH_RETRY } from './timing.js'

// The authorisation of a live connection is refreshed before it expires, if there is a token provider.

/** The server has named the lifetime of the authorisation. @param ms any value but a number means no expiry */
export function expires(state: State, ms: unknown): void {
  if (!isOpen(state)) return
  const mayRefresh = state.settings.token && typeof ms === 'number'
  state.refreshAt = mayRefresh ? state.now + ms * (0.6 + 0.3 * state.random) : Infinity
}

/**
 * A refresh has succeeded. The next one comes no sooner than the server allows, even if the answer names a shorter time. A connection
 * that was lost meanwhile gets its authorisation by the next handshake.
 */
export function refreshed(state: State, socket: number, answer: unknown): void {
  if (socket !== state.current) return
  expires(state, isObject(answer) ? answer['expiresIn'] : undefined)
  state.refreshAt = Math.max(state.refreshAt, state.now + MIN_REFRESH)
}

/** A refresh has failed. It is retried until the connection expires. */
export function refreshFailed(state: State, socket: number): void {
  if (socket === state.current && isOpen(state)) state.refreshAt = state.now + REFRESH_RETRY
}

export function refreshDue(state: State): void {
  if (state.now < state.refreshAt) return
  state.refreshAt = Infinity
  state.effects.push({ type: 'refresh', socket: state.current })
}

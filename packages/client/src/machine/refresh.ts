import { isObject } from './positions.js'
import { isOpen, type Turn } from './state.js'
import { MIN_REFRESH, REFRESH_RETRY } from './timing.js'

// The authorisation of a live connection is refreshed before it expires, if there is a token provider.

/** The server has named the lifetime of the authorisation. @param ms any value but a number means no expiry */
export function expires({ state, now, random }: Turn, ms: unknown): void {
  if (!isOpen(state)) return
  const mayRefresh = state.settings.token && typeof ms === 'number'
  state.refreshAt = mayRefresh ? now + ms * (0.6 + 0.3 * random) : Infinity
}

/**
 * A refresh has succeeded. The next one comes no sooner than the server allows, whatever it says. A connection that was lost
 * meanwhile gets its authorisation by the next handshake.
 */
export function refreshed(turn: Turn, socket: number, answer: unknown): void {
  const { state, now } = turn
  if (socket !== state.current) return
  expires(turn, isObject(answer) ? answer['expiresIn'] : undefined)
  state.refreshAt = Math.max(state.refreshAt, now + MIN_REFRESH)
}

/** A refresh has failed. It is retried until the connection expires. */
export function refreshFailed({ state, now }: Turn, socket: number): void {
  if (socket === state.current && isOpen(state)) state.refreshAt = now + REFRESH_RETRY
}

export function refreshDue({ state, now, effects }: Turn): void {
  if (now < state.refreshAt) return
  state.refreshAt = Infinity
  effects.push({ type: 'refresh', socket: state.current })
}

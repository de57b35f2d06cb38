import type { State } from './state.js'

// All in milliseconds. docs/protocol.md names those that servers may rely on.

/** The shortest wait after a loss. */
export const MIN_WAIT = 100
/** The longest wait that a server can ask for. */
export const MAX_HINT = 3_600_000
/** The time after which an open connection counts as stable. */
export const PROOF = 10_000
/** The timeout of the token provider, and of a handshake. */
export const CONNECT_TIMEOUT = 10_000
/** The client is ready after this time even if the server has not answered every join. */
export const GREETING_TIMEOUT = 10_000
/** The timeout of an answer to `hub:hello`, `hub:join` or `hub:leave`. */
export const ANSWER_TIMEOUT = 30_000
/** Added to the server's ping interval: a client sends a ping only if the server's ping is late. */
export const IDLE_MARGIN = 5000
/** The timeout of an answer to `hub:ping`. */
export const PONG_TIMEOUT = 10_000
/** If a deadline is noticed more than this too late, the page counts as having slept. */
export const LATE = 5000
/** The timeout for closing a socket, after which the next one opens. */
export const LINGER = 1000
/** The shortest time between two refreshes. Servers refuse more frequent ones. */
export const MIN_REFRESH = 5000
/** The wait after a refresh that failed. */
export const REFRESH_RETRY = 10_000

/** A random time between the shortest wait and a limit that doubles with each failure. */
export function backoff(state: State, failures: number): number {
  const { firstWait, maxWait } = state.settings
  const limit = Math.min(maxWait, firstWait * 2 ** Math.min(failures, 30))
  return MIN_WAIT + state.random * Math.max(0, limit - MIN_WAIT)
}

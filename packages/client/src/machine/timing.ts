// All in milliseconds. docs/protocol.md names those that servers may rely on.

/** No try comes sooner after a loss. */
export const MIN_WAIT = 100
/** A connection that has been open for so long has proved itself. */
export const PROOF = 10_000
/** A token and a handshake may take so long. */
export const CONNECT_TIMEOUT = 10_000
/** The client is ready after this time even if the server has not answered every join. */
export const GREETING_TIMEOUT = 10_000
/** An answer to `hub:hello`, `hub:join` or `hub:leave` may take so long. */
export const ANSWER_TIMEOUT = 30_000
/** Added to the server's ping interval: a client asks only if the server is late. */
export const IDLE_MARGIN = 5000
/** An answer to `hub:ping` may take so long. */
export const PONG_TIMEOUT = 10_000
/** A deadline that is noticed so much too late was slept through. */
export const LATE = 5000
/** A socket that was told to close may take so long before the next one opens. */
export const LINGER = 1000
/** The wait after a refresh that failed. */
export const REFRESH_RETRY = 10_000

/** A random time between the shortest wait and a limit that doubles with each failure. */
export function backoff(random: number, failures: number, { first, max }: { first: number; max: number }): number {
  const limit = Math.min(max, first * 2 ** Math.min(failures, 30))
  return MIN_WAIT + random * Math.max(0, limit - MIN_WAIT)
}

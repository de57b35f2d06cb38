import { faultError } from './errors.js'
import type { Fault, State } from './machine/state.js'

/** The status of a client. `ready`: connected and in its rooms. `offline`: the browser reports no network. */
export type Status =
  | { readonly state: 'connecting' | 'ready' | 'offline' }
  /**
   * The next attempt comes at `retryAt`, in milliseconds since 1970. `reason`: the reason in the server's close frame, or the
   * error of the `WebSocket` class. It is empty if neither is known: browsers do not report why a handshake failed.
   */
  | { readonly state: 'waiting'; readonly retryAt: number; readonly reason: string }
  /** There is no connection until `open()`. `final`: the server refuses the client, or the user is not logged in. */
  | { readonly state: 'closed'; readonly code: number; readonly reason: string; readonly final: boolean }

export function statusOf({ phase, ending, online, dueAt, now }: State): Status {
  if (phase === 'closed') return { state: phase, ...ending }
  if (phase === 'ready') return { state: phase }
  if (phase !== 'waiting') return { state: 'connecting' }
  return online ? { state: phase, retryAt: Date.now() + dueAt - now, reason: ending.reason } : { state: 'offline' }
}

/**
 * Waits for an outcome.
 * @param on starts to listen to changes, and returns a function that stops; a change may pass the outcome
 * @param look returns the current outcome: `true` for success, a fault to reject with, anything falsy if there is none yet
 */
export function settled(on: (check: (outcome?: Outcome) => void) => () => void, look: () => Outcome): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (outcome = look()): void => {
      if (!outcome) return
      stop()
      if (outcome === true) resolve()
      else reject(faultError(outcome))
    }
    const stop = on(check)
    check()
  })
}

/** The outcome of something awaited: `true` for success, a fault for failure, `false` or `undefined` if there is none yet. */
export type Outcome = Fault | boolean | undefined

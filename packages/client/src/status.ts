import { ClientError } from './errors.js'
import type { State } from './machine/state.js'

/** The status of a client. `ready`: connected and in its rooms. `offline`: the browser reports no network. */
export type Status =
  | { readonly state: 'connecting' | 'ready' | 'offline' }
  /** The next attempt comes at `retryAt`, in milliseconds as of `Date.now()`. */
  | { readonly state: 'waiting'; readonly retryAt: number }
  /** There is no connection until `open()`. `final`: the server or the token provider refuses one. */
  | { readonly state: 'closed'; readonly code: number; readonly reason: string; readonly final: boolean }

/** @param wallTime milliseconds as of `Date.now()` for a time of the machine */
export function statusOf({ phase, ending, online, dueAt }: State, wallTime: (at: number) => number): Status {
  if (phase === 'closed') return { state: phase, ...ending }
  if (phase === 'ready') return { state: phase }
  if (phase !== 'waiting') return { state: 'connecting' }
  return online ? { state: phase, retryAt: wallTime(dueAt) } : { state: 'offline' }
}

/** Resolves once a client is ready, rejects once it is closed. */
export function whenReady(client: {
  readonly status: Status
  onStatus(listener: () => void): () => void
}): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { state } = client.status
      if (state === 'ready') resolve()
      else if (state === 'closed') reject(new ClientError(state))
      else return
      stop()
    }
    const stop = client.onStatus(look)
    look()
  })
}

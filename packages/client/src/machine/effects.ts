import type { Fault, Message, Request, Result } from './messages.js'

/** The actions for the shell, by type. */
export interface Effects {
  /** Ask the token provider, then run `tokenReady` or `tokenFailed`. */
  readonly token: { readonly socket: number; readonly refused: boolean }
  /** Open a socket, then run `opened` when it is open and `closed` when it has closed. */
  readonly open: { readonly socket: number; readonly token: string | undefined }
  readonly close: { readonly socket: number; readonly code: number; readonly reason: string }
  readonly send: { readonly text: string; readonly bytes?: Uint8Array | undefined }
  /** The answer to a request of the app. */
  readonly settle: Pick<Request, 'id' | 'done'> & Result
  /** One value of a streamed reply. */
  readonly next: Pick<Request, 'id' | 'next'> & { readonly value: unknown }
  readonly event: { readonly message: Message }
  /** A request of the server. */
  readonly ask: { readonly socket: number; readonly message: Message }
  /** Refresh the authorisation, then run `refreshed`, `refreshFailed` or `loggedOut`. */
  readonly refresh: { readonly socket: number }
  /** Load the app's state, then run `loaded` or `loadFailed`. */
  readonly load: { readonly room: string; readonly load: number }
  /** A change that is reported to the holders of a room. `value`: the reason of a `reset`, the fault of `left`. */
  readonly room: { readonly room: string; readonly change: RoomChange; readonly value?: unknown }
  /** An error of the server that answers no request, or a fault of a message. */
  readonly report: { readonly fault: Fault }
}

/** The changes of a room that has holders. */
export type RoomChange = 'joined' | 'left' | 'reset' | 'presence'

/** An action for the shell. */
export type Effect<Type extends keyof Effects = keyof Effects> = {
  readonly [Key in Type]: { readonly type: Key } & Effects[Key]
}[Type]

/** A method for each effect. */
export type EffectHandlers = { readonly [Type in keyof Effects]: (effect: Effects[Type]) => unknown }

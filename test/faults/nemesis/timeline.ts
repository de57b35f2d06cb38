/** A position as a client sends it back: the tag is missing if the server sends none. */
export interface ClientPosition {
  readonly offset: number
  readonly epoch: string
  readonly tag?: string
}

/** What happens to a client in one room, in the order in which it happens. `at` is in milliseconds of `performance.now()`. */
export type Happening = { readonly at: number; readonly connection: number } & (
  | { readonly kind: 'message'; readonly id: string; readonly position: ClientPosition | undefined }
  /** The client has a position for the first time, and must get every later message. */
  | { readonly kind: 'begun'; readonly position: ClientPosition }
  | { readonly kind: 'recovered'; readonly from: ClientPosition; readonly position: ClientPosition }
  /** The client learns that it may have missed messages. */
  | { readonly kind: 'loss'; readonly how: 'gap' | 'refused' | 'epoch'; readonly position: ClientPosition }
  | { readonly kind: 'left' }
)

/** Everything that a client has seen of one room. */
export interface Timeline {
  readonly room: string
  /** The client. */
  readonly name: string
  readonly happenings: readonly Happening[]
}

/** A message that a server was asked to emit. */
export interface Emission {
  readonly id: string
  readonly room: string
  readonly server: number
  readonly at: number
}

/** An entry of the store. */
export interface StoredEntry {
  readonly offset: number
  readonly id: string
  /** Its epoch, if it is known. An answer about another epoch is not judged by this entry. */
  readonly epoch?: string
}

/** The ids of messages anywhere in a text. */
export const MESSAGE_ID = /#\d+\.\d+#/g

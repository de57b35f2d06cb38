import type { Listeners } from './listeners.js'
import type { Message, State } from './machine/state.js'
import type { RoomHolderOptions } from './options.js'
import type { Beside, EventPayload } from './types.js'

/**
 * The second argument of a listener: `type`, and `room`, `offset`, `epoch`, `tag`, `volatile`, `bytes` if the message has
 * them.
 */
export type Meta = Omit<Message, 'payload' | 'id'>

/** Gets the events of a type. `meta.bytes` are the bytes beside the payload. */
export type ListenerOf<Event> = (payload: EventPayload<Event>, meta: Meta & Beside<Event>) => void

/** A listener of the client without its types. */
export type AnyListener = (value: unknown, meta?: Meta) => void

/** A holder of a room. Its listeners get the events of the room, and its changes under names that begin with `hub:`. */
export interface Holder {
  readonly name: string
  readonly options: RoomHolderOptions
  readonly listeners: Listeners<Parameters<AnyListener>>
}

/** Runs the machine of a client. */
export interface Runner {
  readonly state: State
  readonly holders: Set<Holder>
  /** Bytes that wait in the socket. */
  readonly bufferedAmount: number
  run<Args extends readonly unknown[], Result>(event: (state: State, ...args: Args) => Result, ...args: Args): Result
}

import type { Listeners } from './listeners.js'
import type { Message, State } from './machine/state.js'
import type { RoomHolderOptions } from './options.js'

/** What a listener gets beside the payload: `type`, and `room`, `offset`, `epoch`, `tag` if the message has them. */
export type Meta = Omit<Message, 'payload' | 'id'>

/** A holder of a room. Its listeners get the events of the room, and its changes: the name of each begins with `hub:`. */
export interface Holder {
  readonly name: string
  readonly options: RoomHolderOptions
  readonly listeners: Listeners<readonly [value: unknown, meta?: Meta]>
}

/** Runs the machine of a client. */
export interface Runner {
  readonly state: State
  readonly holders: Set<Holder>
  /** Bytes that wait in the socket. */
  readonly bufferedAmount: number
  run<Args extends readonly unknown[], Result>(event: (state: State, ...args: Args) => Result, ...args: Args): Result
}

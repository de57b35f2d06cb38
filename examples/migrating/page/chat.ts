import type { Events } from '../chat/messages.js'

/** What a page needs of the chat. */
export interface Chat {
  /** Rejects if the user may not join. */
  join(room: string): Promise<void>
  /** The others in the room get the message. @returns its number */
  say(room: string, text: string): Promise<{ id: number }>
  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): void
  leave(): void
  /** Resolves when the connection has ended for good. */
  readonly closed: Promise<unknown>
}

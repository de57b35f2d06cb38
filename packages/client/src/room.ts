import { exit, findRoom } from './machine/index.js'
import type { Fault, Position, PresenceEntry, RoomState } from './machine/state.js'
import type { RequestOptions } from './options.js'
import { sendRequest } from './requests.js'
import type { AnyListener, Holder, ListenerOf, Runner } from './runner.js'
import { type Outcome, settled } from './status.js'
import type { Name } from './types.js'

/** A room that `client.room()` holds. The client joins a room for its first holder, and leaves it after its last. */
export class Room<Events extends object = Record<string, unknown>, Send = RoomSend, PresenceState = unknown> {
  /** The name of the room. */
  readonly name: string
  readonly #runner: Runner
  readonly #holder: Holder

  /** @internal Use `client.room(name)`. */
  constructor(holder: Holder, runner: Runner) {
    this.name = holder.name
    this.#holder = holder
    this.#runner = runner
  }

  /**
   * Resolves when the client is in the room and has the missed messages. Rejects with a `ClientError`: the server's code, such as
   * `forbidden`, or `left`, or `closed`.
   */
  get joined(): Promise<void> {
    const look = (): Outcome => {
      const { phase, fault } = this.#state ?? LEFT
      return phase === 'joined' || fault
    }
    return settled((check) => this.#on('change', check as AnyListener), look)
  }

  /** The position of the last delivered message, to pass as `from` later; `undefined` in a room without history. */
  get position(): Position | undefined {
    return this.#state?.position
  }

  /** The users in the room, one entry for each; empty if the room has no presence, or sends the number of its users only. */
  get presence(): readonly PresenceEntry<PresenceState>[] {
    return (this.#state?.presence?.entries as readonly PresenceEntry<PresenceState>[] | undefined) ?? EMPTY
  }

  /** How many users are in the room, also if it is too large for a list; 0 if it has no presence. */
  get presenceCount(): number {
    return this.#state?.presence?.count ?? 0
  }

  /** Whether the client is in the room and has the missed messages. */
  get isJoined(): boolean {
    return this.#state?.phase === 'joined'
  }

  /** Calls a listener for every event of a type in this room. @returns a function that removes it */
  on<Type extends Name<Events>>(type: Type, listener: ListenerOf<Events[Type]>): () => void {
    return this.#holder.listeners.on(type, listener as AnyListener)
  }

  /**
   * Calls a listener with the reason if messages of the room were lost, so that the app's state of the room may be incomplete.
   * @returns a function that removes it
   */
  onReset(listener: (reason: string) => void): () => void {
    return this.#on('reset', listener as AnyListener)
  }

  /**
   * Calls a listener with the code if the client was removed from the room or may not join it. The client does not join again by
   * itself. @returns a function that removes it
   */
  onLeft(listener: (code: string) => void): () => void {
    return this.#on('left', (fault) => listener((fault as Fault).code))
  }

  /**
   * Calls a listener with all entries and the number of users when a user joins, leaves or changes. @returns a function that
   * removes it
   */
  onPresence(listener: (present: readonly PresenceEntry<PresenceState>[], count: number) => void): () => void {
    return this.#on('presence', () => listener(this.presence, this.presenceCount))
  }

  /** Calls a listener after each join and rejoin. @returns a function that removes it */
  onJoined(listener: () => void): () => void {
    return this.#on('joined', listener)
  }

  /** Waits until the client is in the room, then does the same as `client.request`. Rejects if the client can't join. */
  readonly request: Send = (async (type: string, ...args: readonly unknown[]): Promise<unknown> => {
    await this.joined
    return sendRequest(this.#runner, type, args)
  }) as unknown as Send

  /** Releases the room and removes the listeners of this object. The client leaves the room after its last holder. */
  leave(): void {
    const runner = this.#runner
    if (!runner.holders.delete(this.#holder)) return
    runner.run(exit, this.name)
    this.#holder.listeners.emit('hub:change', undefined)
  }

  get #state(): RoomState | undefined {
    const runner = this.#runner
    return runner.holders.has(this.#holder) ? findRoom(runner.state, this.name) : undefined
  }

  #on(change: string, listener: AnyListener): () => void {
    return this.#holder.listeners.on(`hub:${change}`, listener)
  }
}

/** The type of `room.request` if the router is unknown. */
export type RoomSend = (type: string, payload?: unknown, options?: RequestOptions) => Promise<unknown>

const EMPTY: readonly never[] = []

const LEFT: Pick<RoomState, 'phase' | 'fault'> = { phase: 'out', fault: { code: 'left' } }

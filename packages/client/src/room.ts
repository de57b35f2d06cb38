import { ClientError } from './errors.js'
import type { Listeners } from './listeners.js'
import type { Fault, Message, Position, PresenceEntry, RoomState } from './machine/state.js'
import type { RequestOptions } from './options.js'
import type { Name } from './types.js'

/** What a listener gets beside the payload: `type`, and `room`, `offset`, `epoch`, `tag` if the message has them. */
export type Meta = Omit<Message, 'payload' | 'id'>

/** The interface of the client for a room. */
export interface RoomHost {
  roomState(name: string): RoomState | undefined
  exit(name: string): void
  request(type: string, args: readonly unknown[]): Promise<unknown>
  fail(error: unknown): void
}

/** What happens in a room: the handles of the room listen to it. `joined`, `left`, `reset`, `presence` are its own. */
export type RoomEvents = Listeners<readonly [value: unknown, meta?: Meta]>

/** A room that `client.room()` holds. The client joins a room for its first holder, and leaves it after its last. */
export class Room<Events extends object = Record<string, unknown>, Send = RoomSend> {
  /** The name of the room. */
  readonly name: string
  readonly #host: RoomHost
  readonly #events: RoomEvents
  readonly #stops = new Set<() => void>()
  #isLeft = false

  /** @internal Use `client.room(name)`. */
  constructor(name: string, host: RoomHost, events: RoomEvents) {
    this.name = name
    this.#host = host
    this.#events = events
  }

  /**
   * Resolves when the client is in the room and has the missed messages. Rejects with a `ClientError`: the server's code, such as
   * `forbidden`, or `left`, or `closed`.
   */
  get joined(): Promise<void> {
    return this.#settled()
  }

  /** The position of the last delivered message, for `from` of a later visit; `undefined` in a room without history. */
  get position(): Position | undefined {
    return this.#state?.position
  }

  /** The users in the room, one entry for each; empty if the room has no presence. */
  get presence(): readonly PresenceEntry[] {
    return this.#state?.presence?.entries ?? EMPTY
  }

  /** Whether the client is in the room and has the missed messages. */
  get isJoined(): boolean {
    return this.#state?.phase === 'joined'
  }

  /** Calls a listener for every event of a type in this room. @returns a function that removes it */
  on<Type extends Name<Events>>(type: Type, listener: (payload: Events[Type], meta: Meta) => void): () => void {
    return this.#on(`:${type}`, (payload, meta) => listener(payload as Events[Type], meta as Meta))
  }

  /**
   * Calls a listener with the reason if messages of the room were lost, so that the app's state of the room may be incomplete.
   * @returns a function that removes it
   */
  onReset(listener: (reason: string) => void): () => void {
    return this.#on('reset', (reason) => listener(String(reason)))
  }

  /**
   * Calls a listener with the code if the client was removed from the room or may not join it. The client does not join again by
   * itself. @returns a function that removes it
   */
  onLeft(listener: (code: string) => void): () => void {
    return this.#on('left', (error) => listener((error as ClientError).code))
  }

  /** Calls a listener with all entries when a user joins, leaves or changes. @returns a function that removes it */
  onPresence(listener: (present: readonly PresenceEntry[]) => void): () => void {
    return this.#on('presence', () => listener(this.presence))
  }

  /** Calls a listener after each join and rejoin. @returns a function that removes it */
  onJoined(listener: () => void): () => void {
    return this.#on('joined', () => listener())
  }

  /** The same as `client.request`, once the client is in the room. Rejects if it can't join. */
  readonly request: Send = (async (type: string, ...args: readonly unknown[]): Promise<unknown> => {
    await this.#settled()
    return this.#host.request(type, args)
  }) as unknown as Send

  /** Releases the room and removes the listeners of this object. The client leaves the room after its last holder. */
  leave(): void {
    if (this.#isLeft) return
    this.#isLeft = true
    for (const stop of this.#stops) stop()
    this.#host.exit(this.name)
  }

  get #state(): RoomState | undefined {
    return this.#isLeft ? undefined : this.#host.roomState(this.name)
  }

  #on(type: string, listener: (value: unknown, meta?: Meta) => void): () => void {
    return this.#add(this.#events.on(type, listener))
  }

  #add(end: () => void): () => void {
    const stop = (): void => {
      this.#stops.delete(stop)
      end()
    }
    this.#stops.add(stop)
    return stop
  }

  #settled(): Promise<void> {
    const { phase, fault } = this.#state ?? {}
    if (phase === 'joined') return Promise.resolve()
    if (phase === undefined || fault) return Promise.reject(faultError(fault ?? { code: 'left' }))
    const stops: (() => void)[] = []
    return new Promise<void>((resolve, reject) => {
      stops.push(
        this.#on('joined', () => resolve()),
        this.#on('left', reject),
        this.#on('closed', reject),
        this.#add(() => reject(new ClientError('left'))),
      )
    }).finally(() => {
      for (const stop of stops) stop()
    })
  }
}

/** Sends a request: that of the client. */
export type RoomSend = (type: string, payload?: unknown, options?: RequestOptions) => Promise<unknown>

const EMPTY: readonly PresenceEntry[] = []

export function faultError(fault: Fault): ClientError {
  return new ClientError(fault.code, fault)
}

import { ClientError } from './errors.js'
import type { Listeners } from './listeners.js'
import type { Fault, Message, Position, PresenceEntry, RoomState } from './machine/state.js'
import type { RequestOptions } from './options.js'
import type { Name } from './types.js'

/** The second argument of a listener. */
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

/** A room that is held. It is joined with its first holder and left with its last. */
export class Room<Events extends object = Record<string, unknown>, Send = RoomSend> {
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
   * Resolves once the client is in the room and has the missed messages. Rejects with the server's code if the join is
   * refused, or with `left` or `closed`.
   */
  get joined(): Promise<void> {
    return this.#settled()
  }

  /** The position of the app in the room, for `from` the next time. */
  get position(): Position | undefined {
    return this.#state?.position
  }

  /** The entries of the users in the room, one for each user, if the room has presence. */
  get presence(): readonly PresenceEntry[] {
    return this.#state?.presence?.entries ?? EMPTY
  }

  /** Whether the client is in the room and has the missed messages. */
  get isJoined(): boolean {
    return this.#state?.phase === 'joined'
  }

  /** @returns a function that removes the listener */
  on<Type extends Name<Events>>(type: Type, listener: (payload: Events[Type], meta: Meta) => void): () => void {
    return this.#on(`:${type}`, (payload, meta) => listener(payload as Events[Type], meta as Meta))
  }

  /** Called with the reason if messages of the room were lost: the app's state of the room may be incomplete. */
  onReset(listener: (reason: string) => void): () => void {
    return this.#on('reset', (reason) => listener(String(reason)))
  }

  /** Called with the reason if the client was removed or may not join. It does not join again by itself. */
  onLeft(listener: (code: string) => void): () => void {
    return this.#on('left', (error) => listener((error as ClientError).code))
  }

  /** Called if a user joins, leaves or changes. */
  onPresence(listener: (present: readonly PresenceEntry[]) => void): () => void {
    return this.#on('presence', () => listener(this.presence))
  }

  /** Called after each join and rejoin. */
  onJoined(listener: () => void): () => void {
    return this.#on('joined', () => listener())
  }

  /** A request that is sent once the client is in the room. See `client.request`. */
  readonly request: Send = (async (type: string, ...args: readonly unknown[]): Promise<unknown> => {
    await this.#settled()
    return this.#host.request(type, args)
  }) as unknown as Send

  /** Releases the room and removes the listeners of this handle. */
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

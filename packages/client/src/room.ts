import { ClientError } from './errors.js'
import type { Listeners } from './listeners.js'
import type { Fault, Message, Position, PresenceEntry, RoomState } from './machine/state.js'
import type { RequestOptions } from './options.js'
import type { Name } from './types.js'

/** What a listener gets beside the payload. */
export type Meta = Omit<Message, 'payload' | 'id'>

/** What a room needs of its client. */
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
   * Resolves once the client is in the room and has what it missed. Rejects with the server's code if it may not come in,
   * or with `left`, `closed`.
   */
  get joined(): Promise<void> {
    return this.#settled()
  }

  /** Where the app stands: to be given as `from` the next time. */
  get position(): Position | undefined {
    return this.#state?.position
  }

  /** Who is in the room, if the room tells; an entry a person. */
  get presence(): readonly PresenceEntry[] {
    return this.#state?.presence?.entries ?? EMPTY
  }

  /** Whether the client is in the room and has what it missed. */
  get isJoined(): boolean {
    return this.#state?.phase === 'joined'
  }

  /** @returns the way to stop */
  on<Type extends Name<Events>>(type: Type, listener: (payload: Events[Type], meta: Meta) => void): () => void {
    return this.#on(`:${type}`, (payload, meta) => listener(payload as Events[Type], meta as Meta))
  }

  /** The room has missed messages, and the reason: what the app shows of it may be incomplete. */
  onReset(listener: (reason: string) => void): () => void {
    return this.#on('reset', (reason) => listener(String(reason)))
  }

  /** The client is not in the room any more, or may not come in, and the reason. It does not come back by itself. */
  onLeft(listener: (code: string) => void): () => void {
    return this.#on('left', (error) => listener((error as ClientError).code))
  }

  /** Somebody has come, gone or changed. */
  onPresence(listener: (present: readonly PresenceEntry[]) => void): () => void {
    return this.#on('presence', () => listener(this.presence))
  }

  /** The client has come in, or has come back. */
  onJoined(listener: () => void): () => void {
    return this.#on('joined', () => listener())
  }

  /** A request that is sent once the client is in the room. See `client.request`. */
  readonly request: Send = (async (type: string, ...args: readonly unknown[]): Promise<unknown> => {
    await this.#settled()
    return this.#host.request(type, args)
  }) as unknown as Send

  /** Lets go of the room. The listeners of this handle end. */
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
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => (): void => {
        settle()
        for (const stop of stops) stop()
      }
      const stops = [
        this.#on('joined', end(resolve)),
        ...['left', 'closed'].map((type) => this.#on(type, (error) => end(() => reject(error))())),
        this.#add(() => reject(new ClientError('left'))),
      ]
    })
  }
}

/** Sends a request: that of the client. */
export type RoomSend = (type: string, payload?: unknown, options?: RequestOptions) => Promise<unknown>

const EMPTY: readonly PresenceEntry[] = []

export function faultError({ code, message, issues }: Fault, cause?: unknown): ClientError {
  return new ClientError(code, { message, issues, cause })
}

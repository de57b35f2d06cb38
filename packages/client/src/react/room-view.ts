import type { Client } from '../client.js'
import type { PresenceEntry } from '../machine/state.js'
import type { RoomHolderOptions } from '../options.js'
import type { Send } from '../requests.js'
import type { Room } from '../room.js'
import type { ListenerOf } from '../runner.js'
import type { EventsOf, Name, PresenceOf, RoutesOf } from '../types.js'

/** A room for a component. The object is replaced when one of its values changes. */
export interface RoomView<Router = unknown> {
  readonly name: string
  /** The handle; `undefined` until the component is mounted. */
  readonly room: Room<EventsOf<Router>, Send<RoutesOf<Router>>, PresenceOf<Router>> | undefined
  readonly isJoined: boolean
  /** The code with which the client was removed from the room or may not join it. */
  readonly code: string | undefined
  /** Used by the other hooks. */
  readonly source: RoomSource<Router>
}

const NO_USERS: readonly never[] = []

/** Holds a room while it has subscribers. */
export class RoomSource<Router = unknown> {
  readonly #client: Client<Router>
  readonly #name: string
  readonly #options: RoomHolderOptions
  readonly #listeners = new Set<() => void>()
  #room: RoomView<Router>['room']
  #view: RoomView<Router>

  constructor(client: Client<Router>, name: string, options: RoomHolderOptions) {
    this.#client = client
    this.#name = name
    this.#options = options
    this.#view = this.#look()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // Each subscription is an entry of its own, though the listener may be the same.
    const entry = (): void => listener()
    this.#listeners.add(entry)
    if (!this.#room) this.#hold()
    return () => {
      this.#listeners.delete(entry)
      // StrictMode mounts twice, and a list moves its items: a component that mounts again at once keeps the room.
      setTimeout(() => this.#release())
    }
  }

  readonly view = (): RoomView<Router> => this.#view

  readonly presence = (): readonly PresenceEntry<PresenceOf<Router>>[] => this.#room?.presence ?? NO_USERS

  readonly presenceCount = (): number => this.#room?.presenceCount ?? 0

  readonly noUsers = (): readonly never[] => NO_USERS

  on<Type extends Name<EventsOf<Router>>>(type: Type, listener: ListenerOf<EventsOf<Router>[Type]>): () => void {
    return this.#client.on(type, (payload, meta) => {
      if (meta.room === this.#name) listener(payload, meta)
    })
  }

  #hold(): void {
    const room = this.#client.room(this.#name, this.#options)
    this.#room = room
    const change = (code?: string): void => this.#change(code)
    room.onJoined(change)
    room.onReset(() => change())
    room.onPresence(() => change())
    room.onLeft(change)
    this.#view = this.#look()
  }

  #release(): void {
    if (this.#listeners.size > 0 || !this.#room) return
    this.#room.leave()
    this.#room = undefined
    this.#view = this.#look()
  }

  #change(code: string | undefined): void {
    const next = this.#look(code)
    if (next.isJoined !== this.#view.isJoined || next.code !== this.#view.code) this.#view = next
    for (const listener of this.#listeners) listener()
  }

  #look(code?: string): RoomView<Router> {
    return { name: this.#name, room: this.#room, isJoined: this.#room?.isJoined ?? false, code, source: this }
  }
}

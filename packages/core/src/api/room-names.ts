import { nameBytes } from '../admission/json-weight.js'
import { NO_ROOMS } from '../rooms/address.js'
import { sharedText } from '../util/shared-text.js'
import { Confidential } from './confidential-fields.js'

/** The rooms of a connection. A base class and not a part: there is one for each connection, and memory counts. */
export abstract class RoomNames<Data> extends Confidential<Data> {
  /** One room, as most connections have, is kept as its name alone until the set is read. */
  #rooms: Set<string> | string | undefined

  #named: readonly string[] | string | undefined

  /** The rooms that the app named for it at the handshake. @internal */
  get namedRooms(): readonly string[] | undefined {
    return typeof this.#named === 'string' ? [this.#named] : this.#named
  }

  /** @internal */
  set namedRooms(names: readonly string[] | undefined) {
    this.#named = names?.length === 1 ? names[0] : names
  }

  /** The names of its rooms. In `onClose` they are still those that it was in when it closed. */
  get rooms(): ReadonlySet<string> {
    if (typeof this.#rooms === 'string') this.#rooms = new Set([this.#rooms])
    return this.#rooms ?? NO_ROOMS
  }

  /** Whether it is a member of a room. */
  in(room: string): boolean {
    return typeof this.#rooms === 'string' ? this.#rooms === room : this.rooms.has(room)
  }

  /** The rooms it is in, without making the set of `rooms`. @internal */
  get roomNames(): string[] {
    return typeof this.#rooms === 'string' ? [this.#rooms] : [...this.rooms]
  }

  /** @internal */
  entered(room: string): void {
    this.roomChanged(room, nameBytes(room))
    if (this.#rooms === undefined) this.#rooms = sharedText(room)
    else (this.rooms as Set<string>).add(room)
  }

  /** @internal */
  left(room: string): void {
    this.roomChanged(room, -nameBytes(room))
    if (this.#rooms === room) this.#rooms = undefined
    else (this.rooms as Set<string>).delete(room)
  }

  /** It has entered a room, or has left it. @param bytes by which the names of its rooms have grown @internal */
  protected abstract roomChanged(room: string, bytes: number): void
}

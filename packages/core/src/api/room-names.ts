import { nameBytes } from '../admission/json-weight.js'
import { NO_ROOMS } from '../rooms/address.js'
import { sharedText } from '../util/shared-text.js'
import { Confidential } from './confidential-fields.js'

/** The rooms of a connection. It is a base class, because a separate object for each connection would need more memory. */
export abstract class RoomNames<Data> extends Confidential<Data> {
  /** A single room, which most connections have, is stored as its name until `rooms` is read. */
  #rooms: Set<string> | string | undefined

  #named: readonly string[] | string | undefined

  /** The rooms that `describe` returned at the last handshake. @internal */
  get namedRooms(): readonly string[] | undefined {
    return typeof this.#named === 'string' ? [this.#named] : this.#named
  }

  /** @internal */
  set namedRooms(names: readonly string[] | undefined) {
    this.#named = names?.length === 1 ? names[0] : names
  }

  /** The names of the connection's rooms. In `onClose` these are still the rooms that it was in when it closed. */
  get rooms(): ReadonlySet<string> {
    if (typeof this.#rooms === 'string') this.#rooms = new Set([this.#rooms])
    return this.#rooms ?? NO_ROOMS
  }

  /** Whether the connection is a member of a room. */
  in(room: string): boolean {
    return typeof this.#rooms === 'string' ? this.#rooms === room : this.rooms.has(room)
  }

  /** The names of its rooms, read without making the set of `rooms`. @internal */
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

  /** The connection has entered or left a room. @param bytes its size in memory, negative if the room was left @internal */
  protected abstract roomChanged(room: string, bytes: number): void
}

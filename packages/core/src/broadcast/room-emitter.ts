import { withRoom } from '../history/event-text.js'
import type { Streams } from '../history/streams.js'
import type { Address } from '../rooms/address.js'

/** What emits need of their hub. */
export interface RoomEmitterHost {
  readonly streams: Streams
  /** The user of a connection of this server. */
  userOf(connection: string): string | undefined
  /** A message is about to be kept for an address. */
  charge(address: Address): void
  /** Delivers a text that is not kept. */
  deliver(address: Address, text: string): void
}

/** Emits events to rooms. A room with history keeps them first. */
export class RoomEmitter {
  readonly #host: RoomEmitterHost

  constructor(host: RoomEmitterHost) {
    this.#host = host
  }

  /** @param text the event as JSON */
  emit(address: Address, text: string): void {
    const { names } = address
    const { streams } = this.#host
    const [room = ''] = names
    if (names.length === 1) this.#emitTo(room, address, text)
    else if (names.some((name) => streams.placeOf(name))) {
      // With a history among them, every room gets its own message: a position is one of a room.
      for (const name of names) this.#emitTo(name, { ...address, names: [name] }, text)
    } else this.#host.deliver(address, text)
  }

  #emitTo(room: string, address: Address, text: string): void {
    const { streams } = this.#host
    const place = streams.placeOf(room)
    if (place) {
      this.#host.charge(address)
      streams.record(place, this.#withUsers(address), text)
    } else this.#host.deliver(address, withRoom(text, room))
  }

  /** With the users of the connections that are left out by id, as far as they are of this server. */
  #withUsers(address: Address): Address {
    if (address.except.size === 0) return address
    const users = new Set(address.exceptUsers)
    for (const id of address.except) {
      const user = this.#host.userOf(id)
      if (user !== undefined) users.add(user)
    }
    return users.size > 0 ? { ...address, exceptUsers: users } : address
  }
}

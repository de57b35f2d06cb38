import type { Summary } from '../util/inspect-summary.js'
import { type Address, idOf, NO_EXCEPTIONS } from '../rooms/address.js'
import type { Presence } from '../presence/presence.js'
import { Audience, type AudienceHost } from './audience.js'
import type { RoomHistory } from './room-history.js'

/** What a room knows of a connection. */
export interface Member {
  readonly id: string
  /** The rooms it is in. */
  readonly rooms: ReadonlySet<string>
  /** False once it has begun to close. @internal */
  readonly accepting: boolean
  /** @internal */
  entered(room: string): void
  /** @internal */
  left(room: string): void
}

/** The members that rooms have now, by name. */
export interface Occupancy {
  occupants(name: string): ReadonlySet<Member>
}

/**
 * An audience with a name. `hub.room(name)` gives one whether or not anybody is in it; it always shows who is there now.
 */
export class Room<Data = unknown, Events extends object = Record<string, unknown>> extends Audience<Data, Events> {
  readonly name: string
  protected readonly broadcaster: AudienceHost<Data, Events>
  protected readonly address: Address
  readonly #occupancy: Occupancy

  /** @internal */
  constructor(name: string, broadcaster: AudienceHost<Data, Events>, occupancy: Occupancy) {
    super()
    this.name = name
    this.broadcaster = broadcaster
    this.address = { scope: 'room', names: [name], except: NO_EXCEPTIONS }
    this.#occupancy = occupancy
  }

  /** How many connections of this server are in it. */
  get size(): number {
    return this.#occupancy.occupants(this.name).size
  }

  /**
   * Who is here on all servers, each person once with their tabs: first those of this server, in the order in which they
   * came. Connections without a user are nobody in particular. While the other servers can't be asked, it is this server's
   * people, and `onError` is told. Never rejects.
   */
  presence(): Promise<Presence[]> {
    return this.broadcaster.presence('room', this.name)
  }

  /** What was emitted to it; `undefined` where it has no history. */
  get history(): RoomHistory | undefined {
    return this.broadcaster.history(this.name)
  }

  override toJSON(): Summary {
    return { name: this.name, size: this.size }
  }

  /** Whether a connection, given as such or by id, is in it on this server. */
  has(connection: string | { readonly id: string }): boolean {
    const id = idOf(connection)
    for (const member of this.#occupancy.occupants(this.name)) if (member.id === id) return true
    return false
  }
}

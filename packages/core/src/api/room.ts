import type { Summary } from '../util/inspect-summary.js'
import { type Address, idOf, NO_EXCEPTIONS } from '../rooms/address.js'
import type { Presence } from '../presence/presence.js'
import { Audience, type AudienceParts } from './audience.js'
import type { Connection } from './connection.js'
import type { HubTypes } from './hub-types.js'
import type { RoomOptionsOf } from '../rooms/room-config.js'
import { RoomHistory } from './room-history.js'

/** Options of a room. `Match` is how the pattern of `createRoom` matches: `undefined` for a room that is created by name. */
export type RoomOptions<Types extends HubTypes = HubTypes, Match = RegExpExecArray | undefined> = RoomOptionsOf<
  Connection<Types>,
  Match
>

/** The members that rooms have now, by name. */
export interface Occupancy {
  occupants(name: string): ReadonlySet<{ readonly id: string }>
}

/**
 * An audience with a name. `hub.room(name)` returns one whether or not it has members; it always shows the present members.
 */
export class Room<Types extends HubTypes = HubTypes> extends Audience<Types> {
  readonly name: string
  /** @internal */
  protected readonly parts: AudienceParts<Types>
  /** @internal */
  protected readonly address: Address
  readonly #occupancy: Occupancy

  /** @internal */
  constructor(name: string, parts: AudienceParts<Types>, occupancy: Occupancy) {
    super()
    this.name = name
    this.parts = parts
    this.address = { scope: 'room', names: [name], except: NO_EXCEPTIONS }
    this.#occupancy = occupancy
  }

  /** How many connections of this server are in it. */
  get size(): number {
    return this.#occupancy.occupants(this.name).size
  }

  /**
   * The users in the room on all servers, each once with the ids of their connections: first those of this server, in the
   * order in which they joined. Connections without a user are not listed. If the other servers can't be asked, only the
   * users of this server are listed, and `onError` gets the error. Never rejects.
   */
  presence(): Promise<Presence[]> {
    return this.parts.presence.list('room', this.name)
  }

  /** What was emitted to it; `undefined` if it has no history. */
  get history(): RoomHistory | undefined {
    const { streams } = this.parts
    return streams.placeOf(this.name) && new RoomHistory(() => streams.placeOf(this.name))
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

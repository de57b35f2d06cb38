import type { Summary } from '../util/inspect-summary.js'
import { type Address, idOf, NO_EXCEPTIONS } from '../rooms/address.js'
import type { Presence } from '../presence/presence.js'
import { Audience, type AudienceParts } from './audience.js'
import type { Connection } from './connection.js'
import type { HubTypes, PresenceOf } from './hub-types.js'
import type { Jsonify } from '../protocol/index.js'
import type { RoomOptionsOf } from '../rooms/room-config.js'
import type { StreamPlace } from '../history/stream-place.js'
import { RoomHistory } from './room-history.js'

/** Options of a room. `Match` is the match of a room pattern; `undefined` for a room that is created by name. */
export type RoomOptions<Types extends HubTypes = HubTypes, Match = RegExpExecArray | undefined> = RoomOptionsOf<
  Connection<Types>,
  Match
>

/** The members that rooms have now, by name. */
export interface Occupancy {
  occupants(name: string): ReadonlySet<{ readonly id: string }>
}

/** The members of a room as an audience. `hub.room(name)` returns one whether or not the room has members. */
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

  /** The number of its members on this server. */
  get size(): number {
    return this.#occupancy.occupants(this.name).size
  }

  /**
   * The users in the room on all servers, each once with the ids of its connections. Users of this server come first, in the
   * order in which they joined. Connections without a user are not listed. If the broker fails, the list has only the users of
   * this server, and `onError` gets the error. Never rejects.
   */
  presence(): Promise<Presence<Jsonify<PresenceOf<Types>>>[]> {
    return this.parts.presence.list('room', this.name) as Promise<Presence<Jsonify<PresenceOf<Types>>>[]>
  }

  /**
   * How many users are in the room on all servers. It reads no list if the room has the option `presence` and members on this
   * server, or if the broker can count. Users of a crashed server count until its lease expires. Never rejects.
   */
  presenceCount(): Promise<number> {
    return this.parts.presence.count(this.name)
  }

  /** The messages that were emitted to the room; `undefined` if the room keeps no history. */
  get history(): RoomHistory<Types> | undefined {
    const { streams, broadcaster } = this.parts
    const place = (): StreamPlace | undefined => streams.placeOf(this.name)
    return place() && new RoomHistory<Types>(place, (text) => broadcaster.append(this.address, text))
  }

  override toJSON(): Summary {
    return { name: this.name, size: this.size }
  }

  /** Whether a connection, or the connection with this id, is a member on this server. */
  has(connection: string | { readonly id: string }): boolean {
    const id = idOf(connection)
    for (const member of this.#occupancy.occupants(this.name)) if (member.id === id) return true
    return false
  }
}

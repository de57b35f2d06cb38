import { inspect, type InspectOptions } from 'node:util'
import type { Connection } from './connection.js'
import type { AskArguments, AsksOf, EventArguments, EventsOf, HubTypes, NameIn, ReplyTo } from './hub-types.js'
import { assertCloseCode, closeReason } from '../connection/closure.js'
import { Emission } from '../broadcast/emission.js'
import type { Broadcaster } from '../broadcast/broadcaster.js'
import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import type { Replies } from '../cluster/audience-request.js'
import type { AudienceRequests } from '../cluster/audience-requests.js'
import type { Streams } from '../history/streams.js'
import type { PresenceTracker } from '../presence/presence-tracker.js'
import { type Address, idOf, roomNames } from '../rooms/address.js'
import { isConnectionId } from '../connection/random-id.js'
import { quote } from '../errors.js'
import { kindOf } from '../util/option-rules.js'
import { CloseCode, encode, encodeEvent } from '../protocol/index.js'
import { inspectSummary, type Summary } from '../util/inspect-summary.js'

/** What `except` leaves out: a connection, its id, or `{ room }` for the members of a room. */
export type Exception = string | { readonly id: string } | { readonly room: string }

/** What reaches the members of an audience. @internal */
export interface AudienceParts<Types extends HubTypes> {
  readonly broadcaster: Pick<Broadcaster<Connection<Types>>, 'append' | 'deliver' | 'emit' | 'emitWith' | 'command'>
  readonly requests: Pick<AudienceRequests<Connection<Types>>, 'request'>
  readonly registry: Pick<ConnectionRegistry<Connection<Types>>, 'select'>
  readonly presence: Pick<PresenceTracker<Connection<Types>>, 'list' | 'count'>
  readonly streams: Pick<Streams, 'placeOf'>
}

/**
 * A group of connections of a hub: all of them, or those of rooms, users, sessions or ids. Its members are looked
 * up each time it is used, on every server. An audience without members is no error.
 */
export abstract class Audience<Types extends HubTypes = HubTypes> {
  /** @internal */
  protected abstract readonly parts: AudienceParts<Types>
  /** @internal */
  protected abstract get address(): Address

  /**
   * Sends a text frame (string) or a binary frame (bytes). The bytes are copied.
   * @throws TypeError on a hub with a router if the bytes begin with `77 73 68 01`, as an envelope with bytes does
   */
  send(data: string | Uint8Array): void {
    this.parts.broadcaster.deliver(this.address, data)
  }

  /** Sends a value as JSON text. @throws TypeError if it has no JSON form */
  json(value: unknown): void {
    this.parts.broadcaster.deliver(this.address, encode(value))
  }

  /**
   * Sends an event: `{ "type", "payload" }`.
   * @throws TypeError if the type is empty or belongs to the protocol, the payload has no JSON form, or an option is invalid;
   * HubError `no_history` for `bytes` to a room with history, unless it is `volatile`
   */
  emit<Type extends NameIn<EventsOf<Types>>>(
    type: Type,
    ...[payload, options]: EventArguments<EventsOf<Types>, Type>
  ): void {
    if (options) this.parts.broadcaster.emitWith(this.address, new Emission(type, payload, options))
    else this.parts.broadcaster.emit(this.address, encodeEvent(type, payload))
  }

  /**
   * Closes these connections after the messages that were sent to them before.
   * @param code 4401 by default: the session has ended, and clients do not reconnect by themselves
   * @param reason shortened to 123 bytes (RFC 6455 section 5.5)
   * @throws RangeError for a code that can't be sent
   */
  disconnect(code: number = CloseCode.Unauthorized, reason = ''): void {
    assertCloseCode(code)
    this.parts.broadcaster.command(this.address, { do: 'disconnect', code, reason: closeReason(reason) })
  }

  /**
   * Makes every connection of this audience a member of a room, or of several. Refused joins, such as `room_full`, are reported
   * to `onError` of the connection's server with the stage `join`.
   * @throws TypeError for a name that is not a string
   */
  join(rooms: string | readonly string[]): void {
    for (const room of roomNames(rooms)) this.parts.broadcaster.command(this.address, { do: 'join', room })
  }

  /**
   * Removes every connection of this audience from a room, or from several. `onLeave` runs for each membership that ends.
   * @throws TypeError for a name that is not a string
   */
  leave(rooms: string | readonly string[]): void {
    for (const room of roomNames(rooms)) this.parts.broadcaster.command(this.address, { do: 'leave', room })
  }

  /**
   * Sends a request to every connection on every server, and waits until all have answered or the timeout is over (10,000 ms).
   * Resolves with `{ replies, missing }`: a connection that does not reply is listed in `missing`.
   * @throws (as a rejection) TypeError for an invalid type, payload or timeout
   */
  request<Type extends NameIn<AsksOf<Types>>>(
    type: Type,
    ...[payload, options]: AskArguments<AsksOf<Types>, Type>
  ): Promise<Replies<ReplyTo<AsksOf<Types>, Type>>> {
    const asked = this.parts.requests.request(this.address, { type, payload, options })
    return asked as Promise<Replies<ReplyTo<AsksOf<Types>, Type>>>
  }

  /** The connections of the audience on this server. */
  members(): Connection<Types>[] {
    return [...this.parts.registry.select(this.address)]
  }

  /**
   * The same audience without some connections: a connection, its id, or `{ room }` for all connections that are members of
   * that room when the message is delivered, on every server. In a room with history, other connections of an excluded user get the message
   * when it is emitted, but not when they request the last messages.
   * @throws TypeError for any other value, such as a string that is not a connection id
   */
  except(...exceptions: Exception[]): Audience<Types> {
    const except = new Set(this.address.except)
    const exceptRooms = new Set(this.address.exceptRooms)
    const users = new Set(this.address.exceptUsers)
    for (const one of exceptions) {
      if (isRoomException(one)) exceptRooms.add(one.room)
      else except.add(connectionIdOf(one))
      if (isUser(one)) users.add(one.user)
    }
    const rooms = exceptRooms.size > 0 ? { exceptRooms: [...exceptRooms] } : {}
    return new Group(this.parts, {
      ...this.address,
      except,
      ...rooms,
      ...(users.size > 0 && { exceptUsers: users }),
    })
  }

  /** `{ scope, names }`, without the ids of sessions. */
  toJSON(): Summary {
    const { scope, names } = this.address
    return scope === 'session' ? { scope, sessions: names.length } : { scope, names }
  }

  /** The text that `util.inspect` and `console.log` show. @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    return inspectSummary(this.constructor.name, this.toJSON(), { depth, options })
  }
}

function isRoomException(one: unknown): one is { readonly room: string } {
  if (typeof one !== 'object' || one === null || 'id' in one || !('room' in one)) return false
  if (typeof one.room === 'string') return true
  throw new TypeError(`except({ room }) needs the name of a room, which is a string, not ${kindOf(one.room)}.`)
}

/** Whether an exception is a connection with a user. */
function isUser(one: string | object): one is { readonly user: string } {
  return typeof one === 'object' && 'user' in one && typeof one.user === 'string'
}

/** The id of a connection. @throws TypeError if a string is not an id, such as a room's name: it would exclude no connection */
function connectionIdOf(one: string | { readonly id: string }): string {
  const id = idOf(one)
  if (isConnectionId(id)) return id
  throw new TypeError(`except() needs connections or their ids, and ${quote(id)} is not the id of a connection.`)
}

/** An audience by address. @internal */
export class Group<Types extends HubTypes> extends Audience<Types> {
  /** @internal */
  protected readonly parts: AudienceParts<Types>
  // A private field, so that a copy of the object does not contain the ids of sessions.
  readonly #address: Address

  constructor(parts: AudienceParts<Types>, address: Address) {
    super()
    this.parts = parts
    this.#address = address
  }

  /** @internal */
  protected get address(): Address {
    return this.#address
  }
}

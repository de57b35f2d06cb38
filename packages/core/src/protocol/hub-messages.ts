import type { GapReason, Position } from './position.js'

// The messages of the protocol itself. docs/protocol.md describes when they are sent and which errors answer them.

/** The requests of clients to the hub, by type. An answer is a `reply` with this payload, or an `error`. */
export interface HubRequests {
  'hub:hello': { readonly payload: HelloPayload; readonly reply: Welcome }
  'hub:ping': { readonly payload: undefined; readonly reply: undefined }
  'hub:join': { readonly payload: JoinPayload; readonly reply: Joined }
  'hub:leave': { readonly payload: LeavePayload; readonly reply: Readonly<Record<string, never>> }
  'hub:recover': { readonly payload: RecoverPayload; readonly reply: Recovered }
  'hub:refresh': { readonly payload: RefreshPayload; readonly reply: Refreshed }
}

/** The messages of clients to the hub that get no answer, by type. */
export interface HubCommands {
  'hub:cancel': CancelPayload
}

/** The messages of the hub to clients, by type. */
export interface HubEvents {
  /** One value of a streamed reply. It comes with the `id` of the request, and before the answer. */
  'hub:next': unknown
  'hub:left': LeftPayload
  'hub:gap': GapPayload
  'hub:presence': PresencePayload
}

/** Asks for facts about the connection. */
export interface HelloPayload {
  /** The highest version of the protocol that the client speaks: a whole number of at least 1. */
  readonly version: number
}

/** The facts about a connection. Times are durations, because clocks differ. */
export interface Welcome {
  /** The highest version that both sides speak. */
  readonly version: number
  /** The id of the connection. */
  readonly connection: string
  /** The user of the connection, if the app named one. */
  readonly user?: string
  /** Milliseconds until the connection is closed with 4401, unless the app extends it. Absent if it does not expire. */
  readonly expiresIn?: number
  /** Milliseconds of silence after which the server pings. */
  readonly pingInterval: number
  /** Bytes of the largest message that the server takes. */
  readonly maxMessageSize: number
}

/** Asks for the messages after a position, or for the last messages. With neither, the answer is only the position. */
export interface RecoverPayload extends Partial<Position> {
  readonly room: string
  /** Instead of a position: how many of the last messages. @default 0 */
  readonly last?: number
  /** The id of the client's former connection: messages that excluded it are left out. */
  readonly connection?: string
}

/** Asks to become a member of a room, and for the messages that were missed in it. */
export interface JoinPayload extends RecoverPayload {
  /** Passed to `authorize` of the app. */
  readonly payload?: unknown
}

/** The answer to a recovery. */
export interface Recovered extends Position {
  /**
   * Whether the client was sent all messages for it from its position up to the position of this answer. Later messages
   * follow.
   */
  readonly recovered: boolean
  /** The reason if `recovered` is false. */
  readonly reason?: GapReason
  /** The id of the connection, for the next recovery. */
  readonly connection: string
}

/** The answer to a join. The properties of {@link Recovered} are present if the room has a history. */
export interface Joined extends Partial<Recovered> {
  /** The id of the connection. */
  readonly connection: string
  /** Who is in the room, if it has presence. */
  readonly presence?: RoomList
}

/**
 * The users of a room with presence. A client that applies every `hub:presence` with a larger `seq` to the list has the current
 * one. A room with more users than its limit has only their number.
 */
export type RoomList =
  | { readonly seq: number; readonly entries: readonly ListedMember[] }
  | { readonly seq: number; readonly count: number }

/** A user in a room with presence, as clients get it. */
export interface ListedMember {
  readonly user: string
  /** The presence state of the user: that of the newest connection. Absent if there is none. */
  readonly state?: unknown
  /** The ids of the user's connections in the room, the newest first; at most 32. */
  readonly connections: readonly string[]
}

/** Leaves a room that the client joined with `hub:join`. */
export interface LeavePayload {
  readonly room: string
}

/** Runs the handshake of the connection through the app again. */
export interface RefreshPayload {
  /** A new bearer token: 1 to 8,192 visible ASCII characters. @default that of the handshake */
  readonly token?: string
}

/** The answer to a refresh that the app accepts. */
export interface Refreshed {
  /** Milliseconds until the connection expires. Absent if it does not. */
  readonly expiresIn?: number
}

/** Cancels a request. The cancel has no answer, the request gets one: `cancelled`, unless it was answered before. */
export interface CancelPayload {
  /** The `id` of the client's own request. */
  readonly id: string | number
}

/** A connection is no longer in a room. No message of the room follows. */
export interface LeftPayload {
  readonly room: string
  readonly code: LeftCode
}

/** Why a connection is no longer in a room: the app removed it, it lost the permission, or the room was removed. */
export type LeftCode = 'left' | 'forbidden' | 'room_removed'

/** Messages of a room may be missing. Messages continue after this position. */
export interface GapPayload extends Position {
  readonly room: string
  readonly reason: GapReason
}

/** A change of the users of a room, or all of them. */
export type PresencePayload = PresenceNews & { readonly room: string }

/**
 * A change of a room's users; with `reset` all of them; with `count` only their number, because there are too many. `seq`
 * rises by one with each message of a room.
 */
export type PresenceNews =
  | {
      readonly seq: number
      readonly joined: readonly ListedMember[]
      /** Users whose state or connections have changed, as they are now. */
      readonly changed: readonly ListedMember[]
      readonly left: readonly string[]
    }
  | { readonly seq: number; readonly reset: true; readonly entries: readonly ListedMember[] }
  | { readonly seq: number; readonly count: number }

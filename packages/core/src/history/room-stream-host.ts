import type { Lost, Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import type { UnkeptIds } from './unkept-ids.js'

/** Why members of a room may have missed something. */
export type GapReason = Lost | 'unreadable'

/** How messages come to the members of a room. */
export interface MembersHost {
  /** Hands a message to this server's members. @param isMeant to which of them, if some were shown it before */
  deliver(message: ClusterMessage, position: Position, isMeant: ((member: object) => boolean) | undefined): void
  /** Sends a message without a position to everybody, because the store is not known to have kept it. */
  deliverUnkept(message: ClusterMessage): void
}

/** What the streams of rooms need of their hub. One object serves all of them. */
export interface RoomStreamHost<Stream> extends MembersHost {
  /** What was shown without a position. */
  readonly unkept: UnkeptIds
  /** This server's members have missed something and go on from a position. */
  gap(room: string, reason: GapReason, position: Position): void
  /** A message was not kept, and is not delivered either. */
  refused(room: string): void
  /** Runs a read of the store, later if many are under way. */
  limited(read: () => Promise<void> | void): void
  /** The state of a room's stream has changed. */
  changed(room: string, stream: Stream): void
  /** The store failed. */
  failed(error: unknown): void
  /** The store has done what it was asked. */
  worked(): void
}

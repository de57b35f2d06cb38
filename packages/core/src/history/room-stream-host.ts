import type { ClusterMessage } from '../cluster/cluster-message.js'
import type { GapReason, Position } from '../protocol/index.js'
import type { PendingAppends } from './pending-appends.js'
import type { UnkeptIds } from './unkept-ids.js'

/** Delivers messages to the members of a room. */
export interface MembersHost {
  /** Hands a message to this server's members. @param isMeant selects members if some have it already */
  deliver(message: ClusterMessage, position: Position, isMeant: ((member: object) => boolean) | undefined): void
  /**
   * Sends a message without a position to all members and servers, because the store has not confirmed that it kept it.
   * @param isMeant selects this server's members
   */
  deliverUnkept(message: ClusterMessage, isMeant: (member: object) => boolean): void
}

/** What the streams of rooms need of the hub. One object serves all streams. */
export interface RoomStreamHost<Stream> extends MembersHost {
  /** The messages whose emitters wait for the store. */
  readonly appends: PendingAppends
  /** The messages that were delivered without a position. */
  readonly unkept: UnkeptIds
  /** The members of this server have missed messages, and continue from a position. */
  gap(room: string, reason: GapReason, position: Position): void
  /** A message was not kept, and is not delivered either. */
  refused(room: string): void
  /** Runs a read of the store, later if many reads are in progress. */
  limited(read: () => Promise<void> | void): void
  /** The state of a room's stream has changed. */
  changed(room: string, stream: Stream): void
  /** The store failed. */
  failed(error: unknown): void
  /** A request to the store succeeded. */
  worked(): void
}

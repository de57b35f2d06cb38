import type { BrokerHistory, Position } from '../broker/broker-history.js'
import type { Courier } from '../broker/courier.js'
import type { Parcel } from '../broker/parcel.js'
import type { RoomPlans } from '../rooms/plans.js'
import type { GapReason } from './room-stream-host.js'

/** Whom streams deliver to. */
export interface StreamReaders {
  /**
   * Hands a message to this server's members, with its position, or without if it could not be kept.
   * @param isMeant to which of them; default: to all
   */
  deliverEvent(parcel: Parcel, position?: Position, isMeant?: (member: object) => boolean): void
  /** This server's members of a room have missed something and go on from a position. */
  gap(room: string, reason: GapReason, position: Position): void
  /** Whether a room has members on this server. */
  isOccupied(room: string): boolean
  /** A message was not kept, and is not delivered either. */
  refused(): void
  failed(error: unknown): void
}

/** What the streams of a hub need. */
export interface StreamsHost {
  readonly courier: Courier
  readonly history: BrokerHistory | undefined
  readonly plans: RoomPlans
  readonly members: StreamReaders
}

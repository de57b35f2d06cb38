import type { BrokerHistory, Position } from '../cluster/broker-history.js'
import type { ClusterBus } from '../cluster/cluster-bus.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import type { RoomConfig } from '../rooms/room-config.js'
import type { GapReason } from '../protocol/index.js'

/** Receives what streams deliver. */
export interface StreamReaders {
  /**
   * Hands a message to this server's members, with its position, or without if it could not be kept.
   * @param isMeant selects the members; default: all of them
   */
  deliverEvent(message: ClusterMessage, position?: Position, isMeant?: (member: object) => boolean): void
  /** The members of a room on this server have missed messages, and continue from a position. */
  gap(room: string, reason: GapReason, position: Position): void
  /** Whether a room has members on this server. */
  isOccupied(room: string): boolean
  /** A message was not kept, and is not delivered either. */
  refused(): void
  failed(error: unknown): void
}

/** What streams need of their hub. */
export interface StreamsHost {
  readonly bus: ClusterBus
  readonly history: BrokerHistory | undefined
  readonly configs: { of(room: string): Pick<RoomConfig, 'history'> }
  readonly members: StreamReaders
}

import type { AsyncResource } from 'node:async_hooks'
import type { RerunSource } from '../refresh/rerun-source.js'
import type { ConnectionSlot } from './connection-slot.js'
import type { Handshake, Identity } from './identity.js'

/** What a handshake has found out about a connection. */
export interface AcceptedHandshake<Data> {
  readonly identity: Identity<Data>
  readonly handshake: Handshake
  /** The async context in which the connection's handlers run. */
  readonly scope: AsyncResource
  /** Brings the handshake to its app once more. */
  readonly source: RerunSource
}

/** Places that are reserved from `upgrade()` on. */
export interface PendingAdmission {
  /** The place in the hub. */
  readonly slot: ConnectionSlot
  /** Releases the places in rooms: because nothing takes them, or right before they are taken. A second call does nothing. */
  releaseRooms(): void
}

/** A handshake that may become a connection, and the places that are reserved for it. */
export interface Admission<Data> extends AcceptedHandshake<Data>, PendingAdmission {}

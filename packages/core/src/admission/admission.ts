import type { AsyncResource } from 'node:async_hooks'
import type { RerunSource } from '../refresh/rerun-source.js'
import type { ConnectionSlot } from './connection-slot.js'
import type { Handshake, Identity } from './identity.js'

/** The result of an accepted handshake. */
export interface AcceptedHandshake<Data> {
  readonly identity: Identity<Data>
  readonly handshake: Handshake
  /** The async context in which the connection's handlers run. */
  readonly scope: AsyncResource
  /** Runs the handshake through its app again. */
  readonly source: RerunSource
}

/** The places that `upgrade()` has reserved for a handshake. */
export interface PendingAdmission {
  /** The place in the hub. */
  readonly slot: ConnectionSlot
  /** Releases the places in rooms, if the handshake fails or right before the connection joins them. A second call does nothing. */
  releaseRooms(): void
}

/** A handshake that may become a connection, and the places that are reserved for it. */
export interface Admission<Data> extends AcceptedHandshake<Data>, PendingAdmission {}

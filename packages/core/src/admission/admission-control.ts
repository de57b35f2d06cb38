import type { Counters, LabelledCounters } from '../observability/counters.js'
import type { Warnings } from '../observability/warnings.js'
import type { CheckedUpgrade, TransportFactory } from '../connection/transport-factory.js'
import type { Transport } from '../connection/transport.js'
import { HubError } from '../errors.js'
import { closeForShutdown } from '../lifecycle/shutdown.js'
import type { Admission, PendingAdmission } from './admission.js'
import type { Capacity, CapacityLimits } from './capacity.js'
import type { Identity } from './identity.js'
import type { MemoryBudget } from './memory-budget.js'
import type { Revocations } from './revocations.js'

/** What decides whether a handshake becomes a connection. */
export interface AdmissionParts<Data> {
  readonly limits: CapacityLimits
  readonly capacity: Capacity
  readonly budget: MemoryBudget
  readonly revocations: Revocations
  readonly rooms: { reserve(rooms: readonly string[]): () => void }
  readonly transports: TransportFactory
  readonly connections: { open(transport: Transport, admission: Admission<Data>): AdmittedConnection }
  readonly warnings: Warnings
  readonly counters: Counters
  readonly labelled: LabelledCounters
}

/** A connection that was admitted. */
export interface AdmittedConnection {
  close(code: number, reason: string): void
}

/** When a handshake began, and from where. */
export interface HandshakeOrigin {
  readonly address: string
  /** On the clock of `performance.now()`. */
  readonly begunAt: number
}

/** Decides which handshakes become connections of a hub. */
export class AdmissionControl<Data> {
  readonly warnings: Warnings
  readonly #parts: AdmissionParts<Data>
  /** Milliseconds over which clients are asked to reconnect; set once the hub closes. */
  #spread: number | undefined

  constructor(parts: AdmissionParts<Data>) {
    this.#parts = parts
    this.warnings = parts.warnings
  }

  /**
   * Reserves a place in the hub and in its rooms for a handshake.
   * @throws HubError `hub_closing`, `hub_overloaded`, `hub_full`, `room_full`, `handshake_too_old` (503), `too_many_connections`,
   * `too_many_rooms` (429), `revoked` (401), `invalid_room` (400)
   */
  reserve(identity: Identity<Data>, { address, begunAt }: HandshakeOrigin): PendingAdmission {
    const { budget, limits, capacity, warnings } = this.#parts
    if (this.#spread !== undefined) throw new HubError('hub_closing', 'The server is going away.')
    if (budget.free === 0) {
      throw new HubError('hub_overloaded', 'The server holds too much for its clients; try again.')
    }
    const objection = this.objection(identity, begunAt)
    if (objection) throw objection
    const { user, rooms = [] } = identity
    if (user === undefined && limits.maxConnectionsPerUser < Infinity) warnings.warn('WSHUB_NO_USER')
    const releaseRooms = this.#parts.rooms.reserve(rooms)
    try {
      return { slot: capacity.reserve(user, address), releaseRooms }
    } catch (error) {
      releaseRooms()
      throw error
    }
  }

  /** Why a handshake may not become a connection although a place is reserved for it; `undefined` if it may. */
  objection(identity: Identity<Data>, begunAt: number): HubError | undefined {
    return this.#parts.revocations.against(identity, begunAt)
  }

  /** `upgrade()` has refused a handshake. @param code of the error */
  refused(code: string): void {
    this.#parts.labelled.refused.add(code)
  }

  /**
   * Sends the 101 and opens the connection.
   * @param headers header lines of the app's own 101
   * @returns false if the socket was lost
   */
  open(upgrade: CheckedUpgrade, headers: readonly string[], admission: Admission<Data>): boolean {
    const { transports, connections, counters } = this.#parts
    const transport = transports.accept(upgrade, { headers, protocol: admission.handshake.protocol })
    if (!transport) return false
    counters.opened += 1
    const connection = connections.open(transport, admission)
    // Its place was reserved before the hub began to close.
    if (this.#spread !== undefined) closeForShutdown(connection, Math.random() * this.#spread)
    return true
  }

  /** Refuses every reservation from now on. @param spread milliseconds over which clients are asked to reconnect */
  stop(spread: number): void {
    this.#spread = spread
  }
}

import { randomBytes } from 'node:crypto'
import type { BrokerPresence } from '../cluster/broker.js'
import { type LeaseState, leaseOpened, leaseRenewed, mayReap, newLease } from './lease-state.js'

/** The result of a renewal. `lost`: another lease was opened; `expired`: members of other servers may have to be removed. */
export type Renewal = 'kept' | 'lost' | 'expired'

/** Opens and renews the lease of this server. */
export class LeaseKeeper {
  readonly state: LeaseState = newLease()
  readonly #presence: BrokerPresence
  #opening: Promise<void> | undefined
  #reaping = false

  constructor(presence: BrokerPresence) {
    this.#presence = presence
  }

  /** Whether members of dead leases may be removed now. */
  get mayReap(): boolean {
    return mayReap(this.state, { now: performance.now(), lease: this.#presence.lease })
  }

  /** Resolves once there is a lease. Rejects if the store fails. */
  async ready(): Promise<void> {
    if (this.state.id !== undefined) return
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined))
    await this.#opening
  }

  /** Renews the lease, or opens another one. Rejects if the store fails. */
  async renew(): Promise<Renewal> {
    const { id } = this.state
    if (id === undefined) {
      await this.ready()
      return 'kept'
    }
    const renewal = leaseRenewed(this.state, id, await this.#presence.renew(id))
    if (renewal === 'lost') await this.ready()
    return renewal === 'kept' && this.#mayReapAtLast() ? 'expired' : renewal
  }

  /** The leases of the other servers that live. Rejects if the store fails. */
  async others(): Promise<ReadonlySet<string>> {
    const { id } = this.state
    return new Set((await this.#presence.living()).filter((lease) => lease !== id))
  }

  /** Ends the lease. Rejects if the store fails. */
  async release(): Promise<void> {
    const { id } = this.state
    if (id !== undefined) await this.#presence.release(id)
  }

  async #open(): Promise<void> {
    // A new id for each attempt: a delayed command would otherwise open a lease that is known to have expired.
    const id = randomBytes(12).toString('base64url')
    await this.#presence.open(id)
    leaseOpened(this.state, id, performance.now())
  }

  /** Whether members of dead leases may be removed now, and could not at the last renewal. Earlier dead leases are due then. */
  #mayReapAtLast(): boolean {
    const before = this.#reaping
    this.#reaping = this.mayReap
    return this.#reaping && !before
  }
}

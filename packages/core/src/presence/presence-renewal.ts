import { type Deadline, every } from '../util/timers.js'
import type { LeaseKeeper } from './lease-keeper.js'
import type { PresenceChecker } from './presence-checker.js'
import type { PresenceSynchronizer } from './presence-synchronizer.js'
import type { PublishedTopic } from './published-topic.js'

/** What the renewal needs of its publisher. */
export interface RenewalHost {
  readonly leases: LeaseKeeper
  readonly checker: PresenceChecker<PublishedTopic>
  readonly synchronizer: PresenceSynchronizer
  /** The store has renewed the lease. */
  renewed(): void
  /** Another lease was opened: all members must be added again. */
  renamed(): void
  failed(error: unknown): void
}

/** Renews the lease periodically, and has topics compared with the store. */
export class PresenceRenewal {
  readonly #host: RenewalHost
  #timer: Deadline | undefined
  #renewing = false
  /** Whether changes may have been missed, so that every topic has to be checked. */
  #suspicious = false
  #stopped = false

  constructor(host: RenewalHost) {
    this.#host = host
  }

  /** @param lease milliseconds that a lease lives */
  start(lease: number): void {
    if (lease !== Infinity && !this.#stopped) this.#timer ??= every(lease / 3, () => void this.renew())
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Changes may have been missed: the next renewal has every topic checked. */
  suspect(): void {
    this.#suspicious = true
  }

  /** Renews the lease, and checks whether the store still has this server's members. Never rejects. */
  async renew(): Promise<void> {
    if (this.#renewing || this.#stopped) return
    const { leases, synchronizer } = this.#host
    this.#renewing = true
    try {
      const renewal = await leases.renew()
      if (renewal !== 'kept' || synchronizer.isDown) this.#suspicious = true
      synchronizer.resume()
      if (renewal === 'lost') this.#host.renamed()
      this.#host.renewed()
      await this.#check()
    } catch (error) {
      this.#host.failed(error)
    } finally {
      this.#renewing = false
    }
  }

  async #check(): Promise<void> {
    const { checker } = this.#host
    if (!this.#suspicious) return checker.round()
    this.#suspicious = false
    try {
      await checker.all()
    } catch (error) {
      this.#suspicious = true
      throw error
    }
  }
}

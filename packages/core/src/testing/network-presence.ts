import type { BrokerPresence, PresenceHead, PresencePage, PresenceSync } from '../cluster/broker.js'
import type { MemoryPresence } from '../cluster/memory-presence.js'

/** The presence of a network as one server sees it: it knows the leases that the server has opened. */
export class NetworkPresence implements BrokerPresence {
  readonly lease: number
  readonly #users: MemoryPresence
  readonly #leases = new Set<string>()

  constructor(presence: MemoryPresence) {
    this.#users = presence
    this.lease = presence.lease
  }

  async open(lease: string): Promise<void> {
    this.#leases.add(lease)
    this.#users.open(lease)
  }

  async renew(lease: string): Promise<string[]> {
    return this.#users.renew(lease)
  }

  async release(lease: string): Promise<void> {
    this.#users.release(lease)
  }

  async living(): Promise<string[]> {
    return this.#users.living()
  }

  async sync(topic: string, change: PresenceSync): Promise<boolean> {
    return this.#users.sync(topic, change)
  }

  async *list(topic: string): AsyncIterable<PresencePage> {
    yield* this.#users.list(topic)
  }

  async check(topics: readonly string[]): Promise<PresenceHead[]> {
    return this.#users.check(topics)
  }

  /** Ends the server's leases and removes its members. */
  drop(): void {
    for (const lease of this.#leases) this.#users.drop(lease)
    this.#leases.clear()
  }
}

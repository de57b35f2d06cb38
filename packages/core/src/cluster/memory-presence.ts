import {
  emptyStore,
  presenceHeadOf,
  listTopic,
  livingLeases,
  openLease,
  type PresenceStore,
  releaseLease,
  renewLease,
  syncTopic,
} from '../presence/presence-store.js'
import type { BrokerPresence, PresenceEvent, PresenceHead, PresencePage, PresenceSync } from './broker-presence.js'

/** Hands a change to the servers that subscribed to the topic. */
export type PublishPresence = (topic: string, event: PresenceEvent) => void

/** Presence in the memory of this process. Everything is synchronous. */
export class MemoryPresence implements BrokerPresence {
  readonly lease: number
  readonly #store: PresenceStore = emptyStore()
  readonly #publish: PublishPresence
  #tags = 0

  /** @param lease milliseconds; Infinity if members live as long as the process */
  constructor(lease: number, publish: PublishPresence) {
    this.lease = lease
    this.#publish = publish
  }

  open(lease: string): void {
    openLease(this.#store, lease, this.#clock())
  }

  renew(lease: string): string[] {
    return renewLease(this.#store, lease, this.#clock())
  }

  release(lease: string): void {
    releaseLease(this.#store, lease)
  }

  living(): string[] {
    return livingLeases(this.#store, performance.now())
  }

  sync(topic: string, change: PresenceSync): boolean {
    this.#tags += 1
    const tag = this.#tags.toString(16).padStart(8, '0')
    const { applied, event } = syncTopic(this.#store, topic, { change, tag, now: performance.now() })
    if (event && change.notify) this.#publish(topic, event)
    return applied
  }

  list(topic: string): PresencePage[] {
    return [listTopic(this.#store, topic)]
  }

  check(topics: readonly string[]): PresenceHead[] {
    return topics.map((topic) => presenceHeadOf(this.#store, topic))
  }

  count(topic: string): number {
    return this.#store.topics.get(topic)?.users.size ?? 0
  }

  /** Removes the members of a lease from every topic, as the other servers do once it has expired. */
  drop(lease: string): void {
    this.release(lease)
    for (const [topic, { leases }] of this.#store.topics) {
      const base = leases.get(lease)
      if (base === undefined) continue
      const remove = listTopic(this.#store, topic).members.filter((member) => member.lease === lease)
      this.sync(topic, { lease, base, digest: '', add: [], remove, notify: true })
    }
  }

  #clock(): { readonly now: number; readonly lease: number } {
    return { now: performance.now(), lease: this.lease }
  }
}

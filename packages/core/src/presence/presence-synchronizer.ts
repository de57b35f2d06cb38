import type { BrokerPresence, PresenceSync } from '../cluster/broker.js'
import type { LeaseState } from './lease-state.js'
import type { LocalMember } from './presence-members.js'
import {
  isEmptyTopic,
  nextEffect,
  type PresenceEffect,
  topicListed,
  topicListFailed,
  topicPaged,
  topicReplayed,
  topicSynced,
} from './presence-state.js'
import type { PresenceNews } from '../protocol/index.js'
import type { PresencePlace, PublishedTopic } from './published-topic.js'

/** The most lists of one topic in one `settle`. */
const MAX_LISTS = 4
/** Consecutive failures after which the store counts as down. */
const MAX_FAILURES = 8

/** What presence needs of its hub. */
export interface PublisherHost {
  readonly presence: BrokerPresence
  /** The members of a topic on this server. */
  members(place: PresencePlace): Iterable<LocalMember>
  /** Resolves once events of a topic arrive here, or never will. Undefined if they do already. Never rejects. */
  subscription(place: PresencePlace): Promise<void> | undefined
  /** Whether any connection is here, with a user or without. */
  occupied(place: PresencePlace): boolean
  /** Sends news to the members of a room on this server. */
  notify(place: PresencePlace, news: PresenceNews): void
  /** Reports an outage. */
  failed(error: unknown): void
}

/** What a synchronizer needs of the publisher. */
export interface SynchronizerParts {
  readonly leases: LeaseState
  /** A topic was listed: its members may need news. They get that news before any later change. */
  listed(one: PublishedTopic): void
  failed(error: unknown): void
}

/** Sends the requests of one topic to the store until both agree. */
export class PresenceSynchronizer {
  readonly #host: PublisherHost
  readonly #parts: SynchronizerParts
  #failures = 0

  constructor(host: PublisherHost, parts: SynchronizerParts) {
    this.#host = host
    this.#parts = parts
  }

  /** Whether the store counts as down, until `resume`. */
  get isDown(): boolean {
    return this.#failures >= MAX_FAILURES
  }

  suspend(): void {
    this.#failures = MAX_FAILURES
  }

  resume(): void {
    this.#failures = 0
  }

  /**
   * Brings the store and one topic into agreement. Never rejects.
   * @returns `again`: it must be retried; `over`: no member is here, and the store knows that
   */
  async settle(one: PublishedTopic): Promise<'done' | 'over' | 'again'> {
    const members = (): Iterable<LocalMember> => this.#host.members(one.place)
    for (let lists = 0; lists < MAX_LISTS;) {
      const { id: lease } = this.#parts.leases
      if (lease === undefined) return 'again'
      const effect = nextEffect(one.state, { lease, now: performance.now(), members })
      if (!effect) return isEmptyTopic(one.state) && !this.#host.occupied(one.place) ? 'over' : 'done'
      if (effect.do === 'list') lists += 1
      if (!(await this.#perform(one, effect))) return 'again'
    }
    return 'again'
  }

  async #perform(one: PublishedTopic, effect: PresenceEffect): Promise<boolean> {
    try {
      if (effect.do === 'sync') await this.#sync(one, effect.change)
      else await this.#list(one)
      this.#failures = 0
      return true
    } catch (error) {
      this.#failures += 1
      this.#parts.failed(error)
      return false
    }
  }

  async #sync({ topic, state }: PublishedTopic, change: PresenceSync): Promise<void> {
    try {
      const applied = await this.#host.presence.sync(topic, change)
      topicSynced(state, change, applied ? 'applied' : 'refused')
    } catch (error) {
      topicSynced(state, change, 'failed')
      throw error
    }
  }

  async #list(one: PublishedTopic): Promise<void> {
    const { presence } = this.#host
    const { place, readers, state, topic } = one
    try {
      if (state.view?.asked) readers.listing()
      for await (const page of presence.list(topic)) {
        topicPaged(state, page)
        readers.paged(page.members)
      }
    } catch (error) {
      topicListFailed(state)
      throw error
    }
    const { id: lease } = this.#parts.leases
    const reaped = topicListed(state, { lease, members: () => this.#host.members(place) })
    if (!reaped) return
    this.#parts.listed(one)
    topicReplayed(state)
    // If the store refuses a change, another server removes the same members: it does the rest, too.
    for (const change of reaped) if (!(await presence.sync(topic, change))) return
  }
}

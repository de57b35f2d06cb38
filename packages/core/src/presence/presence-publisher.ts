import type { PresenceEvent, PresenceMember } from '../cluster/broker.js'
import { after, type Deadline, every } from '../util/timers.js'
import { LeaseKeeper } from './lease-keeper.js'
import { PresenceChecker } from './presence-checker.js'
import { isEmptyTopic, newTopic, topicChanged, topicEvent, topicRenamed, topicTold } from './presence-state.js'
import {
  type PresencePlace,
  PresenceSynchronizer,
  type PublishedTopic,
  type PublisherHost,
} from './presence-synchronizer.js'
import { takeNews } from './presence-view.js'

/** Milliseconds after a flush in which changes are collected: a crowd that comes is a few messages, however it comes. */
const MIN_INTERVAL_MS = 100
/** Topics that are on their way to the store at once. */
const AT_ONCE = 500

/**
 * Keeps the store and the members here in agreement about who is where. It derives what the store has to know from the
 * connections that are here, so an outage costs no memory. What one turn of the event loop changes leaves together.
 */
export class PresencePublisher {
  readonly #host: PublisherHost
  readonly #leases: LeaseKeeper
  readonly #topics = new Map<string, PublishedTopic>()
  readonly #checker: PresenceChecker<PublishedTopic>
  readonly #synchronizer: PresenceSynchronizer
  #dirty = new Set<PublishedTopic>()
  #news = new Set<PublishedTopic>()
  #failing = new Set<PublishedTopic>()
  #leaving = new Set<PublishedTopic>()
  #flushing: Promise<void> | undefined
  #scheduled = false
  #rest: Deadline | undefined
  #timer: Deadline | undefined
  #renewing = false
  /** Whether changes may have been missed, so that every topic has to be checked. */
  #suspicious = false
  #reported = false
  #closed = false

  constructor(host: PublisherHost) {
    const { presence } = host
    this.#host = host
    this.#leases = new LeaseKeeper(presence)
    const differs = (one: PublishedTopic): void => this.#touch(one)
    this.#checker = new PresenceChecker({ presence, leases: this.#leases, topics: this.#topics, differs })
    this.#synchronizer = new PresenceSynchronizer(host, {
      leases: this.#leases.state,
      listed: (one) => void this.#news.add(one),
      failed: (error) => this.#failed(error),
    })
  }

  /** Topics that are remembered: those with connections here, and those of which the store may have members of this server. */
  get size(): number {
    return this.#topics.size
  }

  /** A connection came to a place or left it. @param member undefined if it has no user */
  changed(
    place: PresencePlace,
    { member, here }: { readonly member: PresenceMember | undefined; readonly here: boolean },
  ): void {
    const one = this.#topics.get(place.topic) ?? (here ? this.#add(place) : undefined)
    if (!one) return
    if (place.tell && !one.state.view) topicTold(one.state)
    if (member) topicChanged(one.state, member, here)
    if (!here) this.#leaving.add(one)
    this.#touch(one)
  }

  /** Users of a topic have changed, on whatever server. */
  event(topic: string, event: PresenceEvent): void {
    const one = this.#topics.get(topic)
    if (!one) return
    topicEvent(one.state, event)
    this.#news.add(one)
    if (one.state.wantsList) this.#touch(one)
    else this.#schedule()
  }

  /** The members of a topic on the other servers that live. Rejects if the store fails. */
  async list(topic: string): Promise<readonly PresenceMember[]> {
    const { presence } = this.#host
    const [living, { members }] = await Promise.all([presence.living(), presence.list(topic)])
    const others = new Set(living)
    const { id } = this.#leases.state
    if (id !== undefined) others.delete(id)
    return members.filter(({ lease }) => others.has(lease))
  }

  /** Sends what has changed, and tells the members here what is known. Resolves once the store has it. Never rejects. */
  async flush(): Promise<void> {
    await this.#flushing
    if (this.#dirty.size > 0 && !this.#synchronizer.isDown) {
      this.#flushing = this.#writer()
      await this.#flushing
    }
    this.#tellNews()
  }

  /** The link was lost and is back: changes may have been missed. */
  restored(): void {
    this.#suspicious = true
    if (this.#topics.size > 0) void this.#renew()
  }

  /** Sends what is left, and ends the lease. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.flush()
    this.#rest?.cancel()
    await this.#leases.release().catch((error: unknown) => this.#failed(error))
  }

  #add(place: PresencePlace): PublishedTopic {
    const { lease } = this.#host.presence
    if (lease !== Infinity && !this.#closed) this.#timer ??= every(lease / 3, () => void this.#renew())
    const one = { topic: place.topic, place, state: newTopic(place.tell) }
    this.#topics.set(place.topic, one)
    return one
  }

  #touch(one: PublishedTopic): void {
    this.#dirty.add(one)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    const mayFlush = this.#dirty.size > 0 && !this.#rest && !this.#synchronizer.isDown
    if (!mayFlush && this.#news.size === 0 && this.#leaving.size === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#prune()
      if (this.#rest) this.#tellNews()
      else void this.flush()
    })
  }

  async #writer(): Promise<void> {
    try {
      await this.#leases.ready()
    } catch (error) {
      this.#synchronizer.suspend()
      return this.#failed(error)
    }
    const { size } = this.#dirty
    const queue = this.#dirty.values()
    this.#dirty = new Set()
    this.#takeRest()
    const work = async (): Promise<void> => {
      for (const one of queue) await this.#settle(one)
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, size) }, work))
  }

  async #settle(one: PublishedTopic): Promise<void> {
    if (this.#topics.get(one.topic) !== one) return
    const outcome = this.#synchronizer.isDown ? 'again' : await this.#synchronizer.settle(one)
    if (outcome === 'again') this.#failing.add(one)
    else this.#failing.delete(one)
    if (outcome === 'again') this.#dirty.add(one)
    this.#mend()
    if (outcome === 'over') this.#forget(one)
  }

  /** Forgets topics that nobody here is on and of which the store has never heard: an outage costs nothing per visitor. */
  #prune(): void {
    for (const one of this.#leaving) {
      if (isEmptyTopic(one.state) && !this.#host.occupied(one.place)) this.#forget(one)
    }
    this.#leaving = new Set()
  }

  #forget(one: PublishedTopic): void {
    if (this.#topics.get(one.topic) === one) this.#topics.delete(one.topic)
    this.#dirty.delete(one)
    this.#news.delete(one)
    this.#failing.delete(one)
  }

  /** The outage is over once nothing fails any more: the next failure is another one. */
  #mend(): void {
    if (this.#failing.size === 0) this.#reported = false
  }

  #takeRest(): void {
    this.#rest?.cancel()
    this.#rest = after(MIN_INTERVAL_MS, () => {
      this.#rest = undefined
      this.#schedule()
    })
  }

  /** Renews the lease, and looks whether the store still has what it was told. Never rejects. */
  async #renew(): Promise<void> {
    if (this.#renewing || this.#closed) return
    this.#renewing = true
    try {
      const renewal = await this.#leases.renew()
      if (renewal !== 'kept' || this.#synchronizer.isDown) this.#suspicious = true
      this.#synchronizer.resume()
      this.#mend()
      if (renewal === 'lost') for (const one of this.#topics.values()) this.#rename(one)
      await this.#check()
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#renewing = false
    }
    this.#schedule()
  }

  async #check(): Promise<void> {
    if (!this.#suspicious) return this.#checker.round()
    this.#suspicious = false
    try {
      await this.#checker.all()
    } catch (error) {
      this.#suspicious = true
      throw error
    }
  }

  #rename(one: PublishedTopic): void {
    topicRenamed(one.state)
    if (this.#host.occupied(one.place)) this.#dirty.add(one)
    else this.#forget(one)
  }

  #tellNews(): void {
    for (const { place, state } of this.#news) {
      const news = state.view && takeNews(state.view)
      if (news) this.#host.tell(place, news)
    }
    this.#news = new Set()
  }

  // One outage is one failure, however many topics it costs.
  #failed(error: unknown): void {
    if (!this.#reported) this.#host.failed(error)
    this.#reported = true
  }
}

import type { PresenceEvent } from '../cluster/broker.js'
import type { Presence } from './presence.js'
import { OncePerOutage } from '../util/once-per-outage.js'
import { after, type Deadline } from '../util/timers.js'
import { FailingTopics } from './failing-topics.js'
import { LeaseKeeper } from './lease-keeper.js'
import { type LivingPage, livingPages } from './living-pages.js'
import { PresenceChecker } from './presence-checker.js'
import { PresenceNewsQueue } from './presence-news-queue.js'
import { PresenceRenewal } from './presence-renewal.js'
import { isEmptyTopic, topicChanged, topicEvent, topicRenamed, topicWatched } from './presence-state.js'
import { PresenceSynchronizer, type PublisherHost } from './presence-synchronizer.js'
import { type PlaceChange, type PresencePlace, PublishedTopic, type NotifiedPresence } from './published-topic.js'
import { SerialRuns } from './serial-runs.js'

/** Milliseconds after a flush in which changes are collected, so that many joins cause only a few messages. */
const MIN_INTERVAL_MS = 100
/** The most topics that are brought into agreement with the store at once. */
const MAX_CHANGES_AT_ONCE = 500

/**
 * Keeps the store and the members on this server in agreement about presence. It derives the changes for the store from the
 * connections on this server, so an outage costs no memory. Changes of one turn of the event loop are sent together.
 */
export class PresencePublisher {
  readonly #host: PublisherHost
  readonly #leases: LeaseKeeper
  readonly #topics = new Map<string, PublishedTopic>()
  readonly #renewal: PresenceRenewal
  readonly #synchronizer: PresenceSynchronizer
  readonly #news: PresenceNewsQueue
  readonly #flushes = new SerialRuns(() => this.#flush())
  #dirty = new Set<PublishedTopic>()
  readonly #failing = new FailingTopics()
  #leaving = new Set<PublishedTopic>()
  #scheduled = false
  #pause: Deadline | undefined
  readonly #outage = new OncePerOutage()

  constructor(host: PublisherHost) {
    const { presence } = host
    this.#host = host
    this.#leases = new LeaseKeeper(presence)
    this.#news = new PresenceNewsQueue((place, news) => host.notify(place, news))
    const failed = (error: unknown): void => this.#failed(error)
    this.#synchronizer = new PresenceSynchronizer(host, {
      leases: this.#leases.state,
      listed: (one) => this.#listed(one),
      failed,
    })
    const [leases, topics, failing, synchronizer] = [this.#leases, this.#topics, this.#failing, this.#synchronizer]
    const checker = new PresenceChecker({ presence, leases, topics, failing, differs: (one) => this.#touch(one) })
    const on = { renewed: (): void => this.#retry(), renamed: (): void => this.#renamed(), failed }
    this.#renewal = new PresenceRenewal({ leases, checker, synchronizer, ...on })
  }

  /** The number of remembered topics: with connections here, or for which the store may have members of this server. */
  get size(): number {
    return this.#topics.size
  }

  /** A connection came to a place, left it or has another state there. */
  changed(place: PresencePlace, { here, ...change }: PlaceChange): void {
    const one = this.#topics.get(place.topic) ?? (here ? this.#add(place) : undefined)
    if (!one) return
    if (place.notify) topicWatched(one.state, place.notify)
    topicChanged(one.state, change)
    if (here && place.notify) one.occupied(() => this.#host.subscription(place), this.#touch.bind(this, one))
    if (!here) this.#leaving.add(one)
    this.#touch(one)
  }

  /** The last connection has left a topic: events do not arrive any more. */
  emptied(topic: string): void {
    this.#topics.get(topic)?.emptied()
  }

  /** What the members of a topic on this server know. */
  notified(topic: string): NotifiedPresence | undefined {
    return this.#topics.get(topic)?.notified
  }

  /** Users of a topic have changed on any server. */
  event(topic: string, event: PresenceEvent): void {
    const one = this.#topics.get(topic)
    if (!one) return
    topicEvent(one.state, event)
    if (one.state.wantsList) this.#touch(one)
    this.#queueNews(one)
  }

  /**
   * The members of a topic, as the members here know them. Later changes follow and correct a wrong list.
   * Never rejects. @returns undefined if no member here gets presence changes, or if the store could not be listed
   */
  async read(topic: string): Promise<Presence[] | undefined> {
    const one = this.#topics.get(topic)
    if (!one?.state.view) return undefined
    return one.read(() => {
      this.#dirty.add(one)
      return this.flush()
    })
  }

  /** The members of a topic on the servers that live, in pages. Throws if the store fails. */
  list(topic: string): AsyncIterable<LivingPage> {
    return livingPages(topic, this.#host.presence, this.#leases)
  }

  /** Members of a topic here may get a list that does not come from {@link read}. */
  bypassed(topic: string): void {
    const one = this.#topics.get(topic)
    if (one?.bypassed()) this.#touch(one)
  }

  /** Sends changes to the store and news to the members here. Resolves once the store has them. Never rejects. */
  flush(): Promise<void> {
    return this.#flushes.run()
  }

  /** The link was lost and is restored: this server may have missed changes. */
  restored(): void {
    this.#renewal.suspect()
    if (this.#topics.size > 0) void this.#renewal.renew()
  }

  /** Sends the remaining changes and ends the lease. Never rejects. */
  async close(): Promise<void> {
    this.#renewal.stop()
    await this.flush()
    this.#pause?.cancel()
    this.#news.close()
    await this.#leases.release().catch((error: unknown) => this.#failed(error))
  }

  #add(place: PresencePlace): PublishedTopic {
    this.#renewal.start(this.#host.presence.lease)
    const one = new PublishedTopic(place)
    this.#topics.set(place.topic, one)
    return one
  }

  /** Marks a topic for the next flush. A failing topic waits for its retry instead. */
  #touch(one: PublishedTopic): void {
    if (!this.#failing.has(one)) this.#dirty.add(one)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    const mayFlush = this.#dirty.size > 0 && !this.#pause && !this.#synchronizer.isDown
    if (!mayFlush && this.#news.size === 0 && this.#leaving.size === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#prune()
      if (this.#pause) this.#news.flush()
      else void this.flush()
    })
  }

  async #flush(): Promise<void> {
    if (this.#dirty.size > 0 && !this.#synchronizer.isDown) await this.#drain()
    this.#news.flush()
  }

  async #drain(): Promise<void> {
    try {
      await this.#leases.ready()
    } catch (error) {
      this.#synchronizer.suspend()
      return this.#failed(error)
    }
    const [queue, { size }] = [this.#dirty.values(), this.#dirty]
    this.#dirty = new Set()
    this.#startPause()
    const work = async (): Promise<void> => {
      for (const one of queue) await this.#settle(one)
    }
    await Promise.all(Array.from({ length: Math.min(MAX_CHANGES_AT_ONCE, size) }, work))
  }

  async #settle(one: PublishedTopic): Promise<void> {
    if (this.#topics.get(one.topic) !== one) return
    const outcome = this.#synchronizer.isDown ? 'again' : await this.#synchronizer.settle(one)
    this.#failing.settled(one, outcome === 'again')
    if (outcome === 'again') this.#dirty.delete(one)
    this.#endOutage()
    if (outcome === 'over') this.#forget(one)
  }

  /** Drops topics that have no connection here and are not in the store: in an outage, users who come and go cost no memory. */
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

  /** The outage is over once no topic fails any more: a later failure is another outage. */
  #endOutage(): void {
    if (this.#failing.size === 0) this.#outage.over()
  }

  #startPause(): void {
    this.#pause?.cancel()
    this.#pause = after(MIN_INTERVAL_MS, () => {
      this.#pause = undefined
      this.#retry()
    })
  }

  #retry(): void {
    this.#endOutage()
    if (!this.#synchronizer.isDown) for (const one of this.#failing.next()) this.#dirty.add(one)
    this.#schedule()
  }

  #renamed(): void {
    for (const one of this.#topics.values()) {
      topicRenamed(one.state)
      if (this.#host.occupied(one.place)) this.#dirty.add(one)
      else this.#forget(one)
    }
  }

  /** Delivers a list. Readers that wait for it get it now, and get later changes in a later turn. */
  #listed(one: PublishedTopic): void {
    this.#news.flushOne(one)
    if (one.readers.listed()) setImmediate(() => this.#queueNews(one))
    else this.#queueNews(one)
  }

  #queueNews(one: PublishedTopic): void {
    this.#news.add(one)
    this.#schedule()
  }

  // An outage is reported once, no matter how many topics it affects.
  #failed(error: unknown): void {
    if (this.#outage.isFirst('')) this.#host.failed(error)
  }
}

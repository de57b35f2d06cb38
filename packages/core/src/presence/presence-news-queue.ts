import { after, type Deadline } from '../util/timers.js'
import type { PublisherHost } from './presence-synchronizer.js'
import { awaitsCount, takeNews } from './presence-view.js'
import type { PublishedTopic } from './published-topic.js'

/** The least milliseconds between two messages with the number of users of one topic. */
const COUNT_INTERVAL_MS = 250

/** Topics that may have news for their members on this server. */
export class PresenceNewsQueue {
  readonly #notify: PublisherHost['notify']
  #topics = new Set<PublishedTopic>()
  /** Topics whose number of users has to wait, because members got another one shortly before. */
  readonly #counted = new Set<PublishedTopic>()
  #wait: Deadline | undefined

  constructor(notify: PublisherHost['notify']) {
    this.#notify = notify
  }

  get size(): number {
    return this.#topics.size
  }

  add(one: PublishedTopic): void {
    this.#topics.add(one)
  }

  delete(one: PublishedTopic): void {
    this.#topics.delete(one)
    this.#counted.delete(one)
  }

  /** Sends the news of all topics to their members. */
  flush(): void {
    const topics = this.#topics
    this.#topics = new Set()
    for (const one of topics) this.#notifyMembers(one)
  }

  /** Sends the news of one topic to its members. */
  flushOne(one: PublishedTopic): void {
    this.#topics.delete(one)
    this.#notifyMembers(one)
  }

  close(): void {
    this.#wait?.cancel()
  }

  #notifyMembers(one: PublishedTopic): void {
    const { view } = one.state
    if (!view) return
    const now = performance.now()
    const news = takeNews(view, now - one.countedAt >= COUNT_INTERVAL_MS)
    if (news && 'count' in news) one.countedAt = now
    if (news) this.#notify(one.place, news)
    else if (awaitsCount(view)) this.#notifyLater(one)
  }

  #notifyLater(one: PublishedTopic): void {
    this.#counted.add(one)
    this.#wait ??= after(
      COUNT_INTERVAL_MS,
      () => {
        this.#wait = undefined
        const topics = [...this.#counted]
        this.#counted.clear()
        for (const each of topics) this.#notifyMembers(each)
      },
      false,
    )
  }
}

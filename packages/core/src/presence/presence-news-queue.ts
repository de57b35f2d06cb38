import type { PublisherHost } from './presence-synchronizer.js'
import { takeNews } from './presence-view.js'
import type { PublishedTopic } from './published-topic.js'

/** Topics that may have news for their members on this server. */
export class PresenceNewsQueue {
  readonly #tell: PublisherHost['tell']
  #topics = new Set<PublishedTopic>()

  constructor(tell: PublisherHost['tell']) {
    this.#tell = tell
  }

  get size(): number {
    return this.#topics.size
  }

  add(one: PublishedTopic): void {
    this.#topics.add(one)
  }

  delete(one: PublishedTopic): void {
    this.#topics.delete(one)
  }

  /** Sends the news of all topics to their members. */
  flush(): void {
    const topics = this.#topics
    this.#topics = new Set()
    for (const one of topics) this.#tellNews(one)
  }

  /** Sends the news of one topic to its members. */
  flushOne(one: PublishedTopic): void {
    this.#topics.delete(one)
    this.#tellNews(one)
  }

  #tellNews({ place, state }: PublishedTopic): void {
    const news = state.view && takeNews(state.view)
    if (news) this.#tell(place, news)
  }
}

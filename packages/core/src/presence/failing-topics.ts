import type { PublishedTopic } from './published-topic.js'

/** The number of topics that are retried together, after a failure. */
const MIN_RETRIES = 16
/** The most topics that are retried together, while none of them fails. */
const MAX_RETRIES = 500

/** Topics whose last attempt failed. They are retried in batches, which grow while retries succeed; the oldest come first. */
export class FailingTopics {
  readonly #topics = new Set<PublishedTopic>()
  #retries = MIN_RETRIES
  /** The outcome of the attempts since the last batch was handed out. */
  #outcome: 'none' | 'worked' | 'failed' = 'none'

  get size(): number {
    return this.#topics.size
  }

  has(one: PublishedTopic): boolean {
    return this.#topics.has(one)
  }

  /** A topic was tried. */
  settled(one: PublishedTopic, hasFailed: boolean): void {
    const isRetry = this.#topics.delete(one)
    if (hasFailed) this.#outcome = 'failed'
    else if (isRetry && this.#outcome === 'none') this.#outcome = 'worked'
    if (hasFailed) this.#topics.add(one)
  }

  delete(one: PublishedTopic): void {
    this.#topics.delete(one)
  }

  /** The next batch of topics to retry. */
  next(): PublishedTopic[] {
    if (this.#outcome === 'failed') this.#retries = MIN_RETRIES
    if (this.#outcome === 'worked') this.#retries = Math.min(MAX_RETRIES, 2 * this.#retries)
    this.#outcome = 'none'
    const next: PublishedTopic[] = []
    for (const one of this.#topics) {
      if (next.length === this.#retries) break
      next.push(one)
    }
    return next
  }
}

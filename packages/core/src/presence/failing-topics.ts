import type { PublishedTopic } from './published-topic.js'

/** Topics that are tried again at once, after a failure. */
const MIN_RETRIES = 16
/** Topics that are tried again at once, while none of them fails. */
const MAX_RETRIES = 500

/** Topics whose last attempt failed. A few are tried again at a time, more while that works, the longest waiting first. */
export class FailingTopics {
  readonly #topics = new Set<PublishedTopic>()
  #retries = MIN_RETRIES
  /** What became of those that were tried since the last ones were handed out. */
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

  /** Those to be tried again now. */
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

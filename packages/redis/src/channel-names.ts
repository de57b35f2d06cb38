import type { RedisDriver } from './driver.js'

/**
 * The channel of each topic; the keys of a topic begin with its channel. The braces keep them on one node of a cluster. All
 * databases of a server share their channels, so the name contains the database.
 */
export class ChannelNames {
  readonly #prefix: string
  readonly #suffix: string

  constructor({ keyPrefix, database }: Pick<RedisDriver, 'keyPrefix' | 'database'>, prefix: string) {
    this.#prefix = `${keyPrefix}${prefix}:{`
    this.#suffix = database === 0 ? '}' : `}@${database}`
  }

  channel(topic: string): string {
    return `${this.#prefix}${topic}${this.#suffix}`
  }

  topic(channel: string): string {
    return channel.slice(this.#prefix.length, -this.#suffix.length)
  }
}

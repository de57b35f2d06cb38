import { type Broker, type BrokerEvents, type BrokerStatus, type Deliver, HubError } from '@wshub/core'
import { MAX_ENVELOPE_BYTES, openEnvelope, seal } from './envelope.js'
import { RedisHistory } from './history.js'
import { RedisConnection } from './redis-connection.js'
import type { RedisSettings } from './options.js'
import { RedisPresence } from './presence.js'
import type { RedisDriver } from './driver.js'

/** A broker over Redis: a channel for each topic. Servers with members of the topic subscribe to it. */
export class RedisBroker implements Broker {
  readonly history: RedisHistory
  readonly presence: RedisPresence
  readonly #link: RedisConnection
  #deliver: Deliver | undefined
  #events: BrokerEvents | undefined
  #closed: Promise<void> | undefined

  constructor(driver: RedisDriver, settings: RedisSettings) {
    this.#link = new RedisConnection(driver, settings)
    this.history = new RedisHistory(this.#link)
    this.presence = new RedisPresence(this.#link, (topic) => {
      this.#link.tellRepaired(topic)
      this.#events?.discarded()
    })
  }

  connect(deliver: Deliver, events: BrokerEvents): Promise<void> {
    this.#deliver = deliver
    this.#events = events
    return this.#link.open({
      message: (channel, bytes) => this.#take(this.#link.topic(channel), bytes),
      failed: (error) => events.failed(error),
      warned: (error) => events.warned?.(error),
      restored: () => events.restored(),
    })
  }

  subscribe(topic: string): Promise<void> {
    return this.#link.topics.add(this.#link.channel(topic))
  }

  unsubscribe(topic: string): Promise<void> {
    return this.#link.topics.delete(this.#link.channel(topic))
  }

  async publish(topic: string, bytes: Uint8Array): Promise<number | undefined> {
    const { commands, origin, publish, topics, cluster, settings } = this.#link
    if (bytes.byteLength > settings.maxMessageSize) {
      throw new HubError('too_big', `A message of ${bytes.byteLength} bytes is too big to go to other servers.`)
    }
    const channel = this.#link.channel(topic)
    const own = topics.has(channel) ? 1 : 0
    const reached = await commands.call(channel, [publish, channel, seal(origin, bytes)])
    // One node of a cluster knows only its own subscribers.
    return cluster ? undefined : Math.max(0, Number(reached) - own)
  }

  status(): BrokerStatus {
    return this.#link.status
  }

  close(): Promise<void> {
    this.#closed ??= this.#link.close()
    return this.#closed
  }

  #take(topic: string, bytes: Buffer): void {
    const fits = bytes.length <= this.#link.settings.maxMessageSize + MAX_ENVELOPE_BYTES
    const envelope = fits ? openEnvelope(bytes) : undefined
    if (!envelope) {
      this.#link.warnForeignMessage(topic, bytes.length)
      return this.#events?.discarded()
    }
    switch (envelope.kind) {
      case 'foreign':
        this.#link.tellForeign(topic, envelope.version)
        return this.#events?.discarded()
      case 'presence':
        return this.#events?.presence(topic, envelope.event)
      case 'restarted':
        return this.#events?.restarted(topic, envelope.position)
      case 'appended':
        return this.#deliver?.(topic, envelope.bytes, envelope.link)
      case 'published':
        if (envelope.origin !== this.#link.origin) this.#deliver?.(topic, envelope.bytes)
    }
  }
}

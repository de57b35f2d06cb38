import type { Broker, Deliver } from '../src/index.js'

/** A message that a server has published. */
export interface Published {
  readonly from: string
  readonly topic: string
  readonly bytes: Uint8Array
}

/** Connects servers inside one process; each step takes a turn of the event loop. */
export class Network {
  readonly published: Published[] = []
  /** The messages that arrived, with their receivers. */
  readonly delivered: { readonly at: string; readonly topic: string }[] = []
  /** While set, subscriptions wait for it. */
  hold: Promise<void> | undefined
  readonly #servers = new Map<string, { deliver: Deliver; readonly topics: Set<string> }>()

  /** The broker of one server. */
  broker(name: string): Broker {
    const server = { deliver: (() => {}) as Deliver, topics: new Set<string>() }
    this.#servers.set(name, server)
    return {
      connect: (deliver) => void (server.deliver = deliver),
      subscribe: async (topic) => {
        await this.hold
        server.topics.add(topic)
      },
      unsubscribe: (topic) => void server.topics.delete(topic),
      publish: async (topic, bytes) => {
        this.published.push({ from: name, topic, bytes })
        await Promise.resolve()
        this.inject(topic, bytes, name)
      },
      close: () => void this.#servers.delete(name),
    }
  }

  /** Delivers bytes to all subscribers except one. */
  inject(topic: string, bytes: Uint8Array, from = ''): void {
    for (const [at, { deliver, topics }] of this.#servers) {
      if (at === from || !topics.has(topic)) continue
      this.delivered.push({ at, topic })
      deliver(topic, Buffer.from(bytes))
    }
  }

  /** The topics that a server listens to. */
  topics(name: string): string[] {
    return [...(this.#servers.get(name)?.topics ?? [])].toSorted()
  }
}

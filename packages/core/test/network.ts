import type { Broker, Deliver } from '../src/index.js'

/** What one server published. */
export interface Published {
  readonly from: string
  readonly topic: string
  readonly bytes: Uint8Array
}

/** Servers that hear each other inside one process; every step takes a turn, as a network would. */
export class Network {
  readonly published: Published[] = []
  /** What arrived where. */
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

  /** Hands bytes to everybody who listens, but for one. */
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

import type { Broker, BrokerHistory, BrokerPresence, Position, PresenceEvent } from '../../broker/broker.js'

/** What makes the brokers of the servers of one app. */
export interface BrokerStage {
  /** The broker of one more server. */
  broker(): Broker
  /**
   * Ends a server without a word, as `kill -9` would, and resolves once its lease has run out. Without it nobody learns
   * what becomes of the people of a dead server.
   */
  crash?(broker: Broker): void | Promise<void>
  /** Ends whatever the test has used, once its brokers are closed. */
  close?(): void | Promise<void>
}

/** A test: its title and what it does. */
export type Case = readonly [title: string, body: (scene: Scene) => Promise<void>]

/** What a server got on a topic. */
export interface Arrival {
  readonly topic: string
  readonly text: string
  readonly bytes: Uint8Array
  readonly position: Position | undefined
}

/** A server of a test: its broker and everything that it was handed. */
export interface TestServer {
  readonly broker: Broker
  readonly arrivals: Arrival[]
  readonly changes: { readonly topic: string; readonly event: PresenceEvent }[]
  /** The texts that arrived. */
  readonly texts: string[]
  readonly history: BrokerHistory
  readonly presence: BrokerPresence
}

/** The servers of one test. */
export class Scene {
  readonly #stage: BrokerStage
  readonly #patience: number
  readonly #servers: TestServer[] = []

  constructor(stage: BrokerStage, patience: number) {
    this.#stage = stage
    this.#patience = patience
  }

  /** Whether the stage can crash a server. */
  get crashes(): boolean {
    return this.#stage.crash !== undefined
  }

  /** Servers that are connected, and subscribed to these topics. */
  async servers(count: number, ...topics: string[]): Promise<TestServer[]> {
    return Promise.all(Array.from({ length: count }, () => this.server(...topics)))
  }

  /** A server that is connected, and subscribed to these topics. */
  async server(...topics: string[]): Promise<TestServer> {
    const broker = this.#stage.broker()
    const server = newServer(broker)
    this.#servers.push(server)
    await broker.connect(
      (topic, message, position) => {
        // A broker may use its buffer again.
        const copy = Buffer.from(message)
        server.texts.push(copy.toString())
        server.arrivals.push({ topic, bytes: copy, text: copy.toString(), position })
      },
      {
        failed: () => {},
        discarded: () => {},
        restored: () => {},
        restarted: () => {},
        presence: (topic, event) => server.changes.push({ topic, event }),
      },
    )
    await Promise.all(topics.map(async (topic) => broker.subscribe(topic)))
    return server
  }

  async crash(server: TestServer): Promise<void> {
    this.#servers.splice(this.#servers.indexOf(server), 1)
    await this.#stage.crash?.(server.broker)
  }

  /** Waits until something is so. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + this.#patience
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`expected within ${this.#patience} ms: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map(async ({ broker }) => broker.close()))
    await this.#stage.close?.()
  }
}

function newServer(broker: Broker): TestServer {
  return {
    broker,
    arrivals: [],
    changes: [],
    texts: [],
    get history() {
      if (!broker.history) throw new Error('the broker has no history')
      return broker.history
    },
    get presence() {
      if (!broker.presence) throw new Error('the broker has no presence')
      return broker.presence
    },
  }
}

/** Bytes of a text. */
export function bytes(text: string): Buffer {
  return Buffer.from(text)
}

import {
  type Broker,
  type BrokerHistory,
  type BrokerPresence,
  EMPTY_POSITION,
  type HistoryWindow,
  type LinkPosition,
  type Position,
  type PresenceEvent,
} from '../../cluster/broker.js'
import type { SuiteCase } from '../suite-runner.js'

/** The topic of most tests. */
export const TOPIC = 'hub/room/a'
/** The history window of most tests. */
export const WINDOW: HistoryWindow = { size: 2000, ttl: 60_000 }

/** Makes the brokers of the servers of one app. */
export interface BrokerStage {
  /** The broker of one more server. */
  broker(): Broker
  /**
   * Crashes a server, as `kill -9` does, and resolves once its lease has expired. Without it, the removal of a crashed
   * server's users is not tested.
   */
  crash?(broker: Broker): void | Promise<void>
  /** Disconnects every broker from the store and the other brokers until `restore`. A stage has both or neither. */
  outage?(): void | Promise<void>
  /** Ends the outage. The store still has its earlier data. */
  restore?(): void | Promise<void>
  /** Publishes bytes on a topic, as another program that uses the same store can. */
  junk?(topic: string, bytes: Uint8Array): void | Promise<void>
  /** Saves the contents of the store. @returns a function that restores them, as from a backup */
  save?(): Rewind | Promise<Rewind>
  /** The bytes of the largest message that the broker takes. */
  readonly limit?: number | undefined
  /** Releases all resources of the test, after its brokers are closed. */
  close?(): void | Promise<void>
}

/** Restores the contents of a store. */
export type Rewind = () => void | Promise<void>

/** A feature that a broker or its stage may lack. Tests that need it are skipped, and their titles say so. */
export type BrokerCapability = 'history' | 'presence' | 'crash' | 'outage' | 'junk' | 'rewind' | 'limit'

/** A test: its title, its function, and the features that it needs beside messages. */
export type BrokerCase = SuiteCase<Scene, BrokerCapability>

/** A message that a server received on a topic. */
export interface Arrival {
  readonly topic: string
  readonly text: string
  readonly bytes: Uint8Array
  readonly position: LinkPosition | undefined
}

/** A server of a test: its broker and the received messages and events. */
export interface TestServer {
  readonly broker: Broker
  readonly arrivals: Arrival[]
  readonly changes: { readonly topic: string; readonly event: PresenceEvent }[]
  readonly restarts: { readonly topic: string; readonly position: Position }[]
  /** The errors that `failed` received, and the number of `restored` calls. */
  readonly failures: unknown[]
  restorations: number
  /** How often bytes were discarded. */
  discards: number
  /** The texts that arrived. */
  readonly texts: string[]
  readonly history: BrokerHistory
  readonly presence: BrokerPresence
}

/** The servers of one test. */
export class Scene {
  readonly #stage: BrokerStage
  readonly #timeout: number
  readonly #servers: TestServer[] = []

  constructor(stage: BrokerStage, timeout: number) {
    this.#stage = stage
    this.#timeout = timeout
  }

  /** The features of the stage. */
  get stage(): BrokerStage {
    return this.#stage
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
    const connecting = broker.connect(
      (topic, message, position) => {
        // A broker may reuse its buffer.
        const copy = Buffer.from(message)
        server.texts.push(copy.toString())
        server.arrivals.push({ topic, bytes: copy, text: copy.toString(), position })
      },
      {
        failed: (error) => server.failures.push(error),
        discarded: () => void (server.discards += 1),
        restored: () => void (server.restorations += 1),
        restarted: (topic, position) => server.restarts.push({ topic, position }),
        presence: (topic, event) => server.changes.push({ topic, event }),
      },
    )
    // Like a hub, this does not wait until the link is connected.
    await Promise.all([connecting, ...topics.map(async (topic) => broker.subscribe(topic))])
    return server
  }

  /** Publishes bytes that no broker has sent. */
  async junk(topic: string, junk: Uint8Array): Promise<void> {
    if (!this.#stage.junk) throw new Error('the stage has no junk(): list it in lacks')
    await this.#stage.junk(topic, junk)
  }

  /** Saves the contents of the store. @returns a function that restores them */
  async save(): Promise<Rewind> {
    if (!this.#stage.save) throw new Error('the stage has no save(): list rewind in lacks')
    return this.#stage.save()
  }

  async crash(server: TestServer): Promise<void> {
    this.#servers.splice(this.#servers.indexOf(server), 1)
    await this.#stage.crash?.(server.broker)
  }

  /** Waits until a condition holds. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + this.#timeout
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`expected within ${this.#timeout} ms: ${what}`)
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
    restarts: [],
    failures: [],
    restorations: 0,
    discards: 0,
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

/** Appends a message to the topic of most tests. */
export async function appendOne(server: TestServer, text: string, known = EMPTY_POSITION): Promise<Position> {
  return server.history.append(TOPIC, bytes(text), { ...WINDOW, known })
}

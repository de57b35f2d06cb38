import type {
  AppendOptions,
  Broker,
  BrokerEvents,
  BrokerHistory,
  Deliver,
  HistoryWindow,
  Position,
  Replay,
  SinceOptions,
} from './broker.js'
import { MemoryHistory } from './memory-history.js'
import { MemoryPresence } from './memory-presence.js'

/** The broker of a hub in one process: there are no other servers, and everything is synchronous. */
export class LocalBroker implements Broker, BrokerHistory {
  readonly history: BrokerHistory = this
  /** Members live as long as this process. */
  readonly presence = new MemoryPresence(Infinity, (topic, event) => this.#events?.presence(topic, event))
  readonly #streams = new MemoryHistory({ restarted: (topic, position) => this.#events?.restarted(topic, position) })
  #deliver: Deliver | undefined
  #events: BrokerEvents | undefined

  connect(deliver: Deliver, events: BrokerEvents): void {
    this.#deliver = deliver
    this.#events = events
  }

  subscribe(): void {}

  unsubscribe(): void {}

  publish(): number {
    return 0
  }

  close(): void {}

  append(topic: string, bytes: Uint8Array, options: AppendOptions): Position {
    const { position, previous } = this.#streams.append(topic, bytes, options)
    this.#deliver?.(topic, bytes, { ...position, previous })
    return position
  }

  since(topic: string, from: Position | number, options: SinceOptions): Replay {
    return this.#streams.since(topic, from, options)
  }

  restart(topic: string, expected: string, window: HistoryWindow): Position {
    return this.#streams.restart(topic, expected, window)
  }

  heads(topics: readonly string[]): Position[] {
    return topics.map((topic) => this.#streams.head(topic))
  }
}

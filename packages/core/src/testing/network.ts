import type {
  AppendOptions,
  Broker,
  BrokerEvents,
  BrokerHistory,
  BrokerStatus,
  Deliver,
  HistoryWindow,
  Position,
  PresenceEvent,
  Replay,
  SinceOptions,
} from '../cluster/broker.js'
import { HubError } from '../errors.js'
import { MemoryHistory } from '../cluster/memory-history.js'
import { MemoryPresence } from '../cluster/memory-presence.js'
import { NetworkPresence } from './network-presence.js'

/** Milliseconds until a lease expires. Tests need not wait for it: `crash` ends the leases of a server at once. */
const LEASE_MS = 10_000

/**
 * Connects several servers inside one process, for tests of an app that runs on several servers: a broker for each hub,
 * with one history and one presence for all. Messages arrive one turn of the event loop later, as over a network.
 */
export class MemoryNetwork {
  readonly #servers = new Map<string, Server>()
  readonly #history = new MemoryHistory({ restarted: (topic, position) => this.#announce(topic, position) })
  readonly #presence = new MemoryPresence(LEASE_MS, (topic, event) => {
    for (const server of this.#servers.values()) server.presenceChanged(topic, event)
  })
  #count = 0

  /** The broker of one more server. */
  broker(): Broker {
    this.#count += 1
    const name = `server ${this.#count}`
    const server = new Server(name, { history: this.#history, presence: this.#presence, others: this.#servers })
    this.#servers.set(name, server)
    return server
  }

  /** Crashes a server, as `kill -9` does, and lets its lease expire. */
  crash(broker: Broker): void {
    if (broker instanceof Server) broker.crash()
  }

  /** Disconnects every server from the others and from the store until `restore`. */
  outage(): void {
    for (const server of this.#servers.values()) server.outage()
  }

  /** Ends an outage. */
  restore(): void {
    for (const server of this.#servers.values()) server.restore()
  }

  /** Saves the contents of the histories. @returns a function that restores them, as from a backup; can be called once */
  save(): () => void {
    return this.#history.save()
  }

  #announce(topic: string, position: Position): void {
    for (const server of this.#servers.values()) server.restarted(topic, position)
  }
}

interface Shared {
  readonly history: MemoryHistory
  readonly presence: MemoryPresence
  readonly others: Map<string, Server>
}

class Server implements Broker, BrokerHistory {
  readonly history: BrokerHistory = this
  readonly presence: NetworkPresence
  readonly #name: string
  readonly #shared: Shared
  readonly #topics = new Set<string>()
  #deliver: Deliver | undefined
  #events: BrokerEvents | undefined
  #down = false
  #status: BrokerStatus = { state: 'connected', since: Date.now() }

  constructor(name: string, shared: Shared) {
    this.#name = name
    this.#shared = shared
    this.presence = new NetworkPresence(shared.presence)
  }

  connect(deliver: Deliver, events: BrokerEvents): void {
    this.#deliver = deliver
    this.#events = events
  }

  async subscribe(topic: string): Promise<void> {
    this.#topics.add(topic)
    await Promise.resolve()
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic)
  }

  async publish(topic: string, bytes: Uint8Array): Promise<number> {
    this.#assertReachable()
    await Promise.resolve()
    const reached = this.#listeners(topic).filter((server) => server !== this)
    for (const server of reached) server.#deliver?.(topic, Buffer.from(bytes))
    return reached.length
  }

  status(): BrokerStatus {
    return this.#status
  }

  close(): void {
    this.crash()
  }

  crash(): void {
    this.#shared.others.delete(this.#name)
    this.presence.drop()
  }

  async append(topic: string, bytes: Uint8Array, options: AppendOptions): Promise<Position> {
    this.#assertReachable()
    const { position, previous } = this.#shared.history.append(topic, bytes, options)
    await Promise.resolve()
    const link = { ...position, previous }
    for (const server of this.#listeners(topic)) server.#deliver?.(topic, Buffer.from(bytes), link)
    return position
  }

  async since(topic: string, from: Position | number, options: SinceOptions): Promise<Replay> {
    this.#assertReachable()
    const replay = this.#shared.history.since(topic, from, options)
    await Promise.resolve()
    return replay
  }

  async restart(topic: string, expected: string, window: HistoryWindow): Promise<Position> {
    this.#assertReachable()
    return this.#shared.history.restart(topic, expected, window)
  }

  async heads(topics: readonly string[]): Promise<Position[]> {
    this.#assertReachable()
    return topics.map((topic) => this.#shared.history.head(topic))
  }

  restarted(topic: string, position: Position): void {
    if (this.#topics.has(topic)) this.#events?.restarted(topic, position)
  }

  /** The users of a topic have changed. */
  presenceChanged(topic: string, event: PresenceEvent): void {
    if (this.#topics.has(topic)) this.#events?.presence(topic, event)
  }

  outage(): void {
    this.#down = true
    this.#status = { state: 'down', since: Date.now() }
    this.#events?.failed(unreachable())
  }

  restore(): void {
    this.#down = false
    this.#status = { state: 'connected', since: Date.now() }
    this.#events?.restored()
  }

  /** @throws HubError `broker_down` during an outage */
  #assertReachable(): void {
    if (this.#down) throw unreachable()
  }

  #listeners(topic: string): Server[] {
    return [...this.#shared.others.values()].filter((server) => !server.#down && server.#topics.has(topic))
  }
}

function unreachable(): HubError {
  return new HubError('broker_down', 'There is an outage of the network.')
}

import type {
  AppendOptions,
  Broker,
  BrokerEvents,
  BrokerHistory,
  Deliver,
  HistoryWindow,
  LinkPosition,
  Position,
  Replay,
  SinceOptions,
} from '../src/index.js'
import type { StreamSlot } from '../src/history/store-model/stored-stream.js'
import { append, headOf, type StoreTime, restart, since } from '../src/history/store-model/stream-store.js'

type Slots = Map<string, StreamSlot<Uint8Array>>

/** Servers of one app over one store inside this process; tests can make links and store fail. */
export class StoreNetwork {
  slots: Slots = new Map()
  readonly servers: StoreServer[] = []
  /** The reads that the store has executed. */
  readonly reads: (Position | number)[] = []
  /** The counter from which tags are made. */
  count = 0

  /** The broker of one more server. */
  server(): StoreServer {
    const server = new StoreServer(this)
    this.servers.push(server)
    return server
  }

  slotOf(topic: string): StreamSlot<Uint8Array> {
    const slot = this.slots.get(topic) ?? { stream: undefined }
    this.slots.set(topic, slot)
    return slot
  }

  moment(): StoreTime {
    this.count += 1
    const hex = this.count.toString(16)
    return { ms: Date.now(), tag: hex.padStart(8, '0'), random: hex.padStart(6, '0') }
  }

  /** Saves the state of the store. @returns a function that restores it */
  snapshot(): () => void {
    const kept = structuredClone(this.slots)
    return () => void (this.slots = structuredClone(kept))
  }

  announce(topic: string, position: Position): void {
    for (const server of this.servers) if (server.topics.has(topic)) server.events?.restarted(topic, position)
  }
}

/** The broker of one server. */
export class StoreServer implements Broker, BrokerHistory {
  readonly history: BrokerHistory = this
  readonly topics = new Set<string>()
  /** If true, the store refuses all commands of this server. */
  down = false
  /** If true, messages of the link are lost. */
  deaf = false
  /** If set, commands of this server wait for it. */
  hold: Promise<void> | undefined
  /** If set, appends are executed and fail once it resolves. */
  unanswered: Promise<void> | undefined
  /** If set, messages of the link are collected here. */
  late: (() => void)[] | undefined
  events: BrokerEvents | undefined
  deliver: Deliver | undefined
  readonly #network: StoreNetwork

  constructor(network: StoreNetwork) {
    this.#network = network
  }

  connect(deliver: Deliver, events: BrokerEvents): void {
    this.deliver = deliver
    this.events = events
  }

  async subscribe(topic: string): Promise<void> {
    this.topics.add(topic)
  }

  async unsubscribe(topic: string): Promise<void> {
    this.topics.delete(topic)
  }

  async publish(topic: string, bytes: Uint8Array): Promise<number> {
    await Promise.resolve()
    const others = this.#network.servers.filter((server) => server !== this && server.topics.has(topic))
    for (const server of others) server.bring(topic, bytes)
    return others.length
  }

  close(): void {
    this.topics.clear()
  }

  async append(topic: string, bytes: Uint8Array, { size, known }: AppendOptions): Promise<Position> {
    const { unanswered } = this
    const kept = await this.ask(() => {
      const slot = this.#network.slotOf(topic)
      const message = { bytes: new Uint8Array(bytes), length: bytes.length, size, known }
      const { position, previous } = append(slot, message, this.#network.moment())
      for (const server of this.#network.servers) {
        if (server.topics.has(topic)) server.bring(topic, bytes, { ...position, previous })
      }
      return position
    })
    if (!unanswered) return kept
    await unanswered
    throw new Error('no answer')
  }

  since(topic: string, from: Position | number, options: SinceOptions): Promise<Replay> {
    return this.ask(() => {
      if (!options.known) this.#network.reads.push(from)
      const { began, ...replay } = since(this.#network.slotOf(topic), { ...options, from }, this.#network.moment())
      if (began) this.#network.announce(topic, began)
      return replay
    })
  }

  restart(topic: string, expected: string, _window: HistoryWindow): Promise<Position> {
    return this.ask(() => {
      const { position, began } = restart(this.#network.slotOf(topic), expected, this.#network.moment())
      if (began) this.#network.announce(topic, began)
      return position
    })
  }

  heads(topics: readonly string[]): Promise<Position[]> {
    return this.ask(() => topics.map((topic) => headOf(this.#network.slotOf(topic))))
  }

  /** Delivers a message of the link to this server. */
  bring(topic: string, bytes: Uint8Array, link?: LinkPosition): void {
    if (this.deaf) return
    const bring = (): void => this.deliver?.(topic, Buffer.from(bytes), link)
    if (this.late) this.late.push(bring)
    else bring()
  }

  /** Delivers the collected messages. */
  catchUp(): void {
    const late = this.late ?? []
    this.late = undefined
    for (const bring of late) bring()
  }

  /** The store's answer, a turn later. */
  protected async ask<Answer>(command: () => Answer): Promise<Answer> {
    await this.hold
    await Promise.resolve()
    if (this.down) throw new Error('down')
    const answer = command()
    await Promise.resolve()
    return answer
  }
}

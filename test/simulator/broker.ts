import type {
  AppendOptions,
  Broker,
  BrokerEvents,
  BrokerHistory,
  BrokerPresence,
  Deliver,
  HistoryWindow,
  Position,
  Replay,
  SinceOptions,
} from '@wshub/core'
import { HubError } from '@wshub/core'
import type { SimulatedNetwork, Sent } from './network.js'
import { SimulatedPresence } from './presence.js'
import type { Command, Publication } from './store.js'

/** The greatest delay of one direction, in milliseconds. */
const MAX_DELAY_MS = 8

/** One direction of a link, which keeps the order. */
class Pipe {
  #free = 0

  /** Nothing arrives before this time. */
  stall(until: number): void {
    this.#free = Math.max(this.#free, until)
  }

  carry(delay: number, arrive: () => void): void {
    const due = Math.max(Date.now() + delay, this.#free)
    this.#free = due
    setTimeout(arrive, due - Date.now())
  }
}

interface Pending {
  readonly sent: Sent
  readonly reject: (error: Error) => void
}

/** A broker over links that are slow, stall and break. While a command is overdue, new ones fail at once. */
export class SimulatedBroker implements Broker, BrokerHistory {
  readonly history: BrokerHistory = this
  readonly presence: BrokerPresence = new SimulatedPresence((command) => this.#call(command))
  readonly #network: SimulatedNetwork
  readonly #timeout: number
  readonly #wanted = new Set<string>()
  readonly #subscribed = new Set<string>()
  readonly #pending = new Set<Pending>()
  readonly pipes = { up: new Pipe(), down: new Pipe(), subscriber: new Pipe() }
  #deliver: Deliver | undefined
  #events: BrokerEvents | undefined
  #life = 0
  #up = true
  #dead = false
  #overdue = 0
  #starvedUntil = 0

  constructor(network: SimulatedNetwork, timeout: number) {
    this.#network = network
    this.#timeout = timeout
  }

  connect(deliver: Deliver, events: BrokerEvents): void {
    this.#deliver = deliver
    this.#events = events
  }

  async subscribe(topic: string): Promise<void> {
    this.#wanted.add(topic)
    if (!this.#up) throw down()
    await this.#subscribe([topic])
  }

  unsubscribe(topic: string): void {
    this.#wanted.delete(topic)
    this.#subscribed.delete(topic)
  }

  async publish(topic: string, bytes: Uint8Array): Promise<void> {
    await this.#call({ do: 'publish', topic, bytes, origin: this })
  }

  async append(topic: string, bytes: Uint8Array, { size, known }: AppendOptions): Promise<Position> {
    if ([...this.#pending].some(({ sent }) => sent.command.do === 'append' && sent.command.topic === topic)) {
      this.#network.coverage.waiting += 1
    }
    return (await this.#call({ do: 'append', topic, bytes, size, known })) as Position
  }

  async since(topic: string, from: Position | number, options: SinceOptions): Promise<Replay> {
    return (await this.#call({ do: 'since', topic, from, options })) as Replay
  }

  async restart(topic: string, expected: string, window: HistoryWindow): Promise<Position> {
    return (await this.#call({ do: 'restart', topic, expected, window })) as Position
  }

  async heads(topics: readonly string[]): Promise<Position[]> {
    return (await this.#call({ do: 'heads', topics })) as Position[]
  }

  /** Takes a publication of the store. */
  take(publication: Publication): void {
    const { topic } = publication
    if ('origin' in publication && publication.origin === this) return
    if (!this.#subscribed.has(topic)) {
      this.#missed(publication)
      return
    }
    const life = this.#life
    this.pipes.subscriber.carry(this.#delay(), () => {
      if (life === this.#life && this.#subscribed.has(topic)) this.#hand(publication)
      else this.#missed(publication)
    })
  }

  /** Cuts the link: commands in transit may still reach the store, answers do not arrive. */
  cut(): void {
    if (!this.#up) return
    this.#up = false
    this.#life += 1
    this.#subscribed.clear()
    this.#overdue = 0
    for (const { sent, reject } of this.#pending) {
      sent.waits = false
      reject(down())
    }
    this.#pending.clear()
    this.#events?.failed(down())
  }

  /** Restores the link. */
  async mend(): Promise<void> {
    if (this.#up || this.#dead) return
    this.#up = true
    const life = this.#life
    await this.#subscribe([...this.#wanted])
    if (life === this.#life) this.#events?.restored()
  }

  /** Slows the machine down: for `ms` milliseconds each direction takes up to the timeout of a command. */
  starve(ms: number): void {
    this.#starvedUntil = Date.now() + ms
  }

  /** Kills the server: it sends nothing any more. */
  kill(): void {
    this.#dead = true
    this.cut()
  }

  close(): void {
    this.kill()
  }

  #missed(publication: Publication): void {
    if (!this.#wanted.has(publication.topic)) return
    this.#network.coverage['changed' in publication ? 'changes' : 'holes'] += 1
  }

  #hand(publication: Publication): void {
    if ('changed' in publication) return this.#events?.presence(publication.topic, publication.changed)
    if ('restarted' in publication) return this.#events?.restarted(publication.topic, publication.restarted)
    const { topic, bytes, position, previous = '' } = publication
    this.#deliver?.(topic, Buffer.from(bytes), position && { ...position, previous })
  }

  async #subscribe(topics: readonly string[]): Promise<void> {
    const life = this.#life
    await new Promise<void>((resolve) => this.pipes.subscriber.carry(2 * this.#delay(), resolve))
    if (life !== this.#life) throw down()
    for (const topic of topics) if (this.#wanted.has(topic)) this.#subscribed.add(topic)
  }

  #call(command: Command): Promise<unknown> {
    // The command is refused without being sent.
    if (!this.#up || this.#overdue > 0) return Promise.reject(Object.assign(down(), { kept: false }))
    return new Promise((resolve, reject) => this.#send(command, { resolve, reject }))
  }

  #send(
    command: Command,
    { resolve, reject }: { resolve: (reply: unknown) => void; reject: (error: Error) => void },
  ): void {
    const life = this.#life
    const answer = (reply: unknown): void => {
      this.pipes.down.carry(this.#delay(), () => {
        if (life !== this.#life) return
        if (!this.#pending.delete(pending)) this.#overdue -= 1
        clearTimeout(timer)
        resolve(reply)
      })
    }
    const pending: Pending = { sent: { command, waits: true, answer }, reject }
    this.#pending.add(pending)
    const timer = setTimeout(() => {
      if (!this.#pending.delete(pending)) return
      this.#overdue += 1
      pending.sent.waits = false
      reject(down())
    }, this.#timeout)
    this.pipes.up.carry(this.#delay(), () => {
      if (life === this.#life || this.#network.random.chance(0.5)) this.#network.arrive(pending.sent)
    })
  }

  #delay(): number {
    return this.#network.random.below(Date.now() < this.#starvedUntil ? this.#timeout : MAX_DELAY_MS)
  }
}

function down(): HubError {
  return new HubError('broker_down', 'There is no connection to the store.')
}

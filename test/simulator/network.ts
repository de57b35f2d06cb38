import type { Random } from '../support/random.js'
import { SimulatedBroker } from './broker.js'
import { type Command, type Publication, SimulatedStore, type Snapshot } from './store.js'

/** How often each kind of fault took effect in a run. */
export interface Coverage {
  /** Messages that a subscriber link lost. */
  holes: number
  /** Commands that ran after their timeout. */
  late: number
  /** Rollbacks of the store to a state before something that a server knows. */
  rollbacks: number
  /** Epochs that began because something was lost, beyond the first of each topic. */
  epochs: number
  /** Appends of a server that had another append in transit. */
  waiting: number
  /** Leases of living servers that expired, or that the store lost. */
  leases: number
  /** Rollbacks of the store to a state with other members. */
  members: number
  /** Changes of presence that a subscriber link lost. */
  changes: number
}

/** Nothing has happened yet. */
export function noCoverage(): Coverage {
  return { holes: 0, late: 0, rollbacks: 0, epochs: 0, waiting: 0, leases: 0, members: 0, changes: 0 }
}

/** A command in transit to the store. */
export interface Sent {
  readonly command: Command
  /** Whether its sender still waits. */
  waits: boolean
  answer(reply: unknown): void
}

/** The store and the links of the servers to it, in virtual time. */
export class SimulatedNetwork {
  readonly store: SimulatedStore
  readonly random: Random
  readonly coverage = noCoverage()
  readonly #brokers: SimulatedBroker[] = []
  readonly #acknowledged = new Map<string, { readonly offset: number; readonly epoch: string }>()
  #inbox: Sent[] = []
  #hung = false
  #snapshot: Snapshot | undefined

  constructor(random: Random) {
    this.random = random
    this.store = new SimulatedStore(random)
  }

  broker(timeout: number): SimulatedBroker {
    const broker = new SimulatedBroker(this, timeout)
    this.#brokers.push(broker)
    return broker
  }

  /** A command has reached the store. */
  arrive(sent: Sent): void {
    if (this.#hung) this.#inbox.push(sent)
    else this.#run(sent)
  }

  hang(): void {
    this.#hung = true
  }

  resume(): void {
    this.#hung = false
    for (const sent of this.#inbox.splice(0)) this.#run(sent)
  }

  save(): void {
    this.#snapshot = this.store.snapshot()
  }

  /** The store returns to what it saved, or to nothing. */
  rollBack(): void {
    if (this.#snapshot) this.#lose(this.#snapshot)
  }

  flush(): void {
    this.#lose(undefined)
  }

  #lose(state: Snapshot | undefined): void {
    const { members } = this.store
    this.store.restore(state)
    if (this.store.members !== members) this.coverage.members += 1
    const isDetectable = [...this.#acknowledged].some(([topic, { offset, epoch }]) => {
      const head = this.store.head(topic)
      return head.epoch < epoch || (head.epoch === epoch && head.offset < offset)
    })
    if (isDetectable) this.coverage.rollbacks += 1
    this.#acknowledged.clear()
  }

  #run(sent: Sent): void {
    if (!sent.waits) this.coverage.late += 1
    const { reply, published } = this.store.execute(sent.command)
    this.coverage.epochs = Math.max(0, this.store.epochs - this.store.topics.length)
    for (const publication of published) this.#publish(publication)
    if (sent.command.do === 'append')
      this.#acknowledged.set(sent.command.topic, reply as { offset: number; epoch: string })
    if (sent.command.do === 'renew' && sent.waits && !(reply as string[]).includes(sent.command.lease)) {
      this.coverage.leases += 1
    }
    sent.answer(reply)
  }

  #publish(publication: Publication): void {
    for (const broker of this.#brokers) broker.take(publication)
  }
}

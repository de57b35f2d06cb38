import { EMPTY_POSITION, type HistoryWindow, type Position, type SinceOptions } from '@wshub/core'
import type { StreamSlot } from '../../packages/core/src/history/stored-stream.js'
import { append, headOf, type StoreTime, restart, since } from '../../packages/core/src/history/stream-store.js'
import type { Random } from '../support/random.js'

/** What a server asks of the store. Each is one atomic step. */
export type Command =
  | {
      readonly do: 'append'
      readonly topic: string
      readonly bytes: Uint8Array
      readonly size: number
      readonly known: Position
    }
  | { readonly do: 'since'; readonly topic: string; readonly from: Position | number; readonly options: SinceOptions }
  | { readonly do: 'restart'; readonly topic: string; readonly expected: string; readonly window: HistoryWindow }
  | { readonly do: 'heads'; readonly topics: readonly string[] }
  | { readonly do: 'publish'; readonly topic: string; readonly bytes: Uint8Array; readonly origin: object }

/** What subscribers of a topic get. */
export type Publication =
  | {
      readonly topic: string
      readonly bytes: Uint8Array
      readonly position?: Position
      readonly previous?: string
      readonly origin?: object
    }
  | { readonly topic: string; readonly restarted: Position }

/** What a step brings about. */
export interface Outcome {
  readonly reply: unknown
  readonly published: readonly Publication[]
}

type Slots = Map<string, StreamSlot<Uint8Array>>

/** The store of a simulation: the very decisions that the packages make, over values that can be set back. */
export class SimulatedStore {
  #slots: Slots = new Map()
  #tag = 0
  readonly #random: Random
  readonly #epochs = new Set<string>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Epochs that have ever been begun, over all topics. */
  get epochs(): number {
    return this.#epochs.size
  }

  get topics(): string[] {
    return [...this.#slots.keys()]
  }

  /** What is kept of a topic. */
  entries(topic: string): { readonly offset: number; readonly bytes: Uint8Array }[] {
    return this.#slots.get(topic)?.stream?.entries ?? []
  }

  head(topic: string): Position {
    return headOf(this.#slots.get(topic) ?? { stream: undefined })
  }

  execute(command: Command): Outcome {
    const outcome = this.#execute(command)
    for (const topic of this.#slots.keys()) this.#epochs.add(this.head(topic).epoch)
    this.#epochs.delete(EMPTY_POSITION.epoch)
    return outcome
  }

  snapshot(): Slots {
    return structuredClone(this.#slots)
  }

  restore(snapshot: Slots): void {
    this.#slots = structuredClone(snapshot)
  }

  #execute(command: Command): Outcome {
    if (command.do === 'heads') return { reply: command.topics.map((topic) => this.head(topic)), published: [] }
    if (command.do === 'publish') return { reply: undefined, published: [command] }
    const { topic } = command
    const slot = this.#slots.get(topic) ?? { stream: undefined }
    const outcome = this.#change(slot, command)
    if (slot.stream) this.#slots.set(topic, slot)
    return outcome
  }

  #change(slot: StreamSlot<Uint8Array>, command: Exclude<Command, { do: 'heads' | 'publish' }>): Outcome {
    const { topic } = command
    const moment = this.#moment()
    if (command.do === 'append') {
      const { bytes, size, known } = command
      const { position, previous } = append(slot, { bytes, length: bytes.byteLength, size, known }, moment)
      return { reply: position, published: [{ topic, bytes, position, previous }] }
    }
    if (command.do === 'since') {
      const { began, ...reply } = since(slot, { ...command.options, from: command.from }, moment)
      return { reply: structuredClone(reply), published: began ? [{ topic, restarted: began }] : [] }
    }
    const { position, began } = restart(slot, command.expected, moment)
    return { reply: position, published: began ? [{ topic, restarted: began }] : [] }
  }

  #moment(): StoreTime {
    this.#tag += 1
    const hex = (digits: number): string =>
      this.#random
        .below(16 ** digits)
        .toString(16)
        .padStart(digits, '0')
    return { ms: Date.now(), tag: this.#tag.toString(16).padStart(8, '0'), random: hex(6) }
  }
}

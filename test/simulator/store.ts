import {
  EMPTY_POSITION,
  type HistoryWindow,
  type Position,
  type PresenceEvent,
  type PresenceSync,
  type SinceOptions,
} from '@wshub/core'
import type { StreamSlot } from '../../packages/core/src/history/store-model/stored-stream.js'
import {
  append,
  headOf,
  type StoreTime,
  restart,
  since,
} from '../../packages/core/src/history/store-model/stream-store.js'
import {
  emptyStore,
  listTopic,
  livingLeases,
  openLease,
  presenceHeadOf,
  type PresenceStore,
  releaseLease,
  renewLease,
  syncTopic,
} from '../../packages/core/src/presence/presence-store.js'
import type { Random } from '../support/random.js'

/** A command of a server to the store. Each is one atomic step. */
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
  | PresenceCommand
  | { readonly do: 'publish'; readonly topic: string; readonly bytes: Uint8Array; readonly origin: object }

/** A command of presence. */
export type PresenceCommand =
  | { readonly do: 'open'; readonly lease: string }
  | { readonly do: 'renew'; readonly lease: string }
  | { readonly do: 'release'; readonly lease: string }
  | { readonly do: 'living' }
  | { readonly do: 'sync'; readonly topic: string; readonly change: PresenceSync }
  | { readonly do: 'list'; readonly topic: string }
  | { readonly do: 'check'; readonly topics: readonly string[] }

/** An event for the subscribers of a topic. */
export type Publication =
  | {
      readonly topic: string
      readonly bytes: Uint8Array
      readonly position?: Position
      readonly previous?: string
      readonly origin?: object
    }
  | { readonly topic: string; readonly restarted: Position }
  | { readonly topic: string; readonly changed: PresenceEvent }

/** The results of a step. */
export interface Outcome {
  readonly reply: unknown
  readonly published: readonly Publication[]
}

type Slots = Map<string, StreamSlot<Uint8Array>>

/** The duration of a lease, in milliseconds. */
export const LEASE_MS = 1500

/** A snapshot for a rollback of the store. */
export interface Snapshot {
  readonly slots: Slots
  readonly presence: PresenceStore
}

const HISTORY = new Set(['append', 'since', 'restart'])
type HistoryCommand = Extract<Command, { readonly do: 'append' | 'since' | 'restart' }>

/** The store of a simulation: it uses the decision code of the packages, on values that can be rolled back. */
export class SimulatedStore {
  #slots: Slots = new Map()
  #presence = emptyStore()
  #tag = 0
  readonly #random: Random
  readonly #epochs = new Set<string>()
  /** The epoch of each message that was ever appended, by its tag. */
  readonly #appended = new Map<string, string>()

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

  /** The stored messages of a topic. */
  entries(topic: string): { readonly offset: number; readonly bytes: Uint8Array; readonly epoch: string }[] {
    const { entries = [] } = this.#slots.get(topic)?.stream ?? {}
    return entries.map(({ offset, bytes, tag }) => ({ offset, bytes, epoch: this.#appended.get(tag) ?? '' }))
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

  /** The leases that live, and the users of a topic with such a lease. */
  get leases(): string[] {
    return livingLeases(this.#presence, Date.now())
  }

  /** How many members the topics have. */
  get members(): number {
    return [...this.#presence.topics.keys()].reduce(
      (sum, topic) => sum + listTopic(this.#presence, topic).members.length,
      0,
    )
  }

  snapshot(): Snapshot {
    return structuredClone({ slots: this.#slots, presence: this.#presence })
  }

  /** @param snapshot omitted if the store loses everything */
  restore(snapshot: Snapshot = { slots: new Map(), presence: emptyStore() }): void {
    const { slots, presence } = structuredClone(snapshot)
    this.#slots = slots
    this.#presence = presence
  }

  #execute(command: Command): Outcome {
    if (command.do === 'heads') return { reply: command.topics.map((topic) => this.head(topic)), published: [] }
    if (command.do === 'publish') return { reply: undefined, published: [command] }
    if (isOfHistory(command)) {
      const { topic } = command
      const slot = this.#slots.get(topic) ?? { stream: undefined }
      const outcome = this.#change(slot, command)
      if (slot.stream) this.#slots.set(topic, slot)
      return outcome
    }
    if (command.do === 'sync') return this.#sync(command)
    return { reply: this.#answer(command), published: [] }
  }

  #sync({ topic, change }: Extract<PresenceCommand, { readonly do: 'sync' }>): Outcome {
    const { applied, event } = syncTopic(this.#presence, topic, { change, tag: this.#moment().tag, now: Date.now() })
    return { reply: applied, published: event && change.notify ? [{ topic, changed: event }] : [] }
  }

  #answer(command: Exclude<PresenceCommand, { readonly do: 'sync' }>): unknown {
    const store = this.#presence
    const clock = { now: Date.now(), lease: LEASE_MS }
    if (command.do === 'open') return openLease(store, command.lease, clock)
    if (command.do === 'renew') return renewLease(store, command.lease, clock)
    if (command.do === 'release') return releaseLease(store, command.lease)
    if (command.do === 'living') return livingLeases(store, clock.now)
    if (command.do === 'list') return listTopic(store, command.topic)
    return command.topics.map((topic) => presenceHeadOf(store, topic))
  }

  #change(slot: StreamSlot<Uint8Array>, command: HistoryCommand): Outcome {
    const { topic } = command
    const moment = this.#moment()
    if (command.do === 'append') {
      const { bytes, size, known } = command
      const { position, previous } = append(slot, { bytes, length: bytes.byteLength, size, known }, moment)
      this.#appended.set(position.tag, position.epoch)
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

function isOfHistory(command: Command): command is HistoryCommand {
  return HISTORY.has(command.do)
}

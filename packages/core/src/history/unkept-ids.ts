/**
 * The most messages that are remembered. The first ones of an outage are enough: the store can still keep only messages
 * that were pending when the outage began.
 */
const MAX_UNKEPT_IDS = 20_000

/** A message that was delivered without a position. */
export interface UnkeptMessage {
  /** Its number among all such messages of this server, from 1. */
  readonly ordinal: number
  /** Its number among the messages that this server emitted to the room; `Infinity` if another server emitted it. */
  readonly emission: number
}

/** The messages that this server delivered without a position, in the order of delivery. */
export class UnkeptIds {
  readonly #shown = new Map<string, UnkeptMessage>()
  #count = 0

  /** The number of deliveries so far. */
  get count(): number {
    return this.#count
  }

  /** Adds a delivered message. @param emission see `UnkeptMessage` */
  add(id: string | undefined, emission: number): UnkeptMessage {
    this.#count += 1
    const unkept = { ordinal: this.#count, emission }
    if (id !== undefined && this.#shown.size < MAX_UNKEPT_IDS) this.#shown.set(id, unkept)
    return unkept
  }

  /** A message that was delivered without a position; `undefined` for others and for forgotten ones. */
  find(id: string | undefined): UnkeptMessage | undefined {
    return id === undefined ? undefined : this.#shown.get(id)
  }

  /** Another outage begins: forgets the messages of the former one. */
  forget(): void {
    this.#shown.clear()
  }
}

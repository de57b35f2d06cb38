/**
 * The number of remembered messages that were delivered without a position. The store may still keep only those that
 * were pending when the outage began: the first ones.
 */
const MAX_IDS = 20_000

/** The messages that this server delivered without a position, in the order of delivery. */
export class UnkeptIds {
  readonly #ordinals = new Map<string, number>()
  #count = 0

  /** The number of deliveries so far. */
  get count(): number {
    return this.#count
  }

  /** Adds a delivered message. @returns its ordinal, from 1 */
  add(id: string | undefined): number {
    this.#count += 1
    if (id !== undefined && this.#ordinals.size < MAX_IDS) this.#ordinals.set(id, this.#count)
    return this.#count
  }

  /** The ordinal of a message that was delivered without a position; `undefined` for others and for forgotten ones. */
  ordinalOf(id: string | undefined): number | undefined {
    return id === undefined ? undefined : this.#ordinals.get(id)
  }

  /** Another outage begins: forgets the messages of the former one. */
  forget(): void {
    this.#ordinals.clear()
  }
}

/**
 * Messages that are remembered as shown without a position. What the store may still keep is what was on its way when the
 * outage began: the first ones.
 */
const MAX_IDS = 20_000

/** The messages that this server has shown without a position, in the order of showing. */
export class UnkeptIds {
  readonly #ordinals = new Map<string, number>()
  #count = 0

  /** How many were ever shown. */
  get count(): number {
    return this.#count
  }

  /** A message is shown. @returns its ordinal, from 1 */
  add(id: string | undefined): number {
    this.#count += 1
    if (id !== undefined && this.#ordinals.size < MAX_IDS) this.#ordinals.set(id, this.#count)
    return this.#count
  }

  /** The ordinal of a message that was shown without a position; `undefined` for any other, and for forgotten ones. */
  ordinalOf(id: string | undefined): number | undefined {
    return id === undefined ? undefined : this.#ordinals.get(id)
  }

  /** Another outage begins: those of the one before are forgotten. */
  forget(): void {
    this.#ordinals.clear()
  }
}

/** Labels that are counted apart: labels that an app or a client invents must not let the table grow for ever. */
const MAX_UNKNOWN_LABELS = 64

/**
 * How often what has happened, by a word for it. Words that are known beforehand are always counted apart; once there are
 * too many others, new ones count as `other`.
 */
export class CounterMap {
  readonly #counts = new Map<string, number>()
  readonly #isKnown: (word: string) => boolean
  #others = 0

  constructor(isKnown: (word: string) => boolean = () => false) {
    this.#isKnown = isKnown
  }

  add(word: string): void {
    const key = this.#counts.has(word) || this.#accepts(word) ? word : 'other'
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** The counts now, as an object of its own. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  #accepts(word: string): boolean {
    if (this.#isKnown(word)) return true
    if (this.#others >= MAX_UNKNOWN_LABELS) return false
    this.#others += 1
    return true
  }
}

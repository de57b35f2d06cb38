/** Words that are counted apart; a word that an app or a stranger made up must not make the table grow for ever. */
const MOST = 64

/** How often what has happened, by a word for it. Once there are too many words, new ones count as `other`. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(word: string): void {
    const known = this.#counts.has(word) || this.#counts.size < MOST
    const key = known ? word : 'other'
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** The counts now, as an object of its own. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}

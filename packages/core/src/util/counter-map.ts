/** Unknown labels that are counted separately. Labels that an app or a client invents must not let the table grow for ever. */
const MAX_UNKNOWN_LABELS = 64

/**
 * Counts events by a label. Labels that are known beforehand are always counted separately. Once there are too many others, new
 * ones count as `other`.
 */
export class CounterMap {
  readonly #counts = new Map<string, number>()
  readonly #isKnown: (label: string) => boolean
  #others = 0

  constructor(isKnown: (label: string) => boolean = () => false) {
    this.#isKnown = isKnown
  }

  add(label: string): void {
    const key = this.#counts.has(label) || this.#accepts(label) ? label : 'other'
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** A copy of the counts. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  #accepts(label: string): boolean {
    if (this.#isKnown(label)) return true
    if (this.#others >= MAX_UNKNOWN_LABELS) return false
    this.#others += 1
    return true
  }
}

/** Warnings of one kind that may be shown at once. */
const BURST = 10
/** Milliseconds after which one more is shown. */
const INTERVAL_MS = 10_000
/** Kinds that are limited separately. All further kinds share one limit. */
const MAX_KINDS = 100

interface WarningKind {
  left: number
  at: number
  suppressed: number
}

/** Holds back warnings that repeat: a client that can cause one must not fill the log. */
export class WarningLimit {
  readonly #kinds = new Map<string, WarningKind>()

  /**
   * @param now milliseconds of a clock that never goes back
   * @returns how many of this kind were held back since the last one that was shown; `undefined` to hold this one back
   */
  admit(name: string, now: number): number | undefined {
    const kind = this.#kindOf(name, now)
    const back = Math.floor((now - kind.at) / INTERVAL_MS)
    kind.left = Math.min(BURST, kind.left + back)
    kind.at += back * INTERVAL_MS
    if (kind.left === 0) {
      kind.suppressed += 1
      return undefined
    }
    const { suppressed } = kind
    kind.left -= 1
    kind.suppressed = 0
    return suppressed
  }

  #kindOf(name: string, now: number): WarningKind {
    const key = this.#kinds.has(name) || this.#kinds.size < MAX_KINDS ? name : ''
    const kind = this.#kinds.get(key) ?? { left: BURST, at: now, suppressed: 0 }
    this.#kinds.set(key, kind)
    return kind
  }
}

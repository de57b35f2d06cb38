import { performance } from 'node:perf_hooks'

/** Milliseconds without a failure of a kind after which the next one is another outage. */
const QUIET_MS = 1000
/** The same for what a broker refuses: it may go on answering otherwise, so that failures are rare. */
const QUIET_REFUSALS_MS = 60_000

/** Codes of a broker that says nothing at all. */
const SILENT: ReadonlySet<string> = new Set(['broker_down', 'broker_timeout'])

/**
 * Reports failures of the broker: one of each kind in an outage, whichever part of the hub meets it. Only failures with a
 * code that begins with `broker_` have a kind.
 */
export class OutageReporter {
  readonly #report: (error: unknown) => void
  readonly #now: () => number
  readonly #seenAt = new Map<string, number>()

  /** @param now milliseconds of a clock that never goes back */
  constructor(report: (error: unknown) => void, now: () => number = () => performance.now()) {
    this.#report = report
    this.#now = now
  }

  /** Reports a failure unless the same kind was reported in this outage. */
  report(error: unknown): void {
    if (this.#isNews(error)) this.#report(error)
  }

  /** The broker works: the next failure is another outage. */
  over(): void {
    this.#seenAt.clear()
  }

  #isNews(error: unknown): boolean {
    const now = this.#now()
    const { code } = (error ?? {}) as { readonly code?: unknown }
    if (typeof code !== 'string' || !code.startsWith('broker_')) return true
    const isSilent = SILENT.has(code)
    const kind = isSilent ? 'broker_down' : code
    const seenAt = this.#seenAt.get(kind) ?? -Infinity
    this.#seenAt.set(kind, now)
    return now - seenAt >= (isSilent ? QUIET_MS : QUIET_REFUSALS_MS)
  }
}

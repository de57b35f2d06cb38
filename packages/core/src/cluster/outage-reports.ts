/** Milliseconds without a failure of a kind after which the next one is another outage. */
const QUIET_MS = 1000
/** The same for what a broker refuses: it may go on answering otherwise, so that failures are rare. */
const QUIET_REFUSALS_MS = 60_000

/** Codes of a broker that says nothing at all. */
const SILENT: ReadonlySet<string> = new Set(['broker_down', 'broker_timeout'])

/**
 * Decides which failures of the broker are reported: one of each kind in an outage, whichever part of the hub runs into it.
 * Only failures with a code that begins with `broker_` have a kind.
 */
export class OutageReports {
  readonly #seenAt = new Map<string, number>()

  /** @param now of a clock that only goes forward, ms */
  isNews(error: unknown, now: number): boolean {
    const { code } = (error ?? {}) as { readonly code?: unknown }
    if (typeof code !== 'string' || !code.startsWith('broker_')) return true
    const isSilent = SILENT.has(code)
    const kind = isSilent ? 'broker_down' : code
    const seenAt = this.#seenAt.get(kind) ?? -Infinity
    this.#seenAt.set(kind, now)
    return now - seenAt >= (isSilent ? QUIET_MS : QUIET_REFUSALS_MS)
  }

  /** The broker works: the next failure is another outage. */
  over(): void {
    this.#seenAt.clear()
  }
}

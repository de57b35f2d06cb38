import type { BrokerStatus } from './broker.js'
import { OncePerOutage } from '../util/once-per-outage.js'

/** Milliseconds without a failure of one kind after which the next failure is another outage. */
const QUIET_OUTAGE_MS = 1000
/** The same for commands that a broker refuses. It may accept other commands, so such failures are rarer. */
const QUIET_REFUSALS_MS = 60_000

/** Error codes for a broker that does not answer at all. */
const SILENT: ReadonlySet<string> = new Set(['broker_down', 'broker_timeout'])

/**
 * Reports failures of the broker: one of each kind in an outage, no matter which part of the hub meets it. Only failures
 * with a code that begins with `broker_` have a kind; all others are reported.
 */
export class OutageReporter {
  readonly #report: (error: unknown) => void
  readonly #outage: OncePerOutage

  /**
   * @param now milliseconds of a clock that never goes back
   * @param downFor milliseconds that the broker has been down, 0 if it is not: failures in this time are one outage
   */
  constructor(
    report: (error: unknown) => void,
    now: () => number = () => performance.now(),
    downFor: () => number = () => 0,
  ) {
    this.#report = report
    this.#outage = new OncePerOutage({
      now,
      quiet: (kind) => (kind === 'broker_down' ? QUIET_OUTAGE_MS + downFor() : QUIET_REFUSALS_MS),
    })
  }

  /** Reports a failure unless the same kind was reported in this outage. */
  report(error: unknown): void {
    const kind = brokerFailureKind(error)
    if (kind === undefined || this.#outage.isFirst(kind)) this.#report(error)
  }

  /** The broker works: the next failure is another outage. */
  over(): void {
    this.#outage.over()
  }
}

/** Milliseconds that a broker has been down, as far as it reports it. */
export function downTime({ state, since }: BrokerStatus = { state: 'connected', since: 0 }): number {
  return state === 'down' ? Math.max(0, Date.now() - since) : 0
}

function brokerFailureKind(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  if (typeof code !== 'string' || !code.startsWith('broker_')) return undefined
  return SILENT.has(code) ? 'broker_down' : code
}

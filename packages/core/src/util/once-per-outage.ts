import { performance } from 'node:perf_hooks'

/** Options that decide when an outage ends by itself. */
export interface OutageOptions<Kind> {
  /** Milliseconds without a failure of a kind after which the next one belongs to another outage. @default Infinity */
  readonly quiet?: (kind: Kind) => number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** Tells the first failure of each kind in an outage from the others, so that each is reported once. */
export class OncePerOutage<Kind = string> {
  readonly #quiet: (kind: Kind) => number
  readonly #now: () => number
  readonly #failedAt = new Map<Kind, number>()

  constructor({ quiet = () => Infinity, now = () => performance.now() }: OutageOptions<Kind> = {}) {
    this.#quiet = quiet
    this.#now = now
  }

  /** Whether nothing has failed since the last outage. */
  get isOver(): boolean {
    return this.#failedAt.size === 0
  }

  /** Something failed. @returns whether it is the first failure of its kind in this outage */
  isFirst(kind: Kind): boolean {
    const now = this.#now()
    const failedAt = this.#failedAt.get(kind)
    this.#failedAt.set(kind, now)
    return failedAt === undefined || now - failedAt >= this.#quiet(kind)
  }

  /** The outage is over: the next failure belongs to another one. */
  over(): void {
    this.#failedAt.clear()
  }
}

/** The kind of a failure: its code, or its message if it has none. */
export function failureKind(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  return String(code ?? message ?? error)
}

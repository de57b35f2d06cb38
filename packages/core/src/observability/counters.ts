import type { Closure } from '../connection/closure.js'
import { isKnown } from '../error-codes.js'
import { CloseCode } from '../protocol/index.js'
import { CounterMap } from '../util/counter-map.js'

/** Counts of a hub since it was made. */
export interface Counters {
  /** Connections that were opened. */
  opened: number
  /** Messages that handlers got. */
  received: number
  /** Messages that slow consumers did not get. */
  dropped: number
  /** Volatile messages that connections did not get because their sockets took no more, including those that a newer one replaced. */
  volatileDropped: number
  /** Connections that were closed for reading too slowly. */
  slow: number
  /** Connections that were closed because the hub held more than `limits.maxHubBytes`. */
  overBudget: number
  /** Failures that reached `onError`. */
  failed: number
  /** Messages that could not be sent to other servers. */
  unsent: number
  /** Messages of the broker that the hub can't read: foreign bytes, or another version. */
  discarded: number
  /** Gaps in histories, reported to members by `hub:gap`; one for each room and server. */
  gaps: number
}

/** Counters at 0. */
export function newCounters(): Counters {
  return {
    opened: 0,
    received: 0,
    dropped: 0,
    volatileDropped: 0,
    slow: 0,
    overBudget: 0,
    failed: 0,
    unsent: 0,
    discarded: 0,
    gaps: 0,
  }
}

/** Counts of a hub by error code or close code. */
export interface Breakdown {
  /** Handshakes that `upgrade()` refused, by code: `foreign_origin`, `hub_full`, `too_many_connections` … */
  readonly refused: Readonly<Record<string, number>>
  /** Messages that were answered with an error, by code: `invalid_message`, `invalid_payload`, `rate_limited` … */
  readonly rejected: Readonly<Record<string, number>>
  /**
   * Connections that have closed, by close code. Those that ended without a close frame count under the reason: `pong
   * timeout`, `write timeout`, `ping flood`, or `1006` if the client or the network ended them. Codes that this protocol
   * does not know count as `other`.
   */
  readonly closed: Readonly<Record<string, number>>
}

const KNOWN_CODES: ReadonlySet<number> = new Set(Object.values(CloseCode))

/** The counters of a hub that have labels. */
export class LabelledCounters {
  readonly refused = new CounterMap(isKnown)
  readonly rejected = new CounterMap(isKnown)
  readonly #closed = new CounterMap()

  closed({ code, reason }: Closure): void {
    const dropped = code === CloseCode.Abnormal && reason !== ''
    this.#closed.add(dropped ? reason : KNOWN_CODES.has(code) ? String(code) : 'other')
  }

  get breakdown(): Breakdown {
    return { refused: this.refused.counts, rejected: this.rejected.counts, closed: this.#closed.counts }
  }
}

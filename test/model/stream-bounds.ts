import type { Unkept } from '../../packages/core/src/history/stream-machine/state.js'

/** How often each event may still happen. */
export interface Budget {
  readonly emits: number
  readonly timeouts: number
  readonly losses: number
  readonly kills: number
  readonly checks: number
  readonly cuts: number
  readonly forged: number
  readonly leaves: number
  readonly tasks: number
  readonly recovers: number
  /** Appends that a client library sends again, after later appends or although the first try was executed. */
  readonly repeats: number
}

/** The setup and the bounds of a run. */
export interface StreamBounds extends Partial<Budget> {
  /** Which servers have members; default: two that do. */
  readonly members?: readonly boolean[]
  /** A timeout affects all servers at once. */
  readonly hang?: boolean
  /** The outcome of a command that has timed out. Default: it is executed late. */
  readonly abandoned?: 'late' | 'dropped'
  /** Answers overtake each other. */
  readonly unordered?: boolean
  /** The store may also lose everything. */
  readonly flush?: boolean
  /** Unkept messages reach the other servers. */
  readonly unkeptOnLink?: boolean
  readonly unkept?: Unkept
  /** The most messages that the store keeps. */
  readonly window?: number
  /** The most messages of one answer. */
  readonly page?: number
  /** Messages in the store at the beginning. */
  readonly kept?: number
  /** Servers do not check the position of the store, so that only the next message shows a fault. */
  readonly unchecked?: boolean
}

/** Two messages, and no faults. */
export const DEFAULT_BUDGET: Budget = {
  emits: 2,
  timeouts: 0,
  losses: 0,
  kills: 0,
  checks: 0,
  cuts: 0,
  forged: 0,
  leaves: 0,
  tasks: 0,
  recovers: 0,
  repeats: 0,
}

import type { BrokerHistory, HistoryWindow } from '../cluster/broker-history.js'
import type { Unkept } from './stream-machine/state.js'

/** The place of a stream: its store and its topic. */
export interface StreamPlace {
  readonly history: BrokerHistory
  readonly topic: string
  readonly window: HistoryWindow
  readonly unkept: Unkept
}

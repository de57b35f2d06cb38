import type { BrokerHistory, HistoryWindow } from '../cluster/broker-history.js'
import type { Unkept } from './stream-machine/state.js'

/** The place of a stream: its store, its topic, and how its room keeps messages. */
export interface StreamPlace {
  readonly history: BrokerHistory
  readonly topic: string
  readonly window: HistoryWindow
  readonly unkept: Unkept
}

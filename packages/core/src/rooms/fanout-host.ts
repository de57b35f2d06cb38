import type { Address } from './audience.js'
import type { Broker } from '../broker/broker.js'
import type { Connection } from '../connection/connection.js'
import type { Stage } from '../errors.js'
import type { Compression } from '../outbox/frame.js'
import type { RoomLimits } from './rooms.js'
import type { Report } from './survey.js'
import type { Warnings } from '../warnings.js'

/** What reaching people depends on. */
export interface FanoutSettings {
  readonly name: string
  readonly broker: Broker
  readonly limits: RoomLimits & { readonly maxBufferedBytes: number }
  readonly compression: Compression | undefined
}

/** Told of whom the app has sent away. */
export interface Departures {
  add(address: Address, code: number): void
}

/** Told of what goes wrong on the way. */
export type Fail<Data, Events extends object> = (
  error: unknown,
  stage: Stage,
  connection?: Connection<Data, Events>,
) => void

/** What the fan-out tells its hub. */
export interface FanoutHost<Data, Events extends object> {
  fail: Fail<Data, Events>
  /** Counts. */
  count(what: 'discarded' | 'unsent' | 'gaps'): void
  /** What other servers are told of this one. */
  report: Report
  /** Something is about to be sent; absent if nobody counts that. */
  readonly sending?: ((address: Address) => void) | undefined
  departures: Departures
  readonly warnings: Warnings
}

import type { Address } from '../rooms/address.js'
import type { Broker } from '../cluster/broker.js'
import type { Connection } from '../api/connection.js'
import type { Stage } from '../errors.js'
import type { Compression } from './frame.js'
import type { RoomLimits } from '../rooms/rooms.js'
import type { MakeReport } from '../cluster/audience-requests.js'
import type { Warnings } from '../observability/warnings.js'

/** What reaching people depends on. */
export interface BroadcastSettings {
  readonly name: string
  readonly broker: Broker
  readonly limits: RoomLimits & { readonly maxBufferedBytes: number }
  readonly compression: Compression | undefined
}

/** Told of whom the app has sent away. */
export interface RevocationSink {
  add(address: Address, code: number): void
}

/** Told of what goes wrong on the way. */
export type ReportError<Data, Events extends object> = (
  error: unknown,
  stage: Stage,
  connection?: Connection<Data, Events>,
) => void

/** What the fan-out tells its hub. */
export interface BroadcastHost<Data, Events extends object> {
  fail: ReportError<Data, Events>
  /** Counts. */
  count(what: 'discarded' | 'unsent' | 'gaps'): void
  /** What other servers are told of this one. */
  report: MakeReport
  /** Something is about to be sent; absent if nobody counts that. */
  readonly sending?: ((address: Address) => void) | undefined
  revocations: RevocationSink
  readonly warnings: Warnings
}

import type { ServerQueries } from '../cluster/server-queries.js'
import type { MessageTaps } from './message-taps.js'

/** What an inspector needs of a hub in addition to its public members. */
export interface HubInspection {
  readonly queries: ServerQueries
  readonly taps: MessageTaps<object>
}

// Not a property of the hub: apps have no use for it.
const inspections = new WeakMap<object, HubInspection>()

/** Makes a hub known to inspectors. */
export function registerInspection(hub: object, inspection: HubInspection): void {
  inspections.set(hub, inspection)
}

/** What an inspector needs of a hub; `undefined` if it is not a hub of this copy of the package. */
export function inspectionOf(hub: object): HubInspection | undefined {
  return inspections.get(hub)
}

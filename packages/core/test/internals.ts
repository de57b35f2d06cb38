import type { Hub, HubTypes } from '../src/index.js'
import type { HubParts } from '../src/api/hub-assembly.js'

/** The parts of a hub that no public property shows. */
export function partsOf(hub: Hub): HubParts<HubTypes> {
  return Reflect.get(hub, 'parts') as HubParts<HubTypes>
}

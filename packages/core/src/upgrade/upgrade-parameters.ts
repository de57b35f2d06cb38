import type { UpgradeOptions } from './upgrader.js'

/**
 * The parameters of an adapter's `upgrade()` after the hub. `describe` may be left out if the data of the hub's connections
 * may be undefined.
 */
export type UpgradeParameters<Data, Describe> = undefined extends Data
  ? [describe?: Describe, options?: UpgradeOptions]
  : [describe: Describe, options?: UpgradeOptions]

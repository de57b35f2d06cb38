import type { HubHealth, HubStats, StatsOptions } from '@wshub/core'

/** A hub, as far as its metrics are read. */
export interface MeasuredHub {
  readonly name: string
  stats(options: StatsOptions & { readonly cluster?: false }): HubStats
  health(): HubHealth
}

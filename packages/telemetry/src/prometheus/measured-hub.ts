import type { HubHealth, HubStats, StatsOptions } from '@wshub/core'

/** The part of a hub from which metrics are read. */
export interface MeasuredHub {
  readonly name: string
  stats(options: StatsOptions & { readonly cluster?: false }): HubStats
  health(): HubHealth
}

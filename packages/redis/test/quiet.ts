import type { BrokerEvents } from '@wshub/core'

const nothing = (): void => {}

/** For brokers whose events do not matter. */
export const QUIET: BrokerEvents = {
  failed: nothing,
  discarded: nothing,
  restored: nothing,
  restarted: nothing,
  presence: nothing,
}

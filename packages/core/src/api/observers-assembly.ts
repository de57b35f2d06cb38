import { MemoryBudget } from '../admission/memory-budget.js'
import { relieveMemory } from '../admission/memory-relief.js'
import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import { BackPressure } from '../observability/back-pressure.js'
import { BrokerMonitor } from '../observability/broker-monitor.js'
import { type Counters, LabelledCounters, newCounters } from '../observability/counters.js'
import { ErrorReporter } from '../observability/error-reporter.js'
import { MessageMeter } from '../observability/message-meter.js'
import { SlowHandlers } from '../observability/slow-handlers.js'
import { MessageTaps } from '../observability/message-taps.js'
import { newTraffic, type Traffic } from '../observability/traffic.js'
import { Warnings } from '../observability/warnings.js'
import type { Connection } from './connection.js'
import type { Hub } from './hub.js'
import type { HubSettings } from './hub-settings.js'
import type { HubTypes } from './hub-types.js'

/** The parts of a hub that count and report. */
export interface Observers<Types extends HubTypes> {
  readonly counters: Counters
  readonly labelled: LabelledCounters
  readonly errors: ErrorReporter<Connection<Types>>
  readonly warnings: Warnings
  readonly budget: MemoryBudget
  readonly traffic: Traffic
  readonly taps: MessageTaps<object>
  readonly meter: MessageMeter
  readonly pressure: BackPressure
  readonly monitor: BrokerMonitor
  readonly slowHandlers: SlowHandlers
}

/** Milliseconds without traffic after which proxies close a connection by default. */
const RARE_PINGS_MS = 60_000

/** Makes the parts that count and report. */
export function newObservers<Types extends HubTypes>(
  hub: Hub<Types>,
  { name, limits, onError, warnings, router, heartbeat }: HubSettings<Types>,
  { connections }: ConnectionRegistry<Connection<Types>>,
): Observers<Types> {
  const counters = newCounters()
  const budget = new MemoryBudget(limits.maxHubBytes, () => {
    counters.overBudget += relieveMemory(connections.values(), budget)
  })
  const shown = new Warnings(name, warnings)
  if (heartbeat.pingInterval >= RARE_PINGS_MS) shown.warn('WSHUB_RARE_PINGS')
  return {
    counters,
    labelled: new LabelledCounters(),
    errors: new ErrorReporter(onError, counters),
    warnings: shown,
    slowHandlers: new SlowHandlers(shown),
    budget,
    traffic: newTraffic(),
    taps: new MessageTaps(),
    meter: new MessageMeter((type) => router?.has?.(type) ?? false),
    pressure: new BackPressure(),
    monitor: new BrokerMonitor(hub),
  }
}

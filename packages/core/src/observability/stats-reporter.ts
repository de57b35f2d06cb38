import { hostname } from 'node:os'
import type { MemoryBudget } from '../admission/memory-budget.js'
import type { ClusterBus } from '../cluster/cluster-bus.js'
import { earlyBytes } from '../upgrade/early-data.js'
import { handshakeCounters } from '../upgrade/handshake-counters.js'
import type { BackPressure } from './back-pressure.js'
import type { BrokerMonitor } from './broker-monitor.js'
import type { ReportQuery } from './cluster-stats.js'
import type { Counters, LabelledCounters } from './counters.js'
import type { MessageMeter } from './message-meter.js'
import type { HubStats } from './stats.js'
import type { Traffic } from './traffic.js'

/** What the counts of a hub are read from. */
export interface StatsSources {
  readonly name: string
  readonly connections: { readonly size: number }
  readonly users: { readonly size: number }
  readonly rooms: { readonly size: number }
  readonly replyStreams: () => { readonly size: number }
  readonly counters: Counters
  readonly labelled: LabelledCounters
  readonly traffic: Traffic
  readonly meter: MessageMeter
  readonly pressure: BackPressure
  readonly budget: MemoryBudget
  readonly bus: ClusterBus
  readonly monitor: BrokerMonitor
}

/** Reads the counts of a hub on this server. */
export class StatsReporter {
  readonly #sources: StatsSources
  readonly #startedAt = Date.now()

  constructor(sources: StatsSources) {
    this.#sources = sources
  }

  /** The counts now. @param handlers whether handlers are measured from now on */
  read(handlers = false): HubStats {
    const { connections, users, rooms, replyStreams, counters, labelled, traffic, meter, pressure } = this.#sources
    if (handlers) meter.keepTiming()
    const { times } = meter
    return {
      ...this.#identity,
      connections: connections.size,
      users: users.size,
      rooms: rooms.size,
      streams: replyStreams().size,
      ...counters,
      ...labelled.breakdown,
      traffic: { ...traffic },
      types: meter.counts,
      ...(times && { handlers: times }),
      pressure: pressure.stats,
      handshakes: handshakeCounters.counts,
      memory: this.#memory,
      ...this.#broker,
    }
  }

  /** The counts for another server. @param about its query */
  answer(about: unknown): HubStats {
    const { handlers } = (about ?? {}) as Partial<ReportQuery>
    return this.read(handlers === true)
  }

  get #identity(): Pick<HubStats, 'name' | 'server' | 'host' | 'pid' | 'startedAt'> {
    const { name, bus } = this.#sources
    return { name, server: bus.server, host: hostname(), pid: process.pid, startedAt: this.#startedAt }
  }

  get #memory(): HubStats['memory'] {
    const { limit, used, use } = this.#sources.budget
    return { limit, used, ...use, early: earlyBytes() }
  }

  get #broker(): Pick<HubStats, 'broker'> {
    const { bus, monitor } = this.#sources
    const broker = monitor.statsOf(bus.status)
    return broker ? { broker } : {}
  }
}

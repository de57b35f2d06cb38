import type { MemoryBudget } from '../admission/memory-budget.js'
import type { ClusterBus } from '../cluster/cluster-bus.js'
import { earlyBytes } from '../upgrade/early-data.js'
import { handshakeCounters } from '../upgrade/handshake-counters.js'
import type { Counters, LabelledCounters } from './counters.js'
import type { HubStats } from './stats.js'

/** What the counts of a hub are read from. */
export interface StatsSources {
  readonly name: string
  readonly connections: { readonly size: number }
  readonly users: { readonly size: number }
  readonly rooms: { readonly size: number }
  readonly counters: Counters
  readonly labelled: LabelledCounters
  readonly budget: MemoryBudget
  readonly bus: ClusterBus
}

/** Reads the counts of a hub on this server. */
export class StatsReporter {
  readonly #sources: StatsSources

  constructor(sources: StatsSources) {
    this.#sources = sources
  }

  /** The counts now. */
  get current(): HubStats {
    const { name, connections, users, rooms, counters, labelled, bus } = this.#sources
    const { status: broker } = bus
    return {
      name,
      connections: connections.size,
      users: users.size,
      rooms: rooms.size,
      ...counters,
      ...labelled.breakdown,
      handshakes: handshakeCounters.counts,
      memory: this.#memory,
      ...(broker && { broker }),
    }
  }

  get #memory(): HubStats['memory'] {
    const { limit, used, use } = this.#sources.budget
    return { limit, used, ...use, early: earlyBytes() }
  }
}

import type { ClusterBus } from '../cluster/cluster-bus.js'
import type { BrokerMonitor } from './broker-monitor.js'

/** Why a hub should get no new clients: it closes, or a broker that it requires is not connected. Codes of `ERROR_CODES`. */
export type HealthReason = 'hub_closing' | 'broker_down'

/** Whether a hub works, for the probes of load balancers and orchestrators. */
export interface HubHealth {
  /** False if only a restart helps: the broker has given up. It stays true while the hub closes. */
  readonly live: boolean
  /** Whether the hub should get new clients. */
  readonly ready: boolean
  /** Why it is not ready; empty if it is. */
  readonly reasons: readonly HealthReason[]
}

/** What a hub needs to be ready. */
export interface HealthOptions {
  /**
   * Whether the hub is ready only while its broker is connected. If one broker serves all servers, none of them is ready
   * during its outage. @default false: without a broker, a hub serves the clients of its own server
   */
  readonly requireBroker?: boolean | undefined
}

/** What the health of a hub depends on. */
export interface HealthSources {
  readonly health: HealthOptions
  readonly monitor: BrokerMonitor
  readonly bus: Pick<ClusterBus, 'alone' | 'status'>
}

/** Reports the health of a hub. */
export class HealthReporter {
  readonly #sources: HealthSources
  #closing = false

  constructor(sources: HealthSources) {
    this.#sources = sources
  }

  /** The hub is about to close: it is not ready any more. */
  leave(): void {
    this.#closing = true
  }

  /** The health now. */
  get current(): HubHealth {
    const { hasGivenUp } = this.#sources.monitor
    const reasons: HealthReason[] = []
    if (this.#closing) reasons.push('hub_closing')
    if (hasGivenUp || this.#lacksBroker) reasons.push('broker_down')
    return { live: !hasGivenUp, ready: reasons.length === 0, reasons }
  }

  get #lacksBroker(): boolean {
    const { health, monitor, bus } = this.#sources
    return health.requireBroker === true && !bus.alone && !monitor.isConnected(bus.status)
  }
}

/** The health of several hubs together. */
export function healthOfAll(all: readonly HubHealth[]): HubHealth {
  return {
    live: all.every(({ live }) => live),
    ready: all.every(({ ready }) => ready),
    reasons: [...new Set(all.flatMap(({ reasons }) => reasons))],
  }
}

import type { BrokerStatus } from '../cluster/broker.js'

/** The link to the other servers. */
export interface BrokerStats extends BrokerStatus {
  /** How often the link was lost and has come back. */
  readonly restored: number
}

/** Remembers what happens to the link to the other servers. */
export class BrokerMonitor {
  #restored = 0

  /** The link was lost and is back. */
  restored(): void {
    this.#restored += 1
  }

  /** @param status as the broker reports it, if it does */
  statsOf(status: BrokerStatus | undefined): BrokerStats | undefined {
    return status && { ...status, restored: this.#restored }
  }
}

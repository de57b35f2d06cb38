import type { BrokerStatus } from '../cluster/broker.js'

/** The link to the other servers. */
export interface BrokerStats extends BrokerStatus {
  /** How often the link was lost and has come back. */
  readonly restored: number
}

/** Remembers what happens to the link to the other servers, also for brokers that do not report their status. */
export class BrokerMonitor {
  #restored = 0
  #connected = false
  #givenUp = false

  /** The broker will not connect any more. */
  get hasGivenUp(): boolean {
    return this.#givenUp
  }

  /** @param ready settles when the broker has connected for the first time, or has given up */
  async watch(ready: Promise<void>): Promise<void> {
    try {
      await ready
      this.#connected = true
    } catch {
      this.#givenUp = true
    }
  }

  /** The link is lost. */
  lost(): void {
    this.#connected = false
  }

  /** The link was lost and is back. */
  restored(): void {
    this.#connected = true
    this.#restored += 1
  }

  /** @param status as the broker reports it, if it does */
  isConnected(status: BrokerStatus | undefined): boolean {
    return status ? status.state === 'connected' : this.#connected
  }

  /** @param status as the broker reports it, if it does */
  statsOf(status: BrokerStatus | undefined): BrokerStats | undefined {
    return status && { ...status, restored: this.#restored }
  }
}

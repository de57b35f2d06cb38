import type { BrokerStatus } from '../cluster/broker.js'
import type { BrokerEventOf } from './diagnostics-payloads.js'
import { EVENTS } from './diagnostics.js'

/** The link to the other servers. */
export interface BrokerStats extends BrokerStatus {
  /** The number of reconnections. */
  readonly restored: number
}

/** Tracks the link to the other servers, also for brokers that do not report their status. */
export class BrokerMonitor {
  readonly #hub: object
  #restored = 0
  #connected = false
  #givenUp = false

  constructor(hub: object) {
    this.#hub = hub
  }

  /** The broker will not connect any more. */
  get hasGivenUp(): boolean {
    return this.#givenUp
  }

  /** @param ready settles when the broker has connected for the first time, or has given up */
  async watch(ready: Promise<void>): Promise<void> {
    try {
      await ready
      this.#connected = true
      this.#publish('connected')
    } catch {
      this.#givenUp = true
      this.#publish('failed')
    }
  }

  /** The link is lost. */
  lost(): void {
    this.#connected = false
    this.#publish('down')
  }

  /** The link was lost and is back. */
  restored(): void {
    this.#connected = true
    this.#restored += 1
    this.#publish('restored')
  }

  /** @param status as the broker reports it, if it does */
  isConnected(status: BrokerStatus | undefined): boolean {
    return status ? status.state === 'connected' : this.#connected
  }

  /** @param status as the broker reports it, if it does */
  statsOf(status: BrokerStatus | undefined): BrokerStats | undefined {
    return status && { ...status, restored: this.#restored }
  }

  #publish(state: BrokerEventOf<object>['state']): void {
    const event: BrokerEventOf<object> = { hub: this.#hub, state }
    EVENTS.broker.publish(event)
  }
}

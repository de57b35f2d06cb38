import { register as defaultRegister, type Registry } from 'prom-client'
import { HubMetrics } from './hub-metrics.js'
import type { MeasuredHub } from './measured-hub.js'

/** Options of `collect`. */
export interface CollectOptions {
  /** @default the global registry of prom-client */
  readonly register?: Registry | undefined
}

const registered = new WeakMap<Registry, HubMetrics>()

/**
 * Adds the metrics of a hub to a registry of prom-client. They are read from `hub.stats()` when the registry is scraped;
 * the README lists them. Hubs on one registry must have different names.
 * @returns a function that removes the metrics of the hub
 * @throws Error if the registry has another metric with one of the names, or another hub with the name of this one
 */
export function collect(hub: MeasuredHub, { register = defaultRegister }: CollectOptions = {}): () => void {
  const metrics = registered.get(register) ?? new HubMetrics(register)
  registered.set(register, metrics)
  metrics.add(hub)
  return () => metrics.remove(hub)
}

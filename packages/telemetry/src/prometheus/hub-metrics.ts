import { Counter, Gauge, type Registry } from 'prom-client'
import { handlerSeconds } from './handler-seconds.js'
import type { MeasuredHub } from './measured-hub.js'
import { type HubSample, type HubSnapshot, type MetricRule, METRICS } from './hub-samples.js'

/** The metrics of hubs on one registry. */
export class HubMetrics {
  readonly #register: Registry
  readonly #hubs = new Map<string, MeasuredHub>()
  #snapshots: ReadonlyMap<string, HubSnapshot> | undefined

  /** @throws Error if the registry has a metric with one of the names */
  constructor(register: Registry) {
    this.#register = register
    for (const [name, rule] of Object.entries(METRICS)) this.#define(name, rule)
    register.registerMetric(handlerSeconds(() => this.#read()))
    const handshakes: Gauge | Counter = new Counter({
      name: 'wshub_handshakes_total',
      help: 'WebSocket handshakes of the process, by HTTP status, lost or cut.',
      labelNames: ['status'],
      registers: [register],
      collect: () => {
        const [first] = this.#read().values()
        handshakes.reset()
        for (const [status, count] of Object.entries(first?.stats.handshakes ?? {})) handshakes.inc({ status }, count)
      },
    })
  }

  /** @throws Error if there is another hub with this name */
  add(hub: MeasuredHub): void {
    const known = this.#hubs.get(hub.name)
    if (known && known !== hub) throw new Error(`The registry has another hub called ${JSON.stringify(hub.name)}.`)
    this.#hubs.set(hub.name, hub)
  }

  remove(hub: MeasuredHub): void {
    if (this.#hubs.get(hub.name) === hub) this.#hubs.delete(hub.name)
  }

  #define(name: string, { type, help, labels = [], samples }: MetricRule): void {
    const Metric = type === 'counter' ? Counter : Gauge
    const metric: Counter | Gauge = new Metric({
      name,
      help,
      labelNames: ['hub', ...labels],
      registers: [this.#register],
      collect: () => {
        metric.reset()
        for (const [hub, snapshot] of this.#read())
          for (const sample of samples(snapshot)) metric.inc(labelsOf(hub, sample), sample.value)
      },
    })
  }

  /** The current values of all hubs. They are read once for each scrape, because all metrics are collected in one turn. */
  #read(): ReadonlyMap<string, HubSnapshot> {
    if (this.#snapshots) return this.#snapshots
    queueMicrotask(() => (this.#snapshots = undefined))
    this.#snapshots = new Map(
      Array.from(this.#hubs, ([name, hub]) => [name, { stats: hub.stats({ handlers: true }), health: hub.health() }]),
    )
    return this.#snapshots
  }
}

function labelsOf(hub: string, { labels }: HubSample): Record<string, string> {
  return { hub, ...labels }
}

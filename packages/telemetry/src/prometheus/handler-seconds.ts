import { type Durations, DURATION_BOUNDS_MS } from '@wshub/core'
import type { Histogram } from 'prom-client'
import type { HubSnapshot } from './hub-samples.js'

const NAME = 'wshub_handler_duration_seconds'
const BOUNDS = DURATION_BOUNDS_MS.map((ms) => ms / 1000)

interface Sample {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** A histogram whose buckets the hubs have already counted. It has only the members that a registry of prom-client uses. */
class HandlerSeconds {
  readonly name = NAME
  readonly #read: () => ReadonlyMap<string, HubSnapshot>

  constructor(read: () => ReadonlyMap<string, HubSnapshot>) {
    this.#read = read
  }

  async get(): Promise<object> {
    const values: Sample[] = []
    for (const [hub, { stats }] of this.#read())
      for (const [type, durations] of Object.entries(stats.handlers?.types ?? {}))
        values.push(...samplesOf({ hub, type }, durations))
    const help = 'Seconds that handlers took, by registered type, since the first scrape.'
    return { name: NAME, help, type: 'histogram', aggregator: 'sum', values }
  }

  /** Has no effect, because the counts of hubs never go back. */
  reset(): void {}
}

/** Makes the metric for `registerMetric`, which TypeScript allows only for the classes of prom-client. */
export function handlerSeconds(read: () => ReadonlyMap<string, HubSnapshot>): Histogram {
  return new HandlerSeconds(read) as unknown as Histogram
}

function samplesOf(labels: Sample['labels'], { buckets, count, total }: Durations): Sample[] {
  let below = 0
  const cumulative = BOUNDS.map((le, index): Sample => {
    below += buckets[index] ?? 0
    return { metricName: `${NAME}_bucket`, labels: { ...labels, le }, value: below }
  })
  return [
    ...cumulative,
    { metricName: `${NAME}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${NAME}_sum`, labels, value: total / 1000 },
    { metricName: `${NAME}_count`, labels, value: count },
  ]
}
